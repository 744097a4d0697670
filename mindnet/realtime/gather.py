"""What is gathered for a moment before it goes to those who look at a room: typing and presence."""

import asyncio
from collections.abc import Set
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from mindnet.realtime import events, shapes

if TYPE_CHECKING:
    from mindnet.realtime.connection import Connection
    from mindnet.realtime.hub import Hub

# In one event: a thousand who come back at once fill several, so that none outgrows a frame.
CHANGES_MOST = 200
GATHER_SECONDS = 1.0  # at most one list of typing psychics and one set of presence changes a second


class Gatherer:
    """Sends `line` to those who look at a room, at most once in GATHER_SECONDS and at once after a quiet time."""

    def __init__(self, room_id: int, lookers: Set["Connection"]) -> None:
        self.room_id = room_id
        self.lookers = lookers
        self.timer: asyncio.TimerHandle | None = None
        self.last_at = float("-inf")

    def line(self) -> str:
        """What has gathered, encoded."""
        raise NotImplementedError

    def soon(self) -> None:
        """Has what gathers told, now or when GATHER_SECONDS have passed."""
        if self.timer is None:
            loop = asyncio.get_running_loop()
            wait = max(0.0, self.last_at + GATHER_SECONDS - loop.time())
            self.timer = loop.call_later(wait, self.fire)

    def fire(self) -> None:
        self.timer = None
        self.last_at = asyncio.get_running_loop().time()
        line = self.line()
        for connection in list(self.lookers):
            connection.push_ephemeral(line)

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Typing(Gatherer):
    """Who is typing in a room: psychic -> (username, until when), told as a whole list."""

    def __init__(self, room_id: int, lookers: Set["Connection"]) -> None:
        super().__init__(room_id, lookers)
        self.psychics: dict[int, tuple[str, float]] = {}
        # Who is out, or muted, and until when what they said before may still arrive.
        self.hushed: dict[int, float] = {}
        self.expiry: asyncio.TimerHandle | None = None

    def set(self, psychic_id: int, username: str, on: bool) -> None:
        """`on` lasts for TYPING_SECONDS, unless it is said again."""
        was = psychic_id in self.psychics
        if on and self.is_hushed(psychic_id):
            return
        if on:
            self.psychics.pop(psychic_id, None)
            until = asyncio.get_running_loop().time() + settings.LIMITS["TYPING_SECONDS"]
            self.psychics[psychic_id] = (username, until)
            self.watch()
        else:
            self.psychics.pop(psychic_id, None)
        if was != on:
            self.soon()

    def hush(self, psychic_id: int, on: bool) -> None:
        """Somebody may not type here any more, or may again."""
        self.hushed.pop(psychic_id, None)
        if on:
            self.set(psychic_id, "", False)
            self.hushed[psychic_id] = asyncio.get_running_loop().time() + settings.LIMITS["TYPING_SECONDS"]

    def is_hushed(self, psychic_id: int) -> bool:
        now = asyncio.get_running_loop().time()
        if self.hushed:
            self.hushed = {each: until for each, until in self.hushed.items() if until > now}
        return psychic_id in self.hushed

    def watch(self) -> None:
        """Takes out who has not typed for TYPING_SECONDS. The first in the dict is the first to go."""
        if self.expiry is None and self.psychics:
            _, until = next(iter(self.psychics.values()))
            self.expiry = asyncio.get_running_loop().call_at(until, self.expire)

    def expire(self) -> None:
        self.expiry = None
        now = asyncio.get_running_loop().time()
        gone = [psychic_id for psychic_id, (_, until) in self.psychics.items() if until <= now]
        for psychic_id in gone:
            del self.psychics[psychic_id]
        if gone:
            self.soon()
        self.watch()

    def listed(self) -> list[shapes.PsychicOut]:
        return [shapes.PsychicOut(id, username) for id, (username, _) in self.psychics.items()]

    def line(self) -> str:
        payload = shapes.TypingChange(self.room_id, self.listed())
        return events.room_event("typing.changed", self.room_id, payload)

    def stop(self) -> None:
        super().stop()
        if self.expiry is not None:
            self.expiry.cancel()


class Presences(Gatherer):
    """Changes of presence: psychic -> encoded presence, the newest only."""

    def __init__(self, room_id: int, lookers: Set["Connection"], hub: "Hub") -> None:
        super().__init__(room_id, lookers)
        self.hub = hub
        self.changes: dict[int, str] = {}

    def set(self, psychic_id: int, presence: str) -> None:
        self.changes[psychic_id] = presence
        self.soon()

    def soon(self) -> None:
        if self.timer is None:  # always a whole second: changes come in company
            self.timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self.fire)

    def fire(self) -> None:
        if self.hub.crowds.is_crowd(self.room_id):
            self.timer = None
            self.changes = {}
            self.hub.spawn(self.tell_counts())
        else:
            super().fire()

    async def tell_counts(self) -> None:
        """One text for all again, of one query for the room."""
        line = await self.hub.crowds.line(self.room_id)
        for connection in list(self.lookers):
            connection.push_ephemeral(line)

    def line(self) -> str:
        changes = [msgspec.Raw(presence.encode()) for presence in self.changes.values()]
        self.changes = {}
        # Without any it says that who looks holds a list from now on.
        parts = [changes[first : first + CHANGES_MOST] for first in range(0, len(changes) or 1, CHANGES_MOST)]
        payloads = [{"room": self.room_id, "changes": part} for part in parts]
        return "\n".join([events.room_event("presence.changed", self.room_id, payload) for payload in payloads])
