"""One live socket: a bounded outbox and, when it is needed, one writer task.

Policy. A text for an idle socket is sent at once, without a task (`push`). While a send waits, because the client
reads slowly, texts queue up; the writer sends what has gathered as fuller frames. The outbox is bounded in events and
bytes. When it is full, typing and presence are dropped; numbered events are no longer queued, instead the connection
falls behind: it remembers how far each of its rooms was sent (`cursors`) and its writer reads the rest from the
database once the outbox has drained. Whoever makes no progress for `SLOW_SECONDS` with a full outbox is closed, 4008.
"""

import asyncio
import collections
import logging
from collections.abc import Coroutine, Generator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.conf import settings

from mindnet.base.asgi import Send
from mindnet.realtime import codes, events, shapes
from mindnet.realtime.frames import WriteFrame, bytes_of, no_frames, parts, text_frame
from mindnet.realtime.messages import ForPsychic

if TYPE_CHECKING:
    from mindnet.realtime.hub import Hub

logger = logging.getLogger(__name__)

# What has gathered goes out in frames of about this size. None has more than SERVER_FRAME_BYTES.
FRAME_FILL_BYTES = 32 * 1024
# Events without a number cannot be read again from the database, so they may exceed the bound by this factor.
UNNUMBERED_FACTOR = 2

CATCH_UP_RETRY_SECONDS = 1.0

# A text in the outbox, and how many events are in it.
Entry = tuple[str, int]
# Stands behind the last text; told from it by identity.
CLOSE: Entry = ("", 0)
EMPTY: tuple[()] = ()


class Resumed:
    """Awaits the rest of a coroutine that was stepped by hand until it waited for `future`."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], future: Any) -> None:
        self.coroutine = coroutine
        self.future = future

    def __await__(self) -> Generator[Any, Any, None]:
        future = self.future
        while True:
            try:
                yield future
            except BaseException as error:  # cancellation too belongs to the coroutine
                step = partial(self.coroutine.throw, error)
            else:
                step = partial(self.coroutine.send, None)
            try:
                future = step()
            except StopIteration:
                return


class Psychic(Protocol):
    """What a connection keeps of whose it is."""

    @property
    def pk(self) -> int: ...
    @property
    def chosen_status(self) -> str: ...


class Connection:
    """`send` is the ASGI send of the socket, `write_frame` the server's quicker way where it has one (`frames.py`);
    `hub` hands in events and reads what was missed."""

    __slots__ = (
        "id", "psychic_id", "asgi_send", "write_frame", "hub", "rooms", "cursors", "queues", "missed", "chosen_status",
        "chosen_at", "is_held", "urgent_sent", "looks_at", "wants_to_look_at", "early", "is_open", "outbox",
        "outbox_events", "outbox_bytes", "is_behind", "writer", "waiting_since", "closing", "is_gone", "task",
        "drained",
    )  # fmt: skip

    def __init__(self, id: UUID, psychic: Psychic, send: Send, hub: "Hub", write_frame: WriteFrame = no_frames) -> None:
        self.id = id
        self.psychic_id = psychic.pk
        self.asgi_send = send
        self.write_frame = write_frame
        self.hub = hub
        # The rooms that its psychic is in as far as it knows, and the revision of each at which that was so.
        self.rooms: dict[int, int] = {}
        # Where this connection lags behind the hub: room -> last number sent.
        self.cursors: dict[int, int] = {}
        # Rooms whose offline queue is still to be pushed: room -> the psychic's delivered_seq.
        self.queues: dict[int, int] = {}
        # Rooms of which something without a number is still to be told, and from which counts on (`facts.py`).
        self.missed: dict[int, tuple[int | None, int | None]] = {}
        # As the psychic has set it: meditating holds back what comes, invisible keeps typing to oneself.
        self.chosen_status = psychic.chosen_status
        self.chosen_at = asyncio.get_running_loop().time()
        self.is_held = False
        self.urgent_sent: set[int] | tuple[()] = EMPTY  # ids of messages
        self.looks_at: int | None = None
        self.wants_to_look_at: int | None = None
        # Until hello is out, what is meant for this psychic waits here.
        self.early: tuple[ForPsychic, ...] = EMPTY
        self.is_open = False
        # Made when it is needed: idle sockets are many.
        self.outbox: collections.deque[Entry] | tuple[()] = EMPTY
        self.outbox_events = 0
        self.outbox_bytes = 0
        self.is_behind = False
        self.writer: asyncio.Task[None] | None = None
        self.waiting_since: float | None = None
        self.closing: tuple[int, str] | None = None  # code and its name
        self.is_gone = False
        self.task: asyncio.Task[None] | None = None
        # An event while the outbox is full; None otherwise.
        self.drained: asyncio.Event | None = None

    # Sending

    def push(self, text: str, events: int = 1) -> None:
        """Sends a text now or queues it. For replies and events without a number."""
        if self.closing or self.is_gone:
            return
        if self.writer is None:
            self.send_now(text)
        elif self.outbox_events < UNNUMBERED_FACTOR * settings.LIMITS["OUTBOX_EVENTS"]:
            self.enqueue(text, events)
        else:
            self.close(codes.SLOW_CONSUMER, "Your connection reads too slowly.")

    def push_ephemeral(self, text: str) -> None:
        """Typing and presence: the first to be dropped when the outbox is more than half full."""
        if self.closing or self.is_gone or self.is_held:
            return
        if self.writer is None:
            self.send_now(text)
        elif not self.is_behind and self.outbox_events < settings.LIMITS["OUTBOX_EVENTS"] // 2:
            self.enqueue(text, 1)

    def push_numbered(self, text: str, events: int, frame: bytes) -> bool:
        """Numbered events of one room, as text and as frame. False when they do not fit: the connection has to fall
        behind."""
        if self.writer is None:
            if not self.write_frame(frame):
                self.send_now(text)
            return True
        if self.closing or self.is_gone:
            return True
        limits = settings.LIMITS
        if (
            self.outbox_events + events > limits["OUTBOX_EVENTS"]
            or self.outbox_bytes + len(frame) > limits["OUTBOX_BYTES"]
        ):
            return False
        self.enqueue(text, events)
        return True

    def enqueue(self, text: str, events: int) -> None:
        for part in parts(text, settings.LIMITS["SERVER_FRAME_BYTES"]):
            self.append((part, events))
            self.outbox_events += events
            self.outbox_bytes += bytes_of(part)
            events = 0  # they are counted with the first
        if self.drained is None and self.is_full():
            self.drained = asyncio.Event()

    def append(self, entry: Entry) -> None:
        if not self.outbox:
            self.outbox = collections.deque()
        self.outbox.append(entry)

    @property
    def is_lagging(self) -> bool:
        """Whether something is to be read for it."""
        return bool(self.queues or self.cursors or self.missed)

    def has_drained(self) -> None:
        """Whoever waits for room in the outbox goes on."""
        if self.drained is not None:
            self.drained.set()
            self.drained = None

    def is_full(self) -> bool:
        """Whether OUTBOX_EVENTS or OUTBOX_BYTES are queued."""
        limits: dict[str, int] = settings.LIMITS
        return self.outbox_events >= limits["OUTBOX_EVENTS"] or self.outbox_bytes >= limits["OUTBOX_BYTES"]

    def send_now(self, text: str) -> None:
        """In as many frames as it takes; once the client does not take them any more the rest is queued."""
        for part in parts(text, settings.LIMITS["SERVER_FRAME_BYTES"]):
            if self.writer is None:
                self.send_frame(part)
            else:
                self.enqueue(part, 1)

    def send_frame(self, text: str) -> None:
        """Steps the ASGI send by hand: it mostly finishes at once, and a task for it would cost as much as the send."""
        if self.is_gone or self.write_frame(text_frame(text)):
            return
        coroutine = self.asgi_send({"type": "websocket.send", "text": text})
        try:
            future = coroutine.send(None)
        except StopIteration:
            return
        except Exception:  # whatever the server raises for a link that is gone; its disconnect follows
            self.is_gone = True
            return
        self.start_writer(Resumed(coroutine, future))

    def wake(self) -> None:
        """Has the writer look for rooms to catch up with."""
        if self.writer is None and not self.is_gone:
            self.start_writer(None)

    def start_writer(self, unfinished: Resumed | None) -> None:
        self.waiting_since = asyncio.get_running_loop().time() if unfinished else None
        self.writer = asyncio.create_task(self.write(unfinished))
        self.hub.writing.add(self)

    async def write(self, unfinished: Resumed | None) -> None:
        """The writer's task: what is queued, then what the connection lags behind with, until there is neither."""
        try:
            if unfinished:
                await unfinished
            while not self.is_gone:
                if self.outbox:
                    await self.send_gathered(self.outbox)
                elif self.is_lagging and not self.is_held and not self.closing:
                    self.waiting_since = None
                    await self.catch_up()
                else:
                    break
        except Exception:  # see send_now
            self.is_gone = True
        finally:
            self.writer = None
            self.waiting_since = None
            self.is_behind = self.is_behind and bool(self.cursors)
            self.outbox = self.outbox or EMPTY
            self.has_drained()
            self.hub.writing.discard(self)

    async def catch_up(self) -> None:
        """A step of `Lagging.catch_up`, which may fail and is tried again."""
        try:
            await self.hub.lagging.catch_up(self)
        except Exception as error:  # the database is away: nothing is lost, it is read when it is back
            logger.warning("catching up failed: %s", error)
            await asyncio.sleep(CATCH_UP_RETRY_SECONDS)

    async def send_gathered(self, outbox: collections.deque[Entry]) -> None:
        """A frame of what has gathered, or the close frame."""
        loop = asyncio.get_running_loop()
        self.waiting_since = loop.time()
        if self.closing and outbox[0] is CLOSE:
            self.outbox = EMPTY
            code, reason = self.closing
            await self.asgi_send({"type": "websocket.close", "code": code, "reason": reason})
            self.is_gone = True
            return
        texts: list[str] = []
        size = 0
        while outbox and outbox[0] is not CLOSE and size < FRAME_FILL_BYTES:
            length = bytes_of(outbox[0][0])
            if texts and size + len(texts) + length > settings.LIMITS["SERVER_FRAME_BYTES"]:
                break
            text, events = outbox.popleft()
            texts.append(text)
            size += length
            self.outbox_events -= events
            self.outbox_bytes -= length
        if not self.is_full():
            self.has_drained()
        await self.asgi_send({"type": "websocket.send", "text": "\n".join(texts)})

    # Ending

    def close(self, code: int, reason: str, *, retry_after: float | None = None, until: datetime | None = None) -> None:
        """`bye`, then the close frame. What was queued is dropped: who may not read on must not read on."""
        if self.closing or self.is_gone:
            return
        self.closing = (code, codes.CLOSE_NAMES.get(code, "closed"))
        self.outbox_events = self.outbox_bytes = 0
        bye = shapes.Bye(code, reason, codes.may_reconnect(code), retry_after, until)
        self.outbox = collections.deque([(events.event("bye", bye), 1), CLOSE])
        self.has_drained()
        if self.writer is None:
            self.start_writer(None)
        # A link that does not take the close frame is cut.
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.cut)

    def cut(self) -> None:
        """Ends the socket, whether or not anybody reads what was sent to it."""
        if self.task is not None and not self.task.done():
            self.task.cancel()


# How long a client has for taking `bye` and answering the close frame.
CLOSE_SECONDS = 3
