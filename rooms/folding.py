"""Texts as word rules compare them: without case, accents, and what shows nothing.

Otherwise a soft hyphen, a full-width letter or an accent would be all it takes to write past a rule.
"""

import re
import unicodedata

from mindnet.base.text import INVISIBLE

UNSEEN = re.compile(f"[{INVISIBLE}]+")
# Combining classes from here on are marks beside a letter: accents, and the points of Hebrew and Arabic. Below stand
# those that make another letter of it, such as the voicing mark of kana (8) and the virama of Indic scripts (9).
FIRST_MARK_CLASS = 10


def fold(text: str) -> str:
    """The text as it is compared."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", UNSEEN.sub("", text).casefold())
    bare = "".join([letter for letter in spread if unicodedata.combining(letter) < FIRST_MARK_CLASS])
    return unicodedata.normalize("NFKC", bare.casefold())


def fold_pattern(pattern: str) -> str:
    """A regular expression as it is compared with what `fold` gives: its ASCII has a meaning there, and stays."""
    composed = unicodedata.normalize("NFC", pattern)
    return "".join([letter if letter.isascii() else fold(letter) for letter in composed])


def as_words(folded: str) -> str:
    """The words of a folded text, each between two spaces."""
    words = "".join([letter if letter.isalnum() else " " for letter in folded]).split()
    return f" {'  '.join(words)} " if words else ""
