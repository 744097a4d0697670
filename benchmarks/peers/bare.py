"""The least a server can do: what one socket sends goes to every socket as it came, without looking at it.

Not a peer, a gauge: the rate the load generator takes from this server is what it could take from any.
"""

import asyncio
import base64
import hashlib
import os
import re

import uvloop

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
connections = set()


class Bare(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer, self.is_open = transport, b"", False

    def connection_lost(self, error):
        connections.discard(self.transport)

    def data_received(self, data):
        self.buffer += data
        if not self.is_open:
            self.take_handshake()
        while self.is_open and (frame := self.next_frame()):
            for transport in connections:
                transport.write(frame)

    def take_handshake(self):
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if end:
            key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)[1]
            accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            self.is_open, self.buffer = True, rest
            connections.add(self.transport)

    def next_frame(self):
        """The next frame as it goes out again. Our client's masks are zero, so only the header changes."""
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 127, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        if len(buffer) < start + 4 + length:
            return None
        payload, self.buffer = buffer[start + 4 : start + 4 + length], buffer[start + 4 + length :]
        head = bytes((0x81, length)) if length < 126 else b"\x81\x7e" + length.to_bytes(2, "big")
        return head + payload


async def main():
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
