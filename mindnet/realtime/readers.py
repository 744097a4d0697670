"""What the apps hand down to the hub at the start: how it reads in the database, of which it knows nothing itself."""

from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Protocol

from mindnet.realtime.shapes import PresenceCounts, RoomEntry

# A number of a room, and the encoded event that has it.
Line = tuple[int, str]


class Page(NamedTuple):
    """Lines in the order of their numbers, the number up to which they are all there are, and whether that was the
    room's head."""

    lines: list[Line]
    upto: int
    complete: bool


class Head(NamedTuple):
    """How far a room has counted: its newest number, and what `facts.py` counts."""

    seq: int
    revision: int
    receipts: int


class Place(NamedTuple):
    """A room in `hello`, and at which counts it was so."""

    entry: RoomEntry
    revision: int
    receipts: int


class FactsPage(NamedTuple):
    """Events that say how a room and its people are, the revision up to which they do, and whether that was all."""

    lines: list[str]
    upto: int
    is_all: bool


class ReceiptLine(NamedTuple):
    """A psychic's receipt. Hidden ones are for their own connections alone."""

    psychic_id: int
    is_hidden: bool
    line: str


class ReceiptsPage(NamedTuple):
    """All receipts of a room, and the count up to which they tell."""

    lines: list[ReceiptLine]
    upto: int


class Reader(Protocol):
    """Messages and what is told without a number, read by messaging."""

    async def heads(self, room_ids: list[int]) -> dict[int, Head]:
        """How far each room has counted; ended rooms are missing."""

    async def facts(self, room_id: int, after: int, limit: int) -> FactsPage:
        """How the room is, and who has changed in it above the revision `after`: at most `limit` of them."""

    async def receipts(self, room_id: int) -> ReceiptsPage:
        """How far everybody in the room is, where it is small enough for that to be told."""

    async def changes(self, room_id: int, after: int, limit: int) -> Page:
        """What has changed above `after`, at most `limit` lines."""

    async def queue(self, room_id: int, after: int) -> tuple[list[Line], int]:
        """The offline queue above `after`, and the number up to which it reaches."""


class Pending(NamedTuple):
    """An urgent message that was let through to a meditator, and may not have reached them."""

    psychic_id: int
    message_id: int
    line: str


# The chosen status of those of these psychics who have one, and what is pending for those who meditate.
Choices = Callable[[list[int]], Awaitable[tuple[dict[int, str], list[Pending]]]]


class CrowdReader(Protocol):
    """People in rooms, counted over all processes by rooms."""

    async def crowded(self, room_ids: Iterable[int]) -> set[int]:
        """Those of the rooms that more than LOOKERS_LISTED people look at."""

    async def counts(self, room_id: int) -> PresenceCounts | None:
        """How a room's participants are; None where that is not for each other's eyes."""
