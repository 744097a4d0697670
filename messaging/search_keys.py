"""What a search compares, and the keys by which the index finds it.

A message and a query are both folded (`rooms.folding`), so that case, accents and the width of letters count for
nothing. A gram is three neighbouring characters of one word. Of scripts that put no space between words, where one
character can be a word, it is one and two. Whatever contains a text has all grams of that text: so the index narrows
down, and the folded text itself decides.

A key is a gram, or who wrote it, or that it has a file, in one room: what is said elsewhere, however often, costs a
search nothing. Keys are numbers of 31 bits; two things under one number cost a look in vain, nothing else.
"""

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
KEY_BITS = 0x7FFF_FFFF
GRAMS_MOST = 8


def searchable(text: str) -> str:
    """The text as searches compare it: folded, with one space for each stretch of blank."""
    return " ".join(fold(text).split())


def said(content: str, names: Iterable[str]) -> str:
    """What is searched of a message: its text and the names of its files, each folded. What is asked for has no line
    breaks, so that nothing is found across two of them."""
    return "\n".join(map(searchable, (content, *names)))


def grams(folded: str) -> set[str]:
    """What a folded text is found by; nothing where it is too short for that."""
    return {gram for word in folded.split() for gram in grams_of(word)}


def few_grams(words: Iterable[str], of_each: int) -> set[str]:
    """Of the grams of these words as many as narrow a search down: `of_each` (from 2 on), spread over the word, and no
    more than GRAMS_MOST in all. Each is one more look into the index for each room."""
    found: dict[str, None] = {}
    for word in (part for text in words for part in text.split()):
        all_of_it = list(grams_of(word))
        last = len(all_of_it) - 1
        found |= dict.fromkeys(all_of_it[at * last // (of_each - 1)] for at in range(of_each) if all_of_it)
    return set(list(found)[:GRAMS_MOST])


def grams_of(word: str) -> Iterable[str]:
    if word.isascii() or DENSE.search(word) is None:
        return [word[at : at + 3] for at in range(len(word) - 2)]
    is_dense = [DENSE.match(letter) is not None for letter in word]
    ones = [letter for letter, dense in zip(word, is_dense, strict=True) if dense]
    twos = [word[at : at + 2] for at in range(len(word) - 1) if is_dense[at] and is_dense[at + 1]]
    threes = [word[at : at + 3] for at in range(len(word) - 2) if not any(is_dense[at : at + 3])]
    return [*ones, *twos, *threes]


# The colon keeps these apart from grams, which have none or are shorter.


def sender_mark(psychic_id: int) -> str:
    return f"sender:{psychic_id}"


def has_mark(kind: str) -> str:
    return f"has:{kind}"


def room_keys(room_id: int, marks: Collection[str]) -> set[int]:
    """The keys of a message in this room that has these marks. Without any: the key of the room."""
    room = zlib.crc32(b"%d:" % room_id)
    return {zlib.crc32(mark.encode(), room) & KEY_BITS for mark in marks or [""]}


def window_key(bits: int, message_id: int) -> int:
    """Of the window of 2 ** `bits` ids in which a message lies."""
    return zlib.crc32(b"window:%d:%d" % (bits, message_id >> bits)) & KEY_BITS


def keys_of(*, message_id: int, room_id: int, sender_id: int, folded: str, has: Iterable[str]) -> list[int]:
    """All keys of a message. `has`: of "file", "image" and "link" those that are true of it."""
    marks = grams(folded) | {sender_mark(sender_id), ""} | {has_mark(kind) for kind in has}
    return sorted(room_keys(room_id, marks) | {window_key(bits, message_id) for bits in WINDOW_BITS})
