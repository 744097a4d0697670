"""What a search compares, and the keys by which the index finds it.

A message and a query are both folded (`rooms.folding`), so that case, accents and the width of letters count for
nothing. A key stands for three neighbouring characters of one word. Of scripts that put no space between words, where
one character can be a word, it stands for one and for two. Whatever contains a text has all keys of that text: so the
index narrows down, and the folded text itself decides. Keys are numbers of 31 bits; two things under one number cost
a look in vain, nothing else.
"""

import functools
import re
import zlib
from collections.abc import Collection, Iterable

from rooms.folding import fold

# Scripts without spaces (Thai to Burmese, Khmer, kana, Han, Hangul), symbols and emoji.
DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\u2e80-\u9fff\ua000-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    "\U0001b000-\U0001b2ff\U0001f000-\U0001fbff\U00020000-\U0003347f]"
)
LINK = re.compile(r"https?://")
# Ids in windows of these sizes have a key of their own, the smallest first: what is newest is found without looking at
# all that is older.
WINDOW_BITS = (14, 17, 20)


def searchable(text: str) -> str:
    """The text as searches compare it: folded, with one space for each stretch of blank."""
    return " ".join(fold(text).split())


@functools.lru_cache(maxsize=100_000)
def number_of(key: str) -> int:
    return zlib.crc32(key.encode()) & 0x7FFF_FFFF


def keys_of_text(folded: str) -> set[int]:
    """The keys of a folded text; none where it is too short for any."""
    return {number_of(gram) for word in folded.split() for gram in grams_of(word)}


def grams_of(word: str) -> Iterable[str]:
    if DENSE.search(word) is None:
        return [word[at : at + 3] for at in range(len(word) - 2)]
    is_dense = [DENSE.match(letter) is not None for letter in word]
    ones = [letter for letter, dense in zip(word, is_dense, strict=True) if dense]
    twos = [word[at : at + 2] for at in range(len(word) - 1) if is_dense[at] and is_dense[at + 1]]
    threes = [word[at : at + 3] for at in range(len(word) - 2) if not any(is_dense[at : at + 3])]
    return [*ones, *twos, *threes]


# The colon keeps these apart from the keys of texts, which are shorter.


def room_key(room_id: int) -> int:
    return number_of(f"room:{room_id}")


def sender_key(psychic_id: int) -> int:
    return number_of(f"sender:{psychic_id}")


def has_key(kind: str) -> int:
    return number_of(f"has:{kind}")


def window_key(bits: int, message_id: int) -> int:
    """Of the window of 2 ** `bits` ids in which a message lies."""
    return number_of(f"window:{bits}:{message_id >> bits}")


def keys_of(*, message_id: int, room_id: int, sender_id: int, folded: str, has: Collection[str]) -> list[int]:
    """All keys of a message. `has`: of "file", "image" and "link" those that are true of it."""
    keys = keys_of_text(folded)
    keys |= {room_key(room_id), sender_key(sender_id), *(has_key(kind) for kind in has)}
    keys |= {window_key(bits, message_id) for bits in WINDOW_BITS}
    return sorted(keys)
