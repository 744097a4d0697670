"""A socket that reads nothing, or only when it is told to: raw, with a small receive buffer."""

import asyncio
import base64
import json
import os
import socket
from urllib.parse import urlsplit

from mindnet.tests.support.checks import TEXT, RawLink, token_line

RECEIVE_BYTES = 4096


class MuteLink(RawLink):
    """After the handshake nothing is read but by `read_texts`."""

    @classmethod
    async def enter(cls, url, person):
        parts = urlsplit(url)
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        link.setblocking(False)
        await asyncio.get_running_loop().sock_connect(link, (parts.hostname, parts.port))
        # The stream's own buffer is small as well: asyncio stops reading when it holds twice this.
        reader, writer = await asyncio.open_connection(sock=link, limit=2048)
        key = base64.b64encode(os.urandom(16))
        lines = [b"GET /connect HTTP/1.1", b"Host: " + parts.netloc.encode(), b"Upgrade: websocket",
                 b"Connection: Upgrade", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + key,
                 token_line(person)]  # fmt: skip
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        status = int((await asyncio.wait_for(reader.readline(), 5)).split()[1])
        while (await asyncio.wait_for(reader.readline(), 5)).strip():
            pass
        assert status == 101, status
        return cls(reader, writer, status)

    async def say(self, type, payload, ref="mute"):
        await self.frame(TEXT, json.dumps({"type": type, "ref": ref, "payload": payload}).encode())

    def close(self):
        """At once: an orderly end would wait until the server has taken what is still on its way."""
        self.writer.transport.abort()

    async def read_lines(self, until, timeout=20):
        """Reads on, answering pings, until `until(line)` holds for one. Gives all lines."""
        found = []
        async with asyncio.timeout(timeout):
            while True:
                opcode, payload = await self.read_frame()
                if opcode == 9:
                    await self.frame(10, payload)
                if opcode != TEXT:
                    continue
                lines = [json.loads(text) for text in payload.decode().split("\n")]
                found += lines
                if any(until(line) for line in lines):
                    return found


def memory_bytes(process):
    """What a process holds in memory now (Linux)."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
