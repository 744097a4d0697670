"""What people type into a search: words, "words that stand together", and what narrows it down (`from:ada`).

Everything that is no such thing is a word, so that a question with a colon in it still finds what it says.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from messaging.fields import QUERY, SEARCHED_KIND
from messaging.search_keys import searchable
from mindnet.base import text
from mindnet.base.errors import invalid
from mindnet.base.ids import whole_number

OPERATORS = ("from", "in", "has", "mentions", "before", "after")
KINDS = SEARCHED_KIND.of
# Whoever asks, in `mentions:me` and `from:me`.
ME = "me"

# An operator may stand before words in quotation marks, straight or curly; a minus before anything.
PART = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:["“”„]([^"“”„]*)["“”„](?!\S)|(\S+))')
SENTENCES = {
    "has": f"After has: comes one of {', '.join(KINDS)}.",
    "before": "After before: comes a day, as in before:2026-11-01.",
    "after": "After after: comes a day, as in after:2026-11-01.",
}


@dataclass(frozen=True)
class Asked:
    """What to look for. All of it must be true of a message.

    `words` and `without` are folded: what the text contains, and what it must not. `room` is a room's name or a part of
    one, folded. `since` and `until`: not before this moment, and before that one.
    """

    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    room: str | None = None
    room_id: int | None = None
    sender: str | None = None
    mentions: str | None = None
    has: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def is_empty(self) -> bool:
        return replace(self, without=()) == Asked()

    def says(self, folded: str) -> bool:
        """Whether a folded text contains what it must, and nothing that it must not."""
        return all(word in folded for word in self.words) and not any(word in folded for word in self.without)


class Part(NamedTuple):
    """A word of a query. `operator` is empty, or one of OPERATORS; `value` is without its quotation marks."""

    is_without: bool
    operator: str
    value: str


def parts_of(query: str) -> Iterable[Part]:
    for found in PART.finditer(query):
        minus, operator, quoted, word = found.groups()
        value = quoted if quoted is not None else word
        # A name that is no operator belongs to the word, and so does a minus that stands before nothing else.
        if operator and operator.lower() in OPERATORS and not minus and value.strip():
            yield Part(False, operator.lower(), value)
        elif operator:
            yield Part(bool(minus), "", f"{operator}:{value}")
        else:
            yield Part(bool(minus), "", value)


def parse(query: str) -> Asked:
    """Raises validation_error for an operator whose value means nothing."""
    asked = Asked()
    for part in parts_of(checked(query)):
        if part.operator:
            asked = narrowed(asked, part.operator, part.value)
        elif word := searchable(part.value):
            if part.is_without:
                asked = replace(asked, without=(*asked.without, word))
            else:
                asked = replace(asked, words=(*asked.words, word))
    return asked


def narrowed(asked: Asked, operator: str, value: str, where: str = "q") -> Asked:
    """With one more condition. `where` is the field that a refusal names."""
    match operator:
        case "from":
            return replace(asked, sender=value.removeprefix("@"))
        case "mentions":
            return replace(asked, mentions=value.removeprefix("@"))
        case "in":
            number = whole_number(value[1:]) if value.startswith("#") else None
            return replace(asked, room_id=number) if number is not None else replace(asked, room=searchable(value))
        case "has":
            if value.lower() not in KINDS:
                raise invalid(where, SENTENCES["has"])
            return replace(asked, has=asked.has | {value.lower()})
        case "before":
            return replace(asked, until=moment(value, operator, where))
        case _:
            return replace(asked, since=moment(value, operator, where))


def moment(value: str, operator: str, where: str) -> datetime:
    """The beginning of a day in UTC, or a moment."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise invalid(where, SENTENCES[operator]) from None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:  # the first and the last day of the calendar, in another zone
        raise invalid(where, SENTENCES[operator]) from None


def checked(query: str) -> str:
    """The query without space around it. Raises validation_error."""
    try:
        query = text.clean_text(query).strip()
    except ValueError as error:
        raise invalid("q", str(error)) from None
    if not QUERY.fits(query):
        raise invalid("q", f"Search for {QUERY.least} to {QUERY.most} characters.")
    return query
