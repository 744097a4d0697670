"""Whose connections are held while their psychic meditates, and what gets through to them.

The hub hears of a choice at once. Since word may be lost, `check` compares all connected psychics with the database at
every tick, in one query: a bell reaches a process without Redis within 3 s, and so does an urgent message.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from mindnet.realtime.readers import Choices

if TYPE_CHECKING:
    from mindnet.realtime.connection import Connection
    from mindnet.realtime.hub import Hub
    from mindnet.realtime.hub_room import HubRoom

SILENT = ("invisible", "meditating")


class Holding:
    """Without `choices`, which messaging hands down, what the hub has heard is all it knows."""

    def __init__(self, hub: "Hub", choices: Choices | None) -> None:
        self.hub = hub
        self.choices = choices
        # Who has fallen silent a moment ago: typing told before that may arrive after it.
        self.silent_until: dict[int, float] = {}
        # Ids of rooms where somebody may be typing: at ten in the evening many fall silent, and most rooms are quiet.
        self.typing_rooms: set[int] = set()
        # By connection and room, what it is told at the bell.
        self.kept: dict[UUID, dict[int, str]] = {}

    def choose(self, connection: "Connection", status: str) -> None:
        """A connection's psychic has chosen this status, "" for none."""
        connection.chosen_status = status
        connection.chosen_at = self.hub.loop.time()
        self.hub.hold(connection, status == "meditating")

    def silence(self, psychic_id: int, status: str) -> None:
        """Nobody hears somebody type who is not to be seen or heard. For any psychic, connected here or not."""
        self.silent_until.pop(psychic_id, None)
        if status not in SILENT:
            return
        seconds = settings.LIMITS["TYPING_SECONDS"]
        self.silent_until[psychic_id] = self.hub.loop.time() + seconds
        self.hub.loop.call_later(seconds, self.forget_silence, psychic_id)
        rooms = [self.hub.rooms[id] for id in self.typing_rooms if id in self.hub.rooms]
        for room in rooms:
            room.typing.set(psychic_id, "", False)
        self.typing_rooms = {room.id for room in rooms if room.typing.psychics}

    def forget_silence(self, psychic_id: int) -> None:
        if self.silent_until.get(psychic_id, 0.0) <= self.hub.loop.time():
            self.silent_until.pop(psychic_id, None)

    def hears(self, room: "HubRoom", psychic_id: int) -> bool:
        """Whether somebody's typing is to be told in a room."""
        self.typing_rooms.add(room.id)
        return psychic_id not in self.silent_until

    def urgent(self, connection: "Connection", message_id: int, line: str) -> None:
        """Once to each held connection; who is not held gets the message in its place."""
        if connection.is_held and message_id not in connection.urgent_sent:
            connection.urgent_sent = connection.urgent_sent or set()
            connection.urgent_sent.add(message_id)
            connection.push(line)

    def unread(self, connection: "Connection", room_id: int, line: str) -> None:
        """What is unread for oneself. For a held connection the newest of each room is kept for the bell."""
        if connection.is_held:
            self.kept.setdefault(connection.id, {})[room_id] = line
        else:
            connection.push(line)

    def let_go(self, connection: "Connection") -> None:
        for line in self.kept.pop(connection.id, {}).values():
            connection.push(line)

    async def check(self) -> None:
        """Compares all who are connected here with the database."""
        asked_at = self.hub.loop.time()
        if not self.hub.by_psychic or self.choices is None:
            return
        chosen, urgent = await self.choices(list(self.hub.by_psychic))
        for connection in list(self.hub.connections.values()):
            status = chosen.get(connection.psychic_id, "")
            # What was heard since is newer than this answer.
            if connection.is_open and connection.chosen_at < asked_at and connection.chosen_status != status:
                self.choose(connection, status)
                self.silence(connection.psychic_id, status)
        for psychic_id, message_id, line in urgent:
            for connection in self.hub.by_psychic.get(psychic_id, ()):
                if connection.is_open:
                    self.urgent(connection, message_id, line)
