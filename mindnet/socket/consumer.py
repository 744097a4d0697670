"""The socket's door: accept, decode, look up, run, reply, close. What a command does stands in the apps' handlers."""

import asyncio
import collections
import logging
import time
import uuid
from functools import partial
from typing import Any, NamedTuple

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.utils import timezone

from messaging.confirmations import Confirmations
from messaging.services import announce_typing
from mindnet.base.addresses import client_address, counted
from mindnet.base.asgi import Message, Receive, Scope, Send
from mindnet.base.errors import DomainError
from mindnet.base.failpoints import failpoint
from mindnet.base.rates import Bucket
from mindnet.database.threads import run, unavailable
from mindnet.realtime import codes, events, frames
from mindnet.realtime.connection import Connection
from mindnet.realtime.hub import Hub
from mindnet.realtime.shapes import RoomEntry
from mindnet.socket import decoding, handshake, runtime
from mindnet.socket.asked import Asked, read
from mindnet.socket.commands import COMMANDS, Command
from mindnet.socket.strikes import STRIKE_SECONDS, Strikes, too_late, too_many_frames
from mindnet.socket.typing import TypingPace
from presence.closing import Login
from presence.models import Psychic
from presence.registry import Closed, Item, LooksAt, Opened, Refused
from presence.shapes import psychic_out

logger = logging.getLogger(__name__)

# Sends of one socket that are being stored at the same time; then reading pauses.
PIPELINED_MOST = 32
# Then the others have their turn: what a flood has queued up is read without ever waiting.
FRAMES_IN_A_ROW = 32
# The reply to a command that takes longer says so, a little before the client gives up.
COMMAND_SECONDS = codes.REPLY_SECONDS - 0.5
MERGED_SECONDS = 0.002
# Rooms in one `hello`: an entry has 600 bytes where the whole name is emoji, and a frame 256 KiB.
HELLO_ROOMS = 400
# A command that has waited so long behind others of its socket is not begun: it might be cut short in the middle.
WAITED_SECONDS = COMMAND_SECONDS / 2

WENT_WRONG = DomainError("unavailable", "This went wrong on the server. It has been noted.")
# Nobody waits for the table to know which room somebody looks at.
COMPANY_SECONDS = 0.1

# In place of what has let a socket in.
NO_SCOPE: Scope = {}
NO_LOGIN = Login()

# Sockets and the handshakes that may become ones, as limits count addresses.
open_from_address: collections.Counter[str] = collections.Counter()


class Ending(NamedTuple):
    """How a socket has ended, for the log: see `presence.registry.Closed`."""

    action: str
    code: int | None
    reason: str


class ConnectConsumer(AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """One socket at /connect. Handlers know it as `context`."""

    # From the handshake on.
    scope: Scope
    base_send: Send
    address: str
    psychic: Psychic
    login: Login
    runtime: runtime.Runtime
    # From `enter` on.
    hub: Hub
    frames: Bucket
    connection: Connection
    confirmations: Confirmations

    def __init__(self) -> None:
        self.pending: list[asyncio.Future[Any]] = []
        self.gathered: set[asyncio.Future[Any]] = set()  # those of pending that wait for company
        self.typing = TypingPace(self.tell_typing)
        self.rate_strikes = Strikes(settings.LIMITS["RATE_STRIKES"])
        self.bad_frames = Strikes(settings.LIMITS["BAD_FRAME_STRIKES"])
        self.lost_code: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Channels' own loop makes a task a frame and a channel a socket; one loop of our own needs neither."""
        self.scope = scope
        del scope  # nothing that only opening needs may stay in memory with the socket
        self.base_send = send
        await receive()  # websocket.connect
        self.address = client_address(self.scope)
        # Before anything is waited for: of many handshakes at once each must see the others.
        open_from_address[counted(self.address)] += 1
        try:
            try:
                self.psychic, self.login = await self.let_in()
            except handshake.Refused as refused:
                await self.refuse(refused)
                return
            except DomainError as error:  # the database is away: this is no refusal, the client shall come again
                logger.info("a socket from %s could not be let in: %s", self.address, error)
                await handshake.answer(self.scope, send, error)
                return
            await send({"type": "websocket.accept"})
            try:
                await self.enter()
                await self.live(receive)
            except asyncio.CancelledError:
                if not self.connection.closing:
                    raise
            finally:
                self.leave()
        finally:
            self.give_back_place()

    # Opening

    async def let_in(self) -> handshake.Admitted:
        """Raises Refused, or DomainError `unavailable`."""
        self.runtime = await runtime.get()
        if self.runtime.is_draining:
            raise DomainError("unavailable", "The server restarts.", retry_after=self.runtime.spread())
        handshake.check_rates(self.scope, open_from_address[counted(self.address)] - 1)
        handshake.check_host(self.scope)
        if self.scope.get("subprotocols"):
            raise handshake.not_allowed("unsupported subprotocol", "No subprotocol is spoken here.")
        return await self.runtime.credentials.submit(self.scope)

    async def refuse(self, refused: handshake.Refused) -> None:
        line = Refused(refused.psychic_id, self.address or None, self.user_agent(), refused.reason)
        self.runtime.refusals.add(line)
        await handshake.answer(self.scope, self.base_send, refused.error)

    def note(self, item: Item, *, can_wait: float = 0.0) -> None:
        """Into the table with the next batch; nobody waits for it."""
        try:
            future = self.runtime.register.submit(item, can_wait=can_wait)
        except DomainError:
            logger.warning("the register is full, not recorded: %s", item)
            return
        future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def user_agent(self) -> str:
        return " ".join(handshake.header(self.scope, b"user-agent"))[:300]

    async def enter(self) -> None:
        """The connection comes into the table and into the hub, and says hello. What goes wrong closes it."""
        self.hub = self.runtime.hub
        self.frames = Bucket(settings.LIMITS["FRAME_RATE"], time.monotonic())
        write_frame = self.scope.get("extensions", {}).get(frames.EXTENSION, frames.no_frames)
        self.connection = Connection(uuid.uuid4(), self.psychic, self.base_send, self.hub, write_frame)
        self.connection.task = asyncio.current_task()
        self.confirmations = Confirmations(self.runtime.watermarks)
        self.hub.add(self.connection)
        try:
            await self.runtime.register.submit(
                Opened(self.connection.id, self.psychic.pk, self.address or None, self.user_agent(), self.login)
            )
            # Once more, now that whoever ends this login finds the connection in the table, and that the hub hears of
            # a bell.
            fresh, _ = await self.runtime.credentials.submit(self.scope)
            self.connection.chosen_status = fresh.chosen_status
            places = await self.runtime.places.submit(self.psychic.pk)
        except DomainError:
            self.connection.close(codes.RESTART, "The database does not answer.", retry_after=2)
        except handshake.Refused:
            self.connection.close(codes.SESSION_ENDED, "You have signed out.")
        else:
            self.hub.open(self.connection, self.hello([place.entry for place in places]), places)
        self.scope, self.login = NO_SCOPE, NO_LOGIN

    async def live(self, receive: Receive) -> None:
        """Frame after frame, until the client is gone."""
        number = 0
        while True:
            number += 1
            if number % FRAMES_IN_A_ROW == 0:
                await asyncio.sleep(0)
            message = await receive()
            if message["type"] == "websocket.disconnect":
                self.lost_code = message.get("code")
                return
            if not self.connection.closing:
                await self.take(message)
            del message  # it would be kept until the next one comes
            if self.connection.drained is not None:  # who does not read is not read from
                await self.connection.drained.wait()

    def hello(self, entries: list[RoomEntry]) -> str:
        """The line, and behind it `room.added` for rooms beyond those that surely fit one frame."""
        more = [events.event("room.added", entry) for entry in entries[HELLO_ROOMS:]]
        return "\n".join([self.hello_line(entries[:HELLO_ROOMS]), *more])

    def hello_line(self, entries: list[RoomEntry]) -> str:
        return events.hello_event(
            protocol=codes.PROTOCOL_VERSION,
            epoch=self.runtime.epoch,
            connection_id=self.connection.id,
            psychic=psychic_out(self.psychic),
            heartbeat_seconds=settings.LIMITS["HEARTBEAT_SECONDS"],
            server_time=timezone.now(),
            limits=runtime.limits(),
            rooms=entries,
        )

    # Commands

    async def take(self, message: Message) -> None:
        """One frame. Whatever is in it, the socket lives on or is closed with a code of the contract."""
        if message is frames.BARE:
            return self.count()
        text = message.get("text")
        if self.is_too_large(text if text is not None else message["bytes"]):
            limit = settings.LIMITS["FRAME_BYTES"]
            return self.connection.close(codes.FRAME_TOO_LARGE, f"A frame has at most {limit} bytes.")
        if text is None:
            return self.malformed("Send text frames only.")
        try:
            asked = read(text)
        except decoding.BadFrame as error:
            return self.malformed(str(error))
        if self.is_confirmation(asked):
            await self.confirm(asked)
        elif wait := self.wait():
            self.fail(asked.ref, too_many_frames(wait))
        elif asked.command is None:
            self.fail(asked.ref, asked.error or WENT_WRONG)
        else:
            await self.do(asked, asked.command, message.get(frames.AT))

    def wait(self) -> float:
        """0 when another frame may be taken, otherwise the seconds until then."""
        return self.frames.take(time.monotonic()) if settings.LIMITS_ENFORCED else 0.0

    def is_confirmation(self, asked: Asked) -> bool:
        """Of a room of this connection's: any other costs a look into the database, and counts like that."""
        is_one = asked.command is not None and asked.command.is_confirmation
        return is_one and asked.payload.room in self.connection.rooms

    async def confirm(self, asked: Asked) -> None:
        """Out of the count of frames. Those that are merged take their time, so that a flood costs no more than one
        in MERGED_SECONDS."""
        await self.do(asked, COMMANDS[asked.type], None)
        if self.confirmations.kept:
            await asyncio.sleep(MERGED_SECONDS)

    async def do(self, asked: Asked, command: Command, came_at: float | None) -> None:
        """`came_at` by the loop's clock: what has waited too long behind others of its socket is not begun."""
        now = asyncio.get_running_loop().time()
        if came_at is not None and now - came_at > WAITED_SECONDS:
            return await self.fail_behind(asked.ref, too_late())
        ends_at = (came_at or now) + COMMAND_SECONDS
        if command.is_pipelined:
            await self.pipeline(command, asked, ends_at)
        else:
            await self.carry_out(command, asked, ends_at)

    def count(self) -> None:
        """A frame that asks for nothing. There is no reply to it, but it counts like one that was refused."""
        if self.wait():
            self.strike()

    def is_too_large(self, data: str | bytes) -> bool:
        """Whether a frame, text or bytes, has more than FRAME_BYTES."""
        limit: int = settings.LIMITS["FRAME_BYTES"]
        if isinstance(data, bytes) or len(data) > limit:
            return len(data) > limit
        # No character takes more than four bytes: most frames need not be encoded to be measured.
        return len(data) * 4 > limit and len(data.encode()) > limit

    async def carry_out(self, command: Command, asked: Asked, ends_at: float) -> None:
        """A command runs after all sends before it, so that one socket's frames take effect in order."""
        try:
            async with asyncio.timeout_at(ends_at):
                if self.pending:
                    await asyncio.wait(list(self.pending))
                failpoint("in_handler")
                result = await command.handler(self, asked.payload)
        except TimeoutError:
            self.fail(asked.ref, unavailable())
        except DomainError as error:
            self.fail(asked.ref, error)
        except Exception:
            logger.exception("%s failed", asked.type)
            self.fail(asked.ref, WENT_WRONG)
        else:
            self.answer(asked.ref, result)

    async def pipeline(self, command: Command, asked: Asked, ends_at: float) -> None:
        """The next frame is read while this one is stored; PIPELINED_MOST at a time."""
        if len(self.pending) >= PIPELINED_MOST:
            await asyncio.wait([self.pending[0]])
        if self.gathered and not command.is_gathered:
            await asyncio.wait(list(self.gathered))
        try:
            failpoint("in_pipeline")
            future = command.handler(self, asked.payload)
        except DomainError as error:
            return await self.fail_behind(asked.ref, error)
        except Exception:
            logger.exception("%s failed", asked.type)
            return await self.fail_behind(asked.ref, WENT_WRONG)
        self.pending.append(future)
        if command.is_gathered:
            self.gathered.add(future)
            future.add_done_callback(self.gathered.discard)
        timer = asyncio.get_running_loop().call_at(ends_at, self.give_up, future)
        future.add_done_callback(partial(self.stored, command, asked.ref, timer))

    async def fail_behind(self, ref: str, error: DomainError) -> None:
        """A refusal at once; replies keep the order of the commands."""
        if self.pending:
            await asyncio.wait(list(self.pending))
        self.fail(ref, error)

    def give_up(self, future: asyncio.Future[Any]) -> None:
        """COMMAND_SECONDS after it came. What is stored all the same is found again under its nonce."""
        if not future.done():
            future.set_exception(unavailable())

    def stored(self, command: Command, ref: str, timer: asyncio.TimerHandle, future: asyncio.Future[Any]) -> None:
        timer.cancel()
        self.pending.remove(future)
        error = future.exception()
        if error is None:
            self.answer(ref, command.answer(future.result()))
        elif isinstance(error, DomainError):
            self.fail(ref, error)
        else:
            logger.error("storing failed", exc_info=error)
            self.fail(ref, unavailable())

    def answer(self, ref: str, payload: Any) -> None:
        failpoint("before_reply")
        self.connection.push(events.reply_ok(ref, payload))

    def fail(self, ref: str, error: DomainError) -> None:
        """The reply of a refusal. RATE_STRIKES `rate_limited` ones within a minute close the socket."""
        self.connection.push(events.reply_error(ref, error.as_reply()))
        if error.code == "rate_limited" and settings.LIMITS_ENFORCED:
            self.strike()

    def strike(self) -> None:
        if self.rate_strikes.add():
            self.connection.close(codes.RATE_LIMITED, "Too fast for too long.", retry_after=STRIKE_SECONDS)

    def malformed(self, detail: str) -> None:
        """The reply to no command. BAD_FRAME_STRIKES within a minute close the socket."""
        self.connection.push(events.reply_error(None, {"code": "bad_frame", "detail": detail}))
        if self.bad_frames.add():
            self.connection.close(codes.BAD_FRAMES, "Too many malformed frames.")

    # What handlers need of their socket

    async def tell_typing(self, room_id: int, on: bool) -> None:
        await run(announce_typing, psychic=self.psychic, room_id=room_id, on=on)

    def looks_at(self, room_id: int | None) -> None:
        """Into the table, for pages and for the count of a crowd."""
        self.note(LooksAt(self.connection.id, self.psychic.pk, room_id), can_wait=COMPANY_SECONDS)

    # The end

    def leave(self) -> None:
        """Whatever ended it: the socket is taken out everywhere."""
        self.confirmations.close()
        connection = self.connection
        for room_id in self.typing.end():
            announce_typing(psychic=self.psychic, room_id=room_id, on=False)
        self.hub.remove(connection)
        connection.is_gone = True
        if connection.writer is not None:
            connection.writer.cancel()
        self.note(Closed(connection.id, self.psychic.pk, *self.how_it_ended()))

    def give_back_place(self) -> None:
        """What this socket, or the handshake that became none, counted for its address."""
        place = counted(self.address)
        open_from_address[place] -= 1
        if not open_from_address[place]:
            del open_from_address[place]

    def how_it_ended(self) -> Ending:
        if self.connection.closing:
            code, name = self.connection.closing
            return Ending("disconnected" if code == codes.RESTART else "kicked", code, name)
        if self.lost_code in (None, 1005, 1006):
            return Ending("lost" if self.lost_code != 1005 else "disconnected", self.lost_code, "")
        return Ending("disconnected", self.lost_code, "")
