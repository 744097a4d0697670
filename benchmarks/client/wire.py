"""A WebSocket client that does as little as a client can: it counts what arrives and looks into almost nothing.

A library would spend several times as much on a frame as the servers under test, and the client would become what is
measured. So frames are only walked from header to header, and the text of a whole chunk is searched once in C.
"""

import asyncio
import base64
import os
import re
import time

TIME_MARK = re.compile(rb"t=(\d+);")
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
HANDSHAKE_BYTES = 64 * 1024


class Refused(Exception):
    """The server did not open the socket, or closed it."""


class Tally:
    """What all sockets of this process have seen in one run."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.deliveries = self.frames = self.bytes = self.replies = self.errors = self.closed = 0
        self.first_error = ""
        self.latencies_ns = []
        self.last_delivery_ns = 0


def client_frame(payload, opcode=TEXT):
    """A masked frame. The mask is zero, so the payload stays as it is; it hides nothing on a loopback anyway."""
    length = len(payload)
    if length < 126:
        head = bytes((0x80 | opcode, 0x80 | length))
    elif length < 65536:
        head = bytes((0x80 | opcode, 0xFE)) + length.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + length.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


class Connection(asyncio.Protocol):
    """One socket. `dialect` says what counts as a delivery; a sampled socket also notes each message's travel time."""

    def __init__(self, dialect, tally, socket, is_sampled=False):
        self.dialect, self.tally = dialect, tally
        self.account, self.rooms, self.is_joined = socket["account"], socket["rooms"], socket.get("joined", False)
        self.room = self.rooms[0]
        self.envelope = socket.get("envelope")  # what is sent instead of a text
        self.sent = 0
        self.is_sampled = is_sampled
        self.transport = None
        self.tail = b""  # the beginning of a frame whose end has not come yet
        self.newest = b""  # the last frames that held a delivery, for receipts
        self.receipted = None
        self.is_open = False
        self.history = b""  # everything received while the socket is being set up; None from then on
        self.awaited = None  # (bytes, future): what the set-up waits for
        self.on_text = None  # sees every text while a run needs replies
        self.opened = asyncio.get_running_loop().create_future()

    # asyncio.Protocol

    def connection_made(self, transport):
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.dialect.headers(self.account).items())
        transport.write(
            f"GET {self.dialect.path(self.room)} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
        )

    def data_received(self, data):  # noqa: C901 (a call a frame would be what is measured)
        if self.tail:
            data = self.tail + data
        if not self.is_open:
            data = self.take_handshake(data)
            if data is None:
                return
        position, size, frames = 0, len(data), 0
        while position + 2 <= size:
            length, start = data[position + 1] & 127, position + 2
            if length == 126:
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif length == 127:
                length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if start + length > size:
                break
            if data[position] & 0x0F >= CLOSE:
                self.take_control(data[position] & 0x0F, data[start : start + length])
            elif length <= 1:
                self.dialect.tiny(self, data[start : start + length])
            frames += 1
            position = start + length
        self.tail = data[position:]
        if frames:
            self.take_text(data[:position] if self.tail else data, frames)

    def connection_lost(self, error):
        if self.is_open:
            self.tally.closed += 1
        if not self.opened.done():
            self.opened.set_exception(Refused(f"closed during the handshake: {error}"))
        if self.awaited is not None and not self.awaited[1].done():
            self.awaited[1].set_exception(Refused(f"closed while being set up: {self.history[-300:]!r}"))
        self.is_open = False

    # What arrived

    def take_handshake(self, data):
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            self.tail = data if len(data) < HANDSHAKE_BYTES else b""
            return None
        if not head.startswith(b"HTTP/1.1 101"):
            self.transport.abort()
            if not self.opened.done():
                self.opened.set_exception(Refused(head.split(b"\r\n")[0].decode(errors="replace")))
            return None
        self.is_open, self.tail = True, b""
        if not self.opened.done():
            self.opened.set_result(None)
        return rest

    def take_control(self, opcode, payload):
        if opcode == PING:
            self.transport.write(client_frame(payload, PONG))
        elif opcode == CLOSE:
            self.note_error(b"closed by the server: " + payload)
            self.transport.close()

    def take_text(self, data, frames):
        tally, dialect = self.tally, self.dialect
        tally.frames += frames
        tally.bytes += len(data)
        deliveries = data.count(dialect.delivery)
        if deliveries:
            tally.deliveries += deliveries
            self.newest = data
            if self.is_sampled:
                now = tally.last_delivery_ns = time.monotonic_ns()
                tally.latencies_ns += [now - int(sent) for sent in TIME_MARK.findall(data)]
        if self.history is not None:
            self.history += data
            self.check_awaited()
        elif self.on_text is not None:
            self.on_text(self, data)
        if dialect.refusal and dialect.refusal in data:
            self.note_error(data[data.find(dialect.refusal) :])

    def note_error(self, text):
        self.tally.errors += 1
        self.tally.first_error = self.tally.first_error or text[:300].decode(errors="replace")

    # What is sent

    def send(self, payload):
        self.transport.write(client_frame(payload))

    def next_room(self):
        """The room of the next message, of several in turn."""
        self.sent += 1
        return self.rooms[self.sent % len(self.rooms)]

    def send_receipt(self):
        """Tell the server what has arrived, if anything has since the last time."""
        if self.is_open and self.newest:
            payload = self.dialect.receipt(self)
            self.newest = b""
            if payload:
                self.send(payload)

    # Setting up

    async def ask(self, payload, answer, seconds=30):
        """Send `payload` (if any) and wait until the bytes `answer` arrive. Raises Refused or TimeoutError."""
        future = asyncio.get_running_loop().create_future()
        self.awaited = (answer, future)
        if payload:
            self.send(payload)
        self.check_awaited()
        await asyncio.wait_for(future, seconds)

    def check_awaited(self):
        if self.awaited is None or self.awaited[1].done():
            return
        answer, future = self.awaited
        if answer in self.history:
            future.set_result(None)
        elif self.dialect.refusal and self.dialect.refusal in self.history:
            future.set_exception(Refused(self.history[-300:].decode(errors="replace")))

    def finish_set_up(self):
        self.history = self.awaited = None
