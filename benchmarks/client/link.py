"""An HTTP/1.1 client that does as little as a client can: one kept-alive connection, one request under way.

The answer is looked at in C, with `find` and `endswith`, until all of it is there.
"""

import asyncio
import re
import zlib
from typing import NamedTuple

LENGTH = re.compile(rb"\ncontent-length: *(\d+)")
WITHOUT_BODY = (204, 304)
LAST_CHUNK = b"0\r\n\r\n"


class Answer(NamedTuple):
    status: int
    head: bytes  # in lower case
    body: bytes  # as it was sent: compressed, where it was

    @property
    def is_compressed(self):
        return b"\ncontent-encoding: gzip" in self.head

    @property
    def text(self):
        return zlib.decompress(self.body, 31) if self.is_compressed else self.body


class Link(asyncio.Protocol):
    """Calls `on_answer` with each Answer, and with None once the connection is lost."""

    def __init__(self, on_answer):
        self.on_answer = on_answer
        self.transport = None
        self.clear()

    def clear(self):
        self.buffer, self.head, self.length = b"", None, None

    def ask(self, request):
        self.transport.write(request)

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, error):
        self.on_answer(None)

    def data_received(self, data):
        self.buffer = self.buffer + data if self.buffer else data
        if self.head is None and not self.take_head():
            return
        body = self.take_body()
        if body is not None:
            answer = Answer(int(self.head[9:12]), self.head, body)
            self.clear()
            self.on_answer(answer)

    def take_head(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.head, self.buffer = self.buffer[: end + 2].lower(), self.buffer[end + 4 :]
        if int(self.head[9:12]) in WITHOUT_BODY:
            self.length = 0
        elif found := LENGTH.search(self.head):
            self.length = int(found[1])
        return True

    def take_body(self):
        """The body, or None while some of it is missing."""
        if self.length is None:
            return unchunked(self.buffer) if self.buffer.endswith(LAST_CHUNK) else None
        return self.buffer if len(self.buffer) >= self.length else None


def unchunked(buffer):
    """What the chunks hold, or None where the last one is not there."""
    parts, at = [], 0
    while True:
        end = buffer.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(buffer[at:end], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(buffer[end + 2 : end + 2 + size])
        at = end + 4 + size
