"""Where in a text as it was written the words stand that a search has found in its folded form."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from messaging.markup import parse, plain
from messaging.search_keys import searchable
from rooms.folding import fold

# A long text is shown from so many characters ahead of the first word that was found.
AHEAD = 80
EXCERPT = 320
# What joins the letter before it though it counts as a letter itself: vowels and finals of Hangul, and the half-width
# voicing marks of kana.
JOINS = re.compile("[\u1160-\u11ff\uff9e\uff9f]")


class Piece(NamedTuple):
    text: str
    is_found: bool


def pieces(text: str, words: Sequence[str]) -> list[Piece]:
    """The text, or an excerpt around what was found first, in pieces of which some are one of the folded words."""
    spans = merged(spans_of(text, words))
    start = 0
    if len(text) > EXCERPT and spans:
        start = max(0, min(spans[0][0] - AHEAD, len(text) - EXCERPT))
    end = min(len(text), start + EXCERPT)
    found, at = [Piece("… ", False)] if start else [], start
    for first, last in spans:
        if first >= end:
            break
        found += [Piece(text[at:first], False), Piece(text[first : min(last, end)], True)]
        at = min(last, end)
    found += [Piece(text[at:end], False), Piece(" …" if end < len(text) else "", False)]
    return [piece for piece in found if piece.text]


def read_pieces(text: str, words: Iterable[str]) -> list[Piece]:
    """Of the text as it is read, without the marks in it. As it was written where a word stands in what is not read: in
    the address of a link, behind a spoiler, in the marks themselves."""
    folded, read = searchable(text), plain(parse(text))
    found = [word for word in words if word in folded]
    folded_read = searchable(read)
    return pieces(read if all(word in folded_read for word in found) else text, found)


def spans_of(text: str, words: Iterable[str]) -> Iterator[tuple[int, int]]:
    """From where to where each word stands, as often as it does; none where the text folds as a whole otherwise than by
    its letters."""
    folded, spots = spread(text)
    if folded.strip() != searchable(text):
        return
    for word in words:
        at = folded.find(word)
        while word and at >= 0:
            yield spots[at][0], spots[at + len(word) - 1][1]
            at = folded.find(word, at + len(word))


def spread(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The folded text, and for each of its characters from where to where the one stands that it comes from."""
    folded: list[str] = []
    spots: list[tuple[int, int]] = []
    for start, end in letters(text):
        spread_letter = fold(text[start:end])
        if spread_letter.isspace():
            spread_letter = "" if folded and folded[-1] == " " else " "
        folded += spread_letter
        spots += [(start, end)] * len(spread_letter)
    return "".join(folded), spots


def letters(text: str) -> Iterator[tuple[int, int]]:
    """From where to where each letter goes, with the marks on it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (unicodedata.category(text[at]).startswith("M") or JOINS.match(text[at])):
            yield start, at
            start = at


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In their order, and as one where they touch."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
