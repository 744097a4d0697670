"""What many tests of the socket ask: that something is refused, and that others are served on as if nothing were."""

import asyncio
import base64
import json
import os
import struct
import time
import uuid
import weakref
from itertools import count
from urllib.parse import urlsplit

import pytest

from mindnet.tests.support.sockets import raw_field

CALM_SECONDS = 1.0
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

# For tests that need not run in every world.
embedded_and_cluster = pytest.mark.parametrize("world", ["embedded", "cluster"], indirect=True)
embedded_and_daphne = pytest.mark.parametrize("world", ["embedded", "daphne"], indirect=True)

bystanders = weakref.WeakKeyDictionary()
refs = count(1)


async def room_of(*people, **fields):
    """The id of a new room of the first, in which the others take part."""
    room = await asyncio.to_thread(people[0].create_room, **fields)
    for person in people[1:]:
        if room["kind"] == "closed":
            people[0].api().post(f"/rooms/{room['id']}/invitations", json={"username": person.username})
        person.join(room["id"])
    return room["id"]


def private_room(one, other):
    return one.api().post("/rooms", json={"kind": "private", "with": other.username}).raise_for_status().json()["id"]


async def send_text(socket, type, payload_text):
    """A command whose payload is this very text. Gives a future of the reply."""
    ref = f"text {next(refs)}"
    future = socket._replies[ref] = asyncio.get_running_loop().create_future()
    await socket.raw(f'{{"type": "{type}", "ref": "{ref}", "payload": {payload_text}}}')
    return future


async def reply_to(socket, type, payload):
    """The whole reply, as it came. `payload` may be JSON text."""
    is_text = isinstance(payload, str)
    future = await (send_text(socket, type, payload) if is_text else socket.start(type, payload))
    return await asyncio.wait_for(future, 10)


async def error_of(socket, type, payload):
    """The error a command is refused with."""
    reply = await reply_to(socket, type, payload)
    assert reply["ok"] is False, f"{type} {str(payload)[:200]} was carried out: {reply.text[:500]}"
    assert set(reply) == {"type", "ref", "ok", "error"}
    assert isinstance(reply["error"]["detail"], str) and reply["error"]["detail"]
    return reply["error"]


async def code_of(socket, type, payload):
    return (await error_of(socket, type, payload))["code"]


async def error_bytes(socket, type, payload):
    """The same as the text that came, to compare what must not differ by a byte."""
    reply = await reply_to(socket, type, payload)
    assert reply["ok"] is False, f"{type} {str(payload)[:200]} was carried out: {reply.text[:500]}"
    return raw_field(reply.text, "error")


async def still_answers(world):
    """After an abuse: /healthz answers, and another psychic's message still arrives within a second."""
    if world not in bystanders:
        cleo, dion = world.person("cleo"), world.person("dion")
        bystanders[world] = cleo, dion, await room_of(cleo, dion)
    cleo, dion, room = bystanders[world]
    content = f"all is well {uuid.uuid4()}"
    async with cleo.connect() as talking, dion.connect(len(world.processes) - 1) as listening:
        began = time.monotonic()
        await talking.call("message.send", {"room": room, "content": content})
        event = await listening.event("message.created", room=room, where=lambda e: e.payload["content"] == content)
        assert time.monotonic() - began < CALM_SECONDS
        await listening.call("message.delivered", {"room": room, "seq": event.seq})
    answer = await asyncio.to_thread(world.open_client().get, "/healthz")
    assert answer.status_code == 200


def packed(opcode, payload, *, fin=True, masked=True):
    """One WebSocket frame as bytes."""
    length = len(payload)
    head = bytes([opcode | (0x80 if fin else 0)])
    bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += struct.pack("!BH", bit | 126, length)
    else:
        head += struct.pack("!BQ", bit | 127, length)
    # A mask of zeros changes nothing.
    return head + (b"\0\0\0\0" if masked else b"") + payload


class RawLink:
    """A WebSocket spoken by hand, for what no library sends."""

    def __init__(self, reader, writer, status, headers=()):
        self.reader = reader
        self.writer = writer
        self.status = status
        self.headers = dict(headers)  # of the answer, by their names in small letters
        self.texts = []

    @classmethod
    async def open(cls, url, *, path=b"/connect", headers=(), host=None):
        """The handshake with these header lines (bytes) beside the usual ones; `status` is what was answered."""
        parts = urlsplit(url)
        streams = await asyncio.open_connection(parts.hostname, parts.port)
        return await cls.shake_hands(*streams, parts, path=path, headers=headers, host=host)

    @classmethod
    async def shake_hands(cls, reader, writer, parts, *, path=b"/connect", headers=(), host=None):
        """The same on a link that was made before."""
        key = base64.b64encode(os.urandom(16))
        host = parts.netloc.encode() if host is None else host
        lines = [b"GET %s HTTP/1.1" % path, b"Host: " + host, b"Upgrade: websocket", b"Connection: Upgrade",
                 b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + key, *headers]  # fmt: skip
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        try:
            first = await asyncio.wait_for(reader.readline(), 5)
            status = int(first.split()[1]) if first else None
            answered = []
            while first and (line := (await asyncio.wait_for(reader.readline(), 5)).strip()):
                name, _, value = line.decode("latin-1").partition(":")
                answered.append((name.lower(), value.strip()))
        except ConnectionError:
            return cls(reader, writer, None)
        return cls(reader, writer, status, answered)

    async def body(self):
        """What was answered instead of a socket, read as JSON."""
        data = await asyncio.wait_for(self.reader.read(), 5)
        assert self.headers["content-type"] == "application/json" and int(self.headers["content-length"]) == len(data)
        return json.loads(data)

    async def frame(self, opcode, payload, *, fin=True, masked=True):
        self.writer.write(packed(opcode, payload, fin=fin, masked=masked))
        await self.writer.drain()

    async def close_code(self, timeout=5):
        """Reads to the end; the code of the close frame, or None where there was none."""
        code = None
        try:
            async with asyncio.timeout(timeout):
                while True:
                    opcode, payload = await self.read_frame()
                    if opcode == TEXT:
                        self.texts.append(payload.decode())
                    elif opcode == CLOSE and code is None:
                        code = struct.unpack("!H", payload[:2])[0] if payload else 1005
                        await self.frame(CLOSE, payload[:2])
        except (asyncio.IncompleteReadError, ConnectionError):
            return code
        except TimeoutError:
            if code is None:
                raise AssertionError(f"not closed within {timeout} s") from None
            return code
        finally:
            self.writer.close()

    async def read_frame(self):
        first, second = await self.reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            [length] = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            [length] = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)

    def close(self):
        self.writer.close()


def token_line(person):
    return f"Authorization: Token {person.token}".encode()
