"""A process's registry of connections by room: order, holes, healing.

Policy. Per room the hub knows `head`, the newest number it has handed to its live connections. The next number goes
straight out; one that was handed out before is dropped; a hole is held for `HOLE_SECONDS`, since batches of two
processes may overtake each other, then read from the database. Every `HEAD_CHECK_SECONDS` one query compares the
heads of all rooms with the database, so that nothing depends on the channel layer having delivered.

A connection is either live in a room (at the hub's head, gets what everybody gets, one text for all) or lags behind it
with a cursor of its own: it has just come, reads slowly, or its psychic meditates. A lagging one is caught up from the
room's recent lines or from the database, then goes live.

Lines that arrive while a room's last flush is being written go out together. The pause after a flush is five times as
long as the flush took: the loop spends at most a sixth of its time on one room, and an idle room waits for nothing.
What this process stores itself waits for each other before that (`pace.py`).

One hub an event loop. All its methods but `publish_soon` run in the loop's thread.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from mindnet.realtime import groups, messages, publish, shapes
from mindnet.realtime.connection import Connection
from mindnet.realtime.crowds import Crowds
from mindnet.realtime.healing import Healing
from mindnet.realtime.holding import Holding
from mindnet.realtime.hub_room import HubRoom
from mindnet.realtime.lagging import Lagging
from mindnet.realtime.layer import LayerLink
from mindnet.realtime.messages import ForPsychic, Message, Move
from mindnet.realtime.moves import Moves
from mindnet.realtime.readers import Choices, CrowdReader, Place, Reader

logger = logging.getLogger(__name__)

Done = TypeVar("Done")


class Hub:
    """What it reads with is handed down, see `readers.py`; `on_closings` is called when some connection is to be
    closed."""

    def __init__(
        self,
        reader: Reader,
        *,
        on_closings: Callable[[], Coroutine[Any, Any, None]] | None = None,
        choices: Choices | None = None,
        crowds: CrowdReader | None = None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self.reader = reader
        self.on_closings = on_closings
        self.loop = asyncio.get_running_loop()
        self.rooms: dict[int, HubRoom] = {}
        self.by_psychic: dict[int, tuple[Connection, ...]] = {}  # mostly of one
        self.connections: dict[UUID, Connection] = {}
        self.moves = Moves(self.loop)
        self.holding = Holding(self, choices)
        self.crowds = Crowds(self, crowds)
        self.writing: set[Connection] = set()
        self.lagging = Lagging(self)
        self.healing = Healing(self)
        self.layer = LayerLink(self)
        self.tick_task: asyncio.Task[None] | None = None
        self.background: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        publish.local_hub = self
        self.layer.start()
        self.layer.want(groups.NODES)
        self.tick_task = self.loop.create_task(self.healing.tick())

    async def stop(self) -> None:
        if publish.local_hub is self:
            publish.local_hub = None
        if self.tick_task is not None:
            self.tick_task.cancel()
        await self.layer.stop()

    # Connections

    def add(self, connection: Connection) -> None:
        """From now on what is meant for this psychic waits for the connection; `open` lets it through."""
        self.connections[connection.id] = connection
        self.by_psychic[connection.psychic_id] = (*self.by_psychic.get(connection.psychic_id, ()), connection)

    def remove(self, connection: Connection) -> None:
        """The connection gets nothing any more."""
        self.connections.pop(connection.id, None)
        for room_id in list(connection.rooms):
            self.detach(connection, room_id)
        self.look_at(connection, None)
        self.holding.kept.pop(connection.id, None)
        siblings = tuple(one for one in self.by_psychic.pop(connection.psychic_id, ()) if one is not connection)
        if siblings:
            self.by_psychic[connection.psychic_id] = siblings
        self.writing.discard(connection)

    def open(self, connection: Connection, hello: str, places: Sequence[Place]) -> None:
        """`hello` goes out, then the connection is live in all rooms of `places`, each after its queue."""
        connection.is_held = connection.chosen_status == "meditating"
        connection.push(hello)
        for entry, revision, receipts in places:
            queue_from = entry.delivered_seq if entry.delivered_seq < entry.last_seq else None
            self.attach(connection, entry.id, entry.last_seq, queue_from, revision=revision, receipts=receipts)
        connection.is_open = True
        early, connection.early = connection.early, ()
        for message in early:
            self.to_connection(connection, message)
        if connection.is_lagging:
            connection.wake()

    def attach(
        self,
        connection: Connection,
        room_id: int,
        last_seq: int,
        queue_from: int | None = None,
        *,
        revision: int | None = None,
        receipts: int | None = None,
        version: int | None = None,
    ) -> None:
        """The connection becomes live in a room: it gets every number above `last_seq`, exactly once, and what has
        changed above `revision` and `receipts`. Its psychic was in the room at the revision `version`, None for
        `revision`.

        With `queue_from` the offline queue above that number goes before.
        """
        if room_id in connection.rooms:
            return
        room = self.rooms.get(room_id)
        if room is None:
            room = self.rooms[room_id] = HubRoom(self, room_id, last_seq, revision, receipts)
            self.layer.want(groups.room(room_id))
        connection.rooms[room_id] = version if version is not None else revision or 0
        room.connections.add(connection)
        room.facts.attach(connection, revision, receipts)
        if connection.wants_to_look_at == room_id:
            self.look_at(connection, room_id)
        if queue_from is not None:
            connection.queues[room_id] = queue_from
        elif connection.is_held or last_seq != room.head:
            connection.cursors[room_id] = last_seq
        else:
            room.live[connection] = None

    def detach(self, connection: Connection, room_id: int) -> None:
        """Nothing more of this room. The hub forgets a room that nobody is in."""
        connection.rooms.pop(room_id, None)
        connection.cursors.pop(room_id, None)
        connection.queues.pop(room_id, None)
        connection.missed.pop(room_id, None)
        self.holding.kept.get(connection.id, {}).pop(room_id, None)
        if connection.looks_at == room_id:
            self.look_at(connection, None)
        room = self.rooms.get(room_id)
        if room is None:
            return
        room.connections.discard(connection)
        room.live.pop(connection, None)
        if not room.connections:
            self.drop(room)

    def drop(self, room: HubRoom) -> None:
        del self.rooms[room.id]
        self.layer.unwant(groups.room(room.id))
        room.stop()

    def look_at(self, connection: Connection, room_id: int | None) -> None:
        """Presence and typing of this room follow, and of no other; as soon as the connection is attached to it."""
        connection.wants_to_look_at = room_id
        if connection.looks_at in self.rooms:
            self.rooms[connection.looks_at].lookers.discard(connection)
        connection.looks_at = None
        if room_id in connection.rooms and room_id in self.rooms:
            connection.looks_at = room_id
            self.rooms[room_id].lookers.add(connection)

    def typing(self, room_id: int) -> list[shapes.PsychicOut]:
        """Who is typing in a room, as far as this process knows."""
        room = self.rooms.get(room_id)
        return room.typing.listed() if room else []

    def fall_behind(self, connection: Connection, *, is_held: bool = False) -> None:
        """No more pushing: every room is remembered with how far it was sent, and read on from there later."""
        connection.is_behind = not is_held
        for room_id in connection.rooms:
            room = self.rooms[room_id]
            if room.live.pop(connection, self) is None:
                connection.cursors[room_id] = room.head

    def pace(self, room_id: int) -> float:
        """Seconds for which a message to this room, on its way to be stored, may wait for others."""
        room = self.rooms.get(room_id)
        return room.pace.wait(len(room.live), self.loop.time()) if room else 0.0

    # Messages from this and other processes

    def publish_soon(self, group: str, message: Message) -> None:
        """From any thread: handled here at once, and handed to the layer in its own time."""
        try:
            running: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self.loop:
            self.publish(group, message)
        else:
            self.loop.call_soon_threadsafe(self.publish, group, message)

    def publish(self, group: str, message: Message) -> None:
        """Handled here, then queued for the layer. In the loop's thread."""
        self.receive(message)
        self.layer.send(group, message | {"origin": self.id})

    def receive(self, message: Message) -> None:
        """One message, from this process or over the layer. What is wrong with it costs this message only."""
        try:
            self.handlers[message["type"]](self, message)
        except Exception:
            logger.exception("hub: a message of type %r failed", message.get("type"))

    def on_numbered(self, message: messages.Numbered) -> None:
        room = self.rooms.get(message["room"])
        if room is not None:
            room.arrive(message["first"], message["last"], message["lines"])
            for psychic_id in message.get("senders", ()):
                room.typing.set(psychic_id, "", False)

    def on_several(self, message: messages.Several) -> None:
        for each in message["messages"]:
            self.receive(each)

    def on_room(self, message: messages.InRoom) -> None:
        room = self.rooms.get(message["room"])
        if room is None:
            return
        line = message["line"]
        if message["viewers_only"]:
            for connection in room.lookers:
                connection.push_ephemeral(line)
        elif "revision" in message:
            room.facts.changed(message["revision"], line)
        elif "receipts" in message:
            room.facts.confirmed(message["receipts"], line)
        else:
            room.facts.tell(line)

    def on_session(self, message: messages.OfSession) -> None:
        """A guided session: to the participants, and to who meditates in it."""
        room = self.rooms.get(message["room"])
        if room is None or not room.is_news(message["event"], message["version"]):
            return
        for connection in list(room.lookers if message["viewers_only"] else room.connections):
            if connection.is_open and (not connection.is_held or connection.looks_at == room.id):
                connection.push(message["line"])

    def on_psychics(self, message: messages.ToPsychics) -> None:
        """A hint, for who is here now: a connection that is only just opening is told by what its page reads."""
        for psychic_id in message["psychics"]:
            for connection in self.by_psychic.get(psychic_id, ()):
                if connection.is_open and not connection.is_held:
                    connection.push(message["line"])

    def on_status(self, message: messages.Chosen) -> None:
        self.holding.silence(message["psychic"], message["status"])
        self.on_psychic(message)

    def is_missed(self, psychic_id: int, room_id: int, is_in: bool) -> bool:
        """Whether a connection of this psychic may not know that they are in a room, or that they are not."""
        connections = self.by_psychic.get(psychic_id, ())
        return any(not one.is_open or (room_id in one.rooms) is not is_in for one in connections)

    def on_move(self, message: Move) -> None:
        if not self.moves.is_news(message["psychic"], message["room"], message.get("version")):
            return
        room = self.rooms.get(message["room"])
        if room is not None:
            room.typing.hush(message["psychic"], message["type"] == "detach")
        self.on_psychic(message)

    def on_psychic(self, message: ForPsychic) -> None:
        connections = self.by_psychic.get(message["psychic"], ())
        receipt = message.get("receipt") if message["type"] == "psychic" and connections else None
        if receipt is not None and not self.moves.is_further(message["psychic"], receipt):
            return
        for connection in connections:
            if connection.is_open:
                self.to_connection(connection, message)
            else:
                connection.early += (message,)

    def to_connection(self, connection: Connection, message: ForPsychic) -> None:
        if message["type"] == "psychic":
            connection.push(message["line"])
        elif message["type"] == "attach" and message["room"] not in connection.rooms:
            connection.push(message["line"])
            self.attach(
                connection,
                message["room"],
                message["last_seq"],
                revision=message.get("revision"),
                receipts=message.get("receipts"),
                version=message.get("version"),
            )
            if connection.is_lagging:
                connection.wake()
        elif message["type"] == "detach" and self.is_put_out(connection, message):
            self.detach(connection, message["room"])
            connection.push(message["line"])
        elif message["type"] == "status":
            self.holding.choose(connection, message["status"])
        elif message["type"] == "urgent":
            self.holding.urgent(connection, message["id"], message["line"])
        elif message["type"] == "unread" and message["room"] in connection.rooms:
            self.holding.unread(connection, message["room"], message["line"])

    @staticmethod
    def is_put_out(connection: Connection, message: messages.Detach) -> bool:
        """Whether this concerns the connection. It may have read since that its psychic has come back."""
        known = connection.rooms.get(message["room"])
        return known is not None and message.get("version", known + 1) > known

    def hold(self, connection: Connection, on: bool) -> None:
        """While its psychic meditates a connection is held; let go, it reads on from where it was."""
        if on and not connection.is_held:
            connection.is_held = True
            self.fall_behind(connection, is_held=True)
            for room_id in connection.rooms:
                self.rooms[room_id].facts.behind(connection)
        elif not on and connection.is_held:
            connection.is_held = False
            self.holding.let_go(connection)
            connection.wake()

    def on_typing(self, message: messages.Typing) -> None:
        room = self.rooms.get(message["room"])
        if room is None:
            return
        if message.get("is_final"):
            room.typing.hush(message["psychic"], True)
        elif self.holding.hears(room, message["psychic"]):
            room.typing.set(message["psychic"], message["username"], message["on"])

    def on_presence(self, message: messages.Presences) -> None:
        for presence, psychic_id, room_ids in message["changes"]:
            for room_id in room_ids:
                room = self.rooms.get(room_id)
                if room is not None and room.lookers:
                    room.presences.set(psychic_id, presence)

    def on_close(self, message: messages.Closings) -> None:
        if self.on_closings:
            self.spawn(self.on_closings())

    handlers: ClassVar[dict[str, Callable[["Hub", Any], None]]] = {
        "numbered": on_numbered,
        "several": on_several,
        "room": on_room,
        "session": on_session,
        "psychic": on_psychic,
        "psychics": on_psychics,
        "attach": on_move,
        "detach": on_move,
        "status": on_status,
        "urgent": on_psychic,
        "unread": on_psychic,
        "typing": on_typing,
        "presence": on_presence,
        "closings": on_close,
    }

    # Tasks

    def spawn(self, coroutine: Coroutine[Any, Any, Done]) -> asyncio.Task[Done]:
        """A task that is kept until it ends and whose failure is logged."""
        task = self.loop.create_task(coroutine)
        self.background.add(task)
        task.add_done_callback(self.ended)
        return task

    def ended(self, task: asyncio.Task[Any]) -> None:
        self.background.discard(task)
        if not task.cancelled() and task.exception():
            logger.warning("hub: %s", task.exception())
