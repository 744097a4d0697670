"""What the apps hand down to the hub at the start: how it reads in the database, of which it knows nothing itself."""

from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Protocol

from mindnet.realtime.shapes import PresenceCounts

# A number of a room, and the encoded event that has it.
Line = tuple[int, str]


class Page(NamedTuple):
    """Lines in the order of their numbers, the number up to which they are all there are, and whether that was the
    room's head."""

    lines: list[Line]
    upto: int
    complete: bool


class Reader(Protocol):
    """Messages, read by messaging."""

    async def heads(self, room_ids: list[int]) -> dict[int, int]:
        """The newest number of each room; ended rooms are missing."""

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
