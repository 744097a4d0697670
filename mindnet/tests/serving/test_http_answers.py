"""How answers go out: in as few writes as they may, and whole."""

import asyncio
import contextlib

import uvicorn
from uvicorn.server import ServerState

from mindnet.serving.heads import Head, answer
from mindnet.serving.http import JOINED_BYTES, HttpProtocol

LARGE = 2 * JOINED_BYTES
LENGTH = b"Content-Length"
ANSWERS = {  # by path: status, headers, the pieces of its body, and how many writes it takes
    "/whole": (200, [(LENGTH, b"5")], [b"hello"], 1),
    "/pieces": (200, [], [b"hel", b"lo"], 2),
    "/large": (200, [(LENGTH, b"%d" % (LARGE))], [b"x" * LARGE], 2),
    "/nothing": (204, [], [b""], 1),
}
HEAD = Head([(b"Content-Type", b"text/plain"), (b"Vary", b"Accept")], [(b"X-Last", b"yes")])


async def say(scope, receive, send):
    """An application of ANSWERS."""
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/at-once":
        return await answer(scope, send, 201, HEAD, b"hello", by_cookie=True)
    if scope["path"] == "/at-once/large":
        return await answer(scope, send, 200, HEAD, b"x" * LARGE)
    if scope["path"] == "/broken":
        await send({"type": "http.response.start", "status": 200, "headers": [(LENGTH, b"5")]})
        raise RuntimeError
    status, headers, pieces, _ = ANSWERS[scope["path"]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for number, piece in enumerate(pieces, 1):
        await send({"type": "http.response.body", "body": piece, "more_body": number < len(pieces)})


@contextlib.asynccontextmanager
async def saying():
    """An open connection to `say`, and the list of what is written to it."""
    config = uvicorn.Config(say, interface="asgi3", log_config=None)
    config.load()
    state, written = ServerState(), []
    state.default_headers = [(b"date", b"now"), (b"server", b"here")]

    class Noted(HttpProtocol):
        def connection_made(self, transport):
            write = transport.write
            transport.write = lambda data: (written.append(bytes(data)), write(data))
            super().connection_made(transport)

    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Noted(config, state, {}), "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        async with asyncio.timeout(20):
            yield reader, writer, written
        writer.close()


def asked(method, path, *lines):
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), b"Host: 127.0.0.1", *lines, b"", b""])


async def test_an_answer_goes_out_with_its_head():
    for path, (status, _, pieces, writes) in ANSWERS.items():
        async with saying() as (reader, writer, written):
            writer.write(asked("GET", path, b"Connection: close"))
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 %d" % status) and len(written) == writes, path
            assert body == (b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" if len(pieces) > 1 else pieces[0])


async def test_heads_that_wait_for_no_body_go_out_and_in_order():
    async with saying() as (reader, writer, written):
        writer.write(asked("HEAD", "/whole") + asked("GET", "/whole") + asked("HEAD", "/whole", b"Connection: close"))
        first, second, third, end = (await reader.read(-1)).split(b"\r\n\r\n")
        assert second.startswith(b"HTTP/1.1 200") and third.startswith(b"helloHTTP/1.1 200") and end == b""
        assert len(written) == 3 and all(b"content-length: 5" in head for head in (first, second, third))


async def test_who_waits_to_be_asked_for_the_body_is_asked_at_once():
    async with saying() as (reader, writer, written):
        writer.write(asked("POST", "/whole", b"Content-Length: 2", b"Expect: 100-continue", b"Connection: close"))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"{}")
        assert (await reader.read(-1)).endswith(b"\r\n\r\nhello") and len(written) == 2


async def test_an_answer_that_breaks_off_ends_the_connection():
    async with saying() as (reader, writer, written):
        writer.write(asked("GET", "/broken"))
        assert await reader.read(-1) == b"" and not written


async def test_an_answer_in_one_message_is_the_same():
    async def usual(message):
        said.append(message)

    said = []
    await answer({}, usual, 201, HEAD, b"hello", by_cookie=True)
    start, body = said
    expected = [(name.lower(), value) for name, value in start["headers"]]
    assert body["body"] == b"hello" and (b"vary", b"Accept, Cookie") in expected
    async with saying() as (reader, writer, written):
        writer.write(asked("GET", "/at-once") * 2 + asked("GET", "/at-once", b"Connection: close"))
        *kept, last = (await reader.read(-1)).split(b"HTTP/1.1 201 Created\r\n")[1:]
        assert len(written) == 3 and len(kept) == 2
        for text, closing in ((kept[0], []), (kept[1], []), (last, [(b"connection", b"close")])):
            head, _, body = text.partition(b"\r\n\r\n")
            lines = [tuple(line.split(b": ", 1)) for line in head.split(b"\r\n")]
            assert lines[-len(expected + closing) :] == expected + closing and body == b"hello"
            # What the server says by itself stands before it.
            assert lines[: -len(expected + closing)] == [(b"date", b"now"), (b"server", b"here")]


async def test_a_large_answer_in_one_message_is_not_copied():
    async with saying() as (reader, writer, written):
        writer.write(asked("GET", "/at-once/large", b"Connection: close"))
        assert (await reader.read(-1)).endswith(b"x-last: yes\r\nconnection: close\r\n\r\n" + b"x" * LARGE)
        assert len(written) == 2


async def test_who_has_gone_is_not_answered():
    async with saying() as (_, writer, written):
        writer.write(asked("POST", "/at-once", b"Content-Length: 2"))
        await writer.drain()
        writer.transport.abort()
        await asyncio.sleep(0.1)
        assert not written
