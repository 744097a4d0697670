"""uvicorn's side of a socket, with frames found by ourselves."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.frames import apply_mask  # type: ignore[attr-defined]  # the quicker of two that it chooses from
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import StatusLike

from mindnet.base.asgi import Message
from mindnet.base.limits import Rate
from mindnet.base.rates import Bucket
from mindnet.realtime import codes, events, frames
from mindnet.realtime.frames import CLOSE, PING, PONG, TEXT
from mindnet.serving import places
from mindnet.serving.inbox import WRITABLE, Inbox, Writable
from mindnet.serving.pings import Socket, wheel

# A socket that is over is cut when its last bytes are not taken by then.
LINGER_SECONDS = 5
# Frames of one client that are read ahead of what the application has taken. A read may bring a quarter of a megabyte,
# which in small frames would hold up everybody else for a tenth of a second.
READ_AHEAD_FRAMES = 32
# What still comes after a violation is read and dropped: a link that is closed with bytes unread is reset, and the
# close frame is lost with it. Whoever sends more than this, or for longer than LINGER_SECONDS, is cut all the same.
DROPPED_BYTES = 16 * 1024 * 1024
# Who has said nothing for so long has heard it.
QUIET_SECONDS = 1.0
# A shorter slice in the middle of a message counts as a frame; longer ones are bounded by the length of a message.
SLICE_BYTES = 64
# Once the close frame is out only its answer is looked for, at this pace: who floods on costs next to nothing.
CLOSED_PAUSE_SECONDS = 0.02
# WebSocket pings of one client, which are answered past the application and its limits; above it they wait.
PING_RATE = Rate(20, 5.0)
ABNORMAL = 1006
INVALID_DATA = 1007
FIN, MASKED = 0x80, 0x80
CONTINUATION = 0x00  # and not the last one
# The codes of handshakes that are turned away before the application sees them; any other is no valid handshake.
REJECTIONS = {403: "permission_denied", 405: "method_not_allowed", 426: "upgrade_required", 500: "server_error"}
CONTROL_BYTES = 125  # the most a ping or pong may carry


class Library(ServerProtocol):
    """The library's side of a socket, whose refusals are ours: `{code, detail}` instead of a line of text."""

    def reject(self, status: StatusLike, text: str) -> Response:
        response = super().reject(status, "")
        code = REJECTIONS.get(response.status_code, "validation_error")
        response.body = events.encoder.encode({"code": code, "detail": text.strip() or "This handshake is refused."})
        response.headers["Content-Length"] = str(len(response.body))
        response.headers["Content-Type"] = "application/json"
        return response


class SocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, with frames found by ourselves: whole text messages, which is what clients send, go straight to the
    application, anything else to the library, a frame at a time.

    At most READ_AHEAD_FRAMES are taken at once, and the next ones only when the application has had all of them and the
    client takes its answers. Until then the transport is not read from, so that TCP slows the sender down.

    Most sockets are idle, and each shall be small: after the handshake it has no scope, no request and nothing of the
    library, which is made again for what needs it.
    """

    # uvicorn's attributes, then ours. So many would be a dict of 1.5 KiB for each socket.
    __slots__ = (
        "config", "app", "loop", "logger", "root_path", "asgi_version", "app_state", "connections", "tasks",
        "default_headers", "transport", "server", "client", "scheme", "queue", "handshake_initiated",
        "handshake_complete", "close_sent", "disconnected", "close_timer", "close_timeout", "initial_response",
        "read_paused", "writable", "ping_interval", "ping_timeout", "ping_timer", "pong_timer", "pending_ping_payload",
        "ping_sent_at", "last_ping_rtt", "frames", "curr_msg_data_type", "request", "response", "scope",
        "library", "unparsed", "arrived_at", "is_partial", "is_fragmented", "feeding", "not_before", "pings", "round",
        "was_deaf", "to_drop", "place",
    )  # fmt: skip

    # Other types than uvicorn's: an inbox and an event of ours, and what is taken away once the handshake is done.
    queue: Inbox  # type: ignore[assignment]
    writable: asyncio.Event | Writable  # type: ignore[assignment]
    request: Request | None  # type: ignore[assignment]
    response: Response | None  # type: ignore[assignment]
    scope: Any
    library: ServerProtocol | None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = Library(max_size=self.config.ws_max_size, logger=self.logger)
        self.queue = Inbox(self.loop)
        self.writable = WRITABLE

    @property
    def conn(self) -> ServerProtocol:
        """The library's side of the socket. Without one it is open, and between two messages."""
        if self.library is None:
            self.library = Library(state=State.OPEN, max_size=self.config.ws_max_size, logger=self.logger)
        return self.library

    @conn.setter
    def conn(self, library: ServerProtocol) -> None:
        self.library = library

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.unparsed = b""
        self.arrived_at = 0.0  # the first of what is unparsed
        # What is unparsed is no whole frame yet, or comes before the handshake's end.
        self.is_partial = False
        self.is_fragmented = False
        self.feeding: asyncio.Handle | None = None
        self.not_before = 0.0
        self.pings: Bucket | None = None
        self.round: set[Socket] | None = None
        self.was_deaf = False
        self.to_drop: int | None = None  # bytes, once the link has ended with a violation
        self.place: str | None = None  # see mindnet.serving.places

    def begin(self, method: str, version: str, target: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        """The handshake, as mindnet.serving.http has read it."""
        lines = Headers()
        for name, value in headers:
            lines[name.decode()] = value.decode("latin-1")
        self.handle_connect(Request(target.decode(), lines, method, f"HTTP/{version}"))

    def start_keepalive(self) -> None:
        """The handshake is done, and what it brought need not stay in memory with the socket."""
        self.round = wheel().add(self)
        self.library = self.request = self.response = self.scope = self.server = self.client = None
        self.is_partial = False
        self.read_on()

    def stop_keepalive(self) -> None:
        if self.round is not None:
            self.round.discard(self)
        self.pending_ping_payload = None

    def ping(self, payload: bytes, frame: bytes) -> None:
        """A round of pings has come to this socket. Whoever has not answered the last one is gone, unless we have not
        listened all the time."""
        was_deaf, self.was_deaf = self.was_deaf, self.read_paused and self.writable.is_set()
        if self.pending_ping_payload is not None and not was_deaf:
            self.keepalive_timeout()
        elif not self.close_sent and not self.transport.is_closing():
            self.pending_ping_payload = payload
            self.transport.write(frame)

    def data_received(self, data: bytes) -> None:
        if self.to_drop is not None:
            return self.drop(data)
        if self.is_partial or not self.unparsed:
            self.arrived_at = self.loop.time()
        self.unparsed = self.unparsed + data if self.unparsed else data
        self.is_partial = False
        if self.feeding is None and self.queue.empty():
            self.feed()
        else:
            self.pause()

    def feed(self) -> None:
        """Takes what is unparsed, as far as it may now."""
        self.feeding = None
        if self.disconnected:
            return
        if self.library is not None and self.library.state is State.CONNECTING:
            self.is_partial = True
            return self.pause()  # as long as the handshake waits, for the database or its turn
        self.take_frames()
        if self.to_drop is not None:
            return
        if self.is_held_up() or (self.unparsed and not self.is_partial):
            self.pause()
        if self.read_paused:
            self.read_on()

    def take_frames(self) -> None:
        """READ_AHEAD_FRAMES at most; what is left stays unparsed."""
        data, start = self.unparsed, 0
        for _ in range(READ_AHEAD_FRAMES):
            found = find_frame(data, start)
            if found is None:
                self.is_partial = True
                break
            body, end = found
            self.take_frame(data, start, body, end)
            start = end
            if self.to_drop is not None:
                return
        self.unparsed = data[start:]

    def take_frame(self, data: bytes, start: int, body: int | None, end: int) -> None:
        """The frame data[start:end], its payload from `body` on; `body` is None for one that is too long."""
        first, is_plain = data[start], data[start + 1] & MASKED
        if body is not None and is_plain and first == TEXT and not self.is_fragmented:
            try:
                text = apply_mask(data[body:end], data[body - 4 : body]).decode()
            except UnicodeDecodeError:  # the library knows how to end this
                pass
            else:
                if not self.close_sent:
                    self.queue.put_nowait({"type": "websocket.receive", "text": text, frames.AT: self.arrived_at})
                return
        elif body is not None and is_plain and first in (PING, PONG) and end - body <= CONTROL_BYTES:
            payload = apply_mask(data[body:end], data[body - 4 : body])
            return self.take_ping(payload) if first == PING else self.take_pong(payload)
        if first & 0x0F < 0x8:
            self.is_fragmented = not first & FIN
        if first == CONTINUATION and body is not None and end - body < SLICE_BYTES:
            self.count()
        super().data_received(data[start:end])
        if not self.is_fragmented and self.conn.state is State.OPEN:
            self.library = None

    def take_ping(self, payload: bytes) -> None:
        """Answers, as often as PING_RATE allows; above it nothing more is read for a while."""
        if self.transport.is_closing():
            return
        self.transport.write(frames.control_frame(PONG, payload))
        now = self.loop.time()
        if self.pings is None:
            self.pings = Bucket(PING_RATE, now)
        self.not_before = now + self.pings.take(now)

    def take_pong(self, payload: bytes) -> None:
        if payload == self.pending_ping_payload:
            self.pending_ping_payload = None
        else:
            self.count()

    def count(self) -> None:
        """A frame that brings the application nothing counts under its limits all the same."""
        if not self.close_sent:
            self.queue.put_nowait(frames.BARE)

    def is_held_up(self) -> bool:
        return not self.writable.is_set() or self.not_before > self.loop.time()

    def pause(self) -> None:
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.was_deaf = self.was_deaf or self.writable.is_set()
            self.transport.pause_reading()

    def read_on(self) -> None:
        """The next frames, or reading again, unless something is in the way. `receive` and `resume_writing`, which take
        it out of the way, come back here."""
        if self.feeding is not None or self.transport.is_closing():
            return
        wait = self.not_before - self.loop.time()
        if self.close_sent:
            wait = max(wait, CLOSED_PAUSE_SECONDS)
        elif not self.queue.empty() or not self.writable.is_set():
            return
        if (self.unparsed and not self.is_partial) or self.not_before > self.loop.time():
            self.feeding = self.loop.call_later(wait, self.feed) if wait > 0 else self.loop.call_soon(self.feed)
        elif self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    async def receive(self) -> Message:  # type: ignore[override]  # no stricter than the Inbox
        if self.queue.empty():
            await self.queue.wait()
        message = self.queue.get_nowait()
        if self.read_paused:
            self.read_on()
        return message

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # uvicorn takes an answer of HTTP for none, and would log an error

    def pause_writing(self) -> None:
        self.writable = asyncio.Event()

    def resume_writing(self) -> None:
        self.writable.set()
        self.writable = WRITABLE
        if self.read_paused:
            self.read_on()

    def send_receive_event_to_app(self) -> None:
        """Bad UTF-8 is cut with 1007, as uvicorn does, but without a traceback in the log: it is no fault of ours."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(INVALID_DATA)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """A violation: uvicorn's close frame, and then the link stays until the client has read it."""
        closing = self.conn.close_sent
        if closing is None:  # a handshake that is none
            return super().handle_parser_exception()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": closing.code, "reason": closing.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.unparsed, self.to_drop = b"", DROPPED_BYTES
        self.loop.call_later(LINGER_SECONDS, self.cut)
        self.close_timer = self.loop.call_later(QUIET_SECONDS, self.transport.close)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def drop(self, data: bytes) -> None:
        """What comes after the end. Once the client has answered it, or says nothing more, the link is closed."""
        self.to_drop = (self.to_drop or 0) - len(data)
        if self.to_drop < 0:
            return self.cut()
        if self.close_timer is not None:
            self.close_timer.cancel()
        quiet = 0.0 if self.conn.close_sent and ends_with_close(data, self.conn.close_sent.code) else QUIET_SECONDS
        self.close_timer = self.loop.call_later(quiet, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """A link that ends without a close frame was lost. uvicorn calls it 1005: an orderly end without a code."""
        has_said_goodbye = self.library is not None and self.library.close_rcvd is not None
        if self.place is not None:
            places.connections.give_back(self.place)
        if self.handshake_complete and not has_said_goodbye and not self.close_sent:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": ABNORMAL})
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """The link is silent: nobody is there to read a close frame."""
        self.transport.abort()

    def write_frame(self, frame: bytes) -> bool:
        """For `mindnet.realtime.frames`: a ready frame straight to the transport, unless the link is not open or the
        client is slow."""
        if self.transport.is_closing() or self.close_sent or not self.writable.is_set():
            return False
        self.transport.write(frame)
        return True

    def run_asgi(self) -> Coroutine[Any, Any, None]:
        self.scope["extensions"][frames.EXTENSION] = self.write_frame
        return super().run_asgi()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        # close() waits until the peer has taken what is buffered, which it may never do.
        self.loop.call_later(LINGER_SECONDS, self.cut)

    def cut(self) -> None:
        if self.transport is not None and not self.disconnected:
            self.transport.abort()


def ends_with_close(data: bytes, code: int) -> bool:
    """Whether the last of these bytes are a client's close frame with this code. Where the frames before it begin need
    not be known."""
    tail = data[-6 - CONTROL_BYTES :]
    for start in range(len(tail) - 7):
        if tail[start] == CLOSE and tail[start + 1] == MASKED | (len(tail) - start - 6):
            said = apply_mask(tail[start + 6 : start + 8], tail[start + 2 : start + 6])
            if int.from_bytes(said) == code:
                return True
    return False


def find_frame(data: bytes, start: int) -> tuple[int | None, int] | None:
    """(where the payload begins, where the frame ends) of the frame at `start`; None when it is not whole yet.

    Of one that is too long to wait for: None and the end of what is there. The library refuses it by its head.
    """
    if len(data) - start < 2:
        return None
    length, body = data[start + 1] & 0x7F, start + 2
    if length >= 126:
        body += 2 if length == 126 else 8
        if len(data) < body:
            return None
        length = int.from_bytes(data[start + 2 : body])
        if length > codes.TRANSPORT_LIMIT_BYTES:
            return None, len(data)
    if data[start + 1] & MASKED:
        body += 4
    return (body, body + length) if body + length <= len(data) else None
