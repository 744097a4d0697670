"""uvicorn's side of HTTP, with an end to whatever may come: bytes, lines, time, and connections of one address.

uvicorn and its parser take all of a request's head into memory before anybody sees it, and wait for it for ever. What
is refused here is answered, and then the connection stays for a moment and drops what still comes: one that is closed
with bytes unread is reset, and the answer may be lost with it.
"""

import asyncio
import logging
import math
from typing import Any, cast

import httptools
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mindnet.base.errors import DomainError
from mindnet.serving import places, refusals
from mindnet.serving.heads import TAKES, WHOLE, encoded
from mindnet.serving.sockets import SocketProtocol
from mindnet.serving.watch import watch

logger = logging.getLogger(__name__)

HEAD_BYTES = int(settings.LIMITS["HEAD_BYTES"])
HEAD_LINES = int(settings.LIMITS["HEAD_LINES"])
HEAD_SECONDS = float(settings.LIMITS["HEAD_SECONDS"])
BODY_SECONDS = float(settings.LIMITS["BODY_SECONDS"])
BODY_RATE = float(settings.LIMITS["BODY_BYTES_PER_SECOND"])
ANSWER_SILENT_SECONDS = float(settings.LIMITS["ANSWER_SILENT_SECONDS"])
# Requests that one connection sends before the first is answered. No browser sends a second one; a quarter of a
# megabyte, which may come in one piece, holds fourteen thousand.
PIPELINED = 8
# What still comes after a refusal is dropped: so many bytes, for so long.
DROPPED_BYTES = 16 * 1024 * 1024
LINGER_SECONDS = min(5.0, BODY_SECONDS)
# Around each line of a head: a colon, a space and the end of the line.
LINE_BYTES = 4
EXTENSIONS: dict[str, Any] = {WHOLE: {}}
# A body up to this goes out with its head; to join a longer one costs more than to write twice.
JOINED_BYTES = 64 * 1024


class Whole:
    """What an answer that begins is written to until its body does: its head waits for that, as ASGI has it, and both
    go out in one call of the system. Afterwards it is the connection's own transport again."""

    __slots__ = ("cycle", "head", "transport")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self.cycle = cycle
        self.transport = cycle.transport
        self.head: bytes | None = None

    def write(self, data: bytes) -> None:
        if self.head is None:
            self.head = data
        else:
            self.cycle.transport = self.transport
            write_joined(self.transport, self.head, data)

    def close(self) -> None:
        self.transport.close()

    def is_closing(self) -> bool:
        return self.transport.is_closing()


class Cycle(RequestResponseCycle):
    """A request and its answer, which may be one message (`mindnet.serving.heads`), or come without ASGI
    (`mindnet.serving.at_once`)."""

    protocol: "HttpProtocol"
    app: Any

    def begin(self, scope: Any) -> None:
        self.scope = scope
        self.protocol.begin_task(self)

    def refuse(self, refusal: DomainError) -> None:
        self.protocol.keep(self.protocol.loop.create_task(refusals.send_refusal(self.send, refusal)))

    async def send(self, message: Any) -> None:
        if message["type"] != WHOLE:
            # The answer to HEAD has no body that its head could wait for.
            if message["type"] == "http.response.start" and self.scope["method"] != "HEAD":
                self.transport = Whole(self)  # type: ignore[assignment]  # as much of one as it asks for
            return await super().send(message)
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        return self.answer(message["status"], message["head"], message["body"])

    def answer(self, status: int, lines: bytes, body: bytes) -> None:
        if self.disconnected:
            return
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        if not self.keep_alive:
            lines += b"connection: close\r\n"
        write_joined(self.transport, STATUS_LINE[status] + own_lines(self.default_headers) + lines + b"\r\n", body)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def write_joined(transport: Any, head: bytes, body: bytes) -> None:
    if len(body) <= JOINED_BYTES:
        transport.write(head + body)
    else:
        transport.write(head)
        transport.write(body)


class OwnLines:
    """What uvicorn puts on every answer: another list each second, since it says when that is."""

    headers: list[tuple[bytes, bytes]] | None = None
    text = b""

    def __call__(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        if headers is not self.headers:
            self.headers, self.text = headers, encoded(headers)
        return self.text


own_lines = OwnLines()


class HttpProtocol(HttpToolsProtocol):
    """One connection. `due_at` says by when what is under way must have come on: the head, the body, the next request,
    or the client's taking of the answer."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.due_at = math.inf
        self.is_in_head = self.is_in_body = False
        # What came since anything else than lines of a head did; the chunk at hand; what a head can have at most, with
        # all of the chunk that it began in.
        self.bare_bytes = self.chunk_bytes = self.head_bytes_most = 0
        # Bytes: after a refusal, and of a body whose request was answered before all of it was here.
        self.to_drop: int | None = None
        self.to_waste = 0
        self.unsent_bytes = 0
        self.place: str | None = None
        self.is_spare = False  # one too many when it came
        # The request that is being answered. uvicorn knows the newest one, which may wait behind it.
        self.answering: RequestResponseCycle | None = None
        # It, while it is not begun: it may be here as a whole when all is parsed that has come with it.
        self.unbegun: Cycle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        try:
            self.place = places.take_connection(self.client)
        except DomainError as refusal:
            transport.write(refusals.as_bytes(refusal))
            transport.close()
            return
        self.is_spare = places.connections.are_full()
        self.due_at = self.loop.time() + HEAD_SECONDS
        watch(self.loop).add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.tell_that_nobody_waits()
        watch(self.loop).discard(self)
        if self.place is not None:
            places.connections.give_back(self.place)

    # What comes

    def data_received(self, data: bytes) -> None:
        if self.to_drop is not None:
            return self.drop(len(data))
        self.chunk_bytes = len(data)
        self.bare_bytes += self.chunk_bytes
        self.head_bytes_most += self.chunk_bytes
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as end:
            if self._should_upgrade():
                return self.hand_over(data[end.args[0] :])
            # Any other upgrade: the request is answered as if it had not asked for one.
        except httptools.HttpParserError as error:
            return self.refuse(error.__context__ if isinstance(error.__context__, DomainError) else malformed())
        if self.bare_bytes > HEAD_BYTES:
            return self.refuse(head_too_large())
        if self.unbegun is not None:
            self.begin(self.unbegun)

    def begin(self, cycle: Cycle) -> None:
        self.unbegun = None
        takes = getattr(cycle.app, TAKES, None)
        is_taken = False
        if takes is not None and not cycle.more_body and not self.flow.write_paused:
            try:
                is_taken = takes(cycle)
            except Exception:  # raised from here, it would end the connection without a word
                logger.exception("a request could not be taken at once")
        if not is_taken:
            self.begin_task(cycle)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.is_in_head = True
        self.bare_bytes = 0
        self.head_bytes_most = self.chunk_bytes
        self.due_at = self.loop.time() + HEAD_SECONDS

    def on_headers_complete(self) -> None:
        """Raises DomainError, which the parser hands on."""
        if self.head_bytes_most > HEAD_BYTES and self.head_bytes() > HEAD_BYTES:
            raise head_too_large()
        if len(self.headers) > HEAD_LINES:
            raise DomainError("headers_too_large", f"A request has at most {HEAD_LINES} headers.")
        if len(self.pipeline) >= PIPELINED:
            raise ahead_of_answers()
        if self.is_spare and self.url.partition(b"?")[0] not in places.SPARE_PATHS:
            raise places.full()
        if self.parser.should_upgrade() and self._should_upgrade():
            if not self.is_answered():
                raise ahead_of_answers()
            check_handshake(self.url, self.headers)
        self.is_in_head, self.is_in_body = False, True
        self.due_at = self.loop.time() + BODY_SECONDS
        super().on_headers_complete()

    def head_bytes(self) -> int:
        """Of the head that is complete now."""
        return len(self.url) + sum(len(name) + len(value) + LINE_BYTES for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self.bare_bytes = 0
        if self.cycle.response_complete:
            self.to_waste -= len(body)
            if self.to_waste < 0:
                self.cut()
        else:
            # Slow is well, silent is not: what has come gives time to come on, and no more than there was at first.
            self.due_at = min(self.due_at + len(body) / BODY_RATE, self.loop.time() + BODY_SECONDS)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.is_in_body = False
        self.due_at = self.loop.time() + self.timeout_keep_alive if self.is_answered() else math.inf

    def is_answered(self) -> bool:
        """Whether no request is under way."""
        return self.answering is None or self.answering.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Called when a head is complete: what begins it is `begin`."""
        cycle.__class__ = Cycle  # uvicorn makes its own
        ours = cast(Cycle, cycle)
        self.answering = ours
        ours.scope["extensions"] = EXTENSIONS
        ours.protocol, ours.app = self, app
        self.unbegun = ours

    def begin_task(self, cycle: Cycle) -> None:
        super()._start_asgi_task(cycle, cycle.app)

    def keep(self, task: "asyncio.Task[None]") -> None:
        """Until it is done: the loop itself does not."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def hand_over(self, rest: bytes) -> None:
        """To a socket, with what has come behind the handshake. The head was read within our bounds; the library's own
        reader has others, and says nothing beyond them."""
        watch(self.loop).discard(self)
        self.connections.discard(self)
        socket = SocketProtocol(config=self.config, server_state=self.server_state, app_state=self.app_state)
        socket.connection_made(self.transport)
        socket.place, self.place = self.place, None
        self.transport.set_protocol(socket)
        socket.begin(self.scope["method"], self.scope["http_version"], self.url, self.headers)
        self.parser = None  # type: ignore[assignment]  # it knows us, and we it
        if rest:
            socket.data_received(rest)

    # What goes

    def on_response_complete(self) -> None:
        """As uvicorn, but that what is waited for next is a deadline of ours."""
        self.server_state.total_requests += 1
        now = self.loop.time()
        if self.transport.is_closing():
            self.wait_for_client(now)
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            self.begin(cast(Cycle, cycle))
        elif self.is_in_body:
            self.to_waste = DROPPED_BYTES
            self.due_at = now + LINGER_SECONDS
        elif not self.is_in_head:
            self.due_at = now + self.timeout_keep_alive

    def pause_writing(self) -> None:
        super().pause_writing()
        self.wait_for_client(self.loop.time())

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing() and not self.is_in_head and not self.is_in_body:
            self.due_at = self.loop.time() + self.timeout_keep_alive if self.is_answered() else math.inf

    def wait_for_client(self, now: float) -> None:
        """To take some more of what it is sent."""
        self.unsent_bytes = self.transport.get_write_buffer_size()
        self.due_at = now + ANSWER_SILENT_SECONDS

    # Ends

    def overdue(self, now: float) -> None:
        if self.to_drop is not None:
            self.cut()
        elif self.flow.write_paused or self.transport.is_closing():
            if self.transport.get_write_buffer_size() < self.unsent_bytes:
                self.wait_for_client(now)
            else:
                self.cut()
        elif self.flow.read_paused:
            self.due_at = now + BODY_SECONDS  # it is us who do not read
        elif self.is_in_head or self.is_in_body:
            self.refuse(DomainError("request_timeout", "The request did not come in time."))
        else:
            self.transport.close()
            self.wait_for_client(now)

    def refuse(self, refusal: DomainError) -> None:
        """The last answer here, unless another one has begun or comes first."""
        logger.info("refused a request from %s: %s", self.client and self.client[0], refusal)
        is_waited_for = self.is_in_body and self.cycle is self.answering and not self.cycle.response_started
        if not is_waited_for and (self.is_in_body or not self.is_answered()):
            return self.cut()
        self.tell_that_nobody_waits()
        self.transport.write(refusals.as_bytes(refusal))
        self.transport.write_eof()
        self.flow.resume_reading()
        self.to_drop = DROPPED_BYTES
        self.due_at = self.loop.time() + LINGER_SECONDS

    def drop(self, count: int) -> None:
        """What comes after a refusal."""
        self.to_drop = (self.to_drop or 0) - count
        if self.to_drop < 0:
            self.cut()

    def cut(self) -> None:
        self.tell_that_nobody_waits()
        self.transport.abort()

    def tell_that_nobody_waits(self) -> None:
        """Before the transport is closed: whatever is written to it afterwards is an error."""
        self.pipeline.clear()
        self.unbegun = None
        if self.answering is not None and not self.answering.response_complete:
            self.answering.disconnected = True
            self.answering.message_event.set()


def check_handshake(target: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """Raises `validation_error` for one that brings a body, or is no ASCII."""
    for name, value in headers:
        if name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0")):
            raise DomainError("validation_error", "A handshake has no body.")
    if not target.isascii():
        raise malformed()


def malformed() -> DomainError:
    return DomainError("validation_error", "This is no valid HTTP request.")


def head_too_large() -> DomainError:
    return DomainError(
        "headers_too_large", f"The address and the headers of a request have at most {HEAD_BYTES / 1024:.3g} KiB."
    )


def ahead_of_answers() -> DomainError:
    return DomainError("rate_limited", "Wait for answers before you ask for more.", retry_after=1)
