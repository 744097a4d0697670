"""What comes to the front door of a real server, from people who have not signed in and mean it no good."""

import asyncio
import contextlib
import http.client
import json
import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from uvicorn.server import ServerState

from mindnet.serving.http import HttpProtocol
from mindnet.serving.places import SPARE_CONNECTIONS
from mindnet.tests.support.checks import TEXT, RawLink, packed, token_line
from mindnet.tests.support.fixtures import end

KILOBYTE = 1024
MOST = 64 * KILOBYTE
HOST = b"Host: 127.0.0.1\r\n"
SECONDS = 1
MOST_CONNECTIONS = 24


@pytest.fixture(scope="module")
def hurried(build_world):
    """With deadlines of a second, and three connections for an address that is not this machine's own."""
    world = build_world(
        "embedded", MINDNET_LIMITS="on", MINDNET_HEAD_SECONDS=SECONDS, MINDNET_BODY_SECONDS=SECONDS,
        MINDNET_CONNECTIONS_PER_ADDRESS=3, MINDNET_CONNECTIONS=MOST_CONNECTIONS, TRUSTED_PROXIES="127.0.0.9",
    )  # fmt: skip
    yield world
    end(world)


class Link:
    """A connection by hand."""

    def __init__(self, world, source=None):
        self.socket = socket.create_connection(
            ("127.0.0.1", world.processes[0].port), timeout=10, source_address=source and (source, 0)
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def send(self, data):
        """As much of it as is taken."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def answer(self):
        """(status, code) of an answer, with which the connection has to end; (None, None) where it ended without."""
        data = b""
        try:
            while chunk := self.socket.recv(65536):
                data += chunk
        except ConnectionResetError:
            pass
        if not data:
            return None, None
        head, _, body = data.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)["code"]

    def status(self):
        """Of the next answer, which is read to its end; the connection goes on."""
        answer = http.client.HTTPResponse(self.socket)
        answer.begin()
        answer.read()
        return answer.status


def request(headers=b"", *, target=b"/healthz", method=b"GET", body=b""):
    return method + b" " + target + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


def padded(size):
    """Headers of this many bytes, none of them long."""
    lines = [b"X-%05d: %s\r\n" % (number, b"x" * 990) for number in range(size // 1001)]
    rest = size - sum(map(len, lines))
    return b"".join(lines) + b"Y: " + b"x" * (rest - 5) + b"\r\n"


def memory_bytes(world):
    status = Path(f"/proc/{world.processes[0].popen.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * KILOBYTE


def sockets_of(world):
    """How many are open. Databases open and close files as they please."""
    count = 0
    for file in Path(f"/proc/{world.processes[0].popen.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in between
            count += os.readlink(file).startswith("socket:")
    return count


def wait_until(is_so, seconds=5):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Heads


def test_a_head_up_to_the_limit_is_answered(hurried):
    with Link(hurried) as link:
        link.send(request(padded(MOST - 200)))
        assert link.status() == 200
        link.send(request())  # on the same connection
        assert link.status() == 200


@pytest.mark.parametrize(
    "sent",
    [
        request(padded(MOST + 1)),
        request(target=b"/" + b"x" * MOST),
        request(b"X: y\r\n" * 128),
        request(b"X: " + b"x" * 4 * MOST),
    ],
    ids=["many bytes", "a long address", "many lines", "one long line"],
)
def test_a_larger_one_is_refused(hurried, sent):
    with Link(hurried) as link:
        link.send(sent)
        assert link.answer() == (431, "headers_too_large")


def test_a_larger_one_that_comes_in_pieces_is_refused(hurried):
    """Each of them smaller than what a head may have."""
    sent = request(padded(MOST + 1))
    with Link(hurried) as link:
        link.send(sent[: MOST // 2])
        time.sleep(0.2)
        link.send(sent[MOST // 2 :])
        assert link.answer() == (431, "headers_too_large")


@pytest.mark.parametrize("begin", [
    b"GET / HTTP/1.1\r\nX: ",
    b"GET /",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: ",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
], ids=["a line", "an address", "a trailer", "a chunk's extension"])  # fmt: skip
def test_one_without_end_is_cut_and_not_kept(hurried, begin):
    before = memory_bytes(hurried)
    with Link(hurried) as link:
        link.send(begin)
        taken = sum(link.send(b"x" * 2**20) for _ in range(60))
        assert taken < 30
        assert link.answer()[0] in (431, None)
    assert memory_bytes(hurried) - before < 20 * 2**20


def test_many_requests_ahead_of_their_answers_are_not_kept(hurried):
    before = memory_bytes(hurried)
    with Link(hurried) as link:
        link.send(request(target=b"/accounts/login/") * 5000)
        link.answer_bytes = b""
        try:
            while chunk := link.socket.recv(65536):
                link.answer_bytes += chunk
        except ConnectionResetError:
            pass
    assert link.answer_bytes.count(b"HTTP/1.1 ") <= 9
    assert memory_bytes(hurried) - before < 20 * 2**20


# Time

HALVES = {
    "nothing": (b"", None),
    "half a head": (b"GET / HTTP/1.1\r\nHost: x", 408),
    "empty lines": (b"\r\n\r\n", None),
    "half a body": (request(b"Content-Length: 20\r\n", method=b"POST", body=b"half of it"), 408),
    "no body": (request(b"Content-Length: 20\r\n", method=b"POST"), 408),
    "half a chunk": (request(b"Transfer-Encoding: chunked\r\n", method=b"POST", body=b"5\r\nhal"), 408),
    "half a body that nobody waits for": (
        request(b"Content-Length: 99999999\r\n", method=b"POST", body=b"half of it"), 413,
    ),
}  # fmt: skip


def test_what_does_not_come_in_time_is_over(hurried):
    """All at once, so that the test waits for the deadline once."""
    before = sockets_of(hurried)
    links = {name: Link(hurried) for name in HALVES}
    for name, (begin, _) in HALVES.items():
        links[name].send(begin)
    ends = {name: link.answer()[0] for name, link in links.items()}
    assert ends == {name: status for name, (_, status) in HALVES.items()}
    for link in links.values():
        link.socket.close()
    wait_until(lambda: sockets_of(hurried) <= before)


def test_a_slow_body_is_waited_for(hurried):
    """Longer than the deadline, at more than the least pace."""
    body = json.dumps({"username": "x" * 4000, "password": "y"}).encode()
    with Link(hurried) as link:
        link.send(request(b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body),
                          target=b"/auth/token", method=b"POST"))  # fmt: skip
        for start in range(0, len(body), 1400):
            time.sleep(0.6 * SECONDS)
            link.send(body[start : start + 1400])
        assert link.status() in (400, 401)


# Connections


def own_address():
    """One of this machine that is not a loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        try:
            found.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("left out: this machine has no address but its own")
        return found.getsockname()[0]


async def test_an_address_has_so_many_connections(hurried):
    source = own_address()
    ada = await asyncio.to_thread(hurried.person, "ada")
    parts = urlsplit(hurried.ws_url)
    streams = await asyncio.open_connection(parts.hostname, parts.port, local_addr=(source, 0))
    link = await RawLink.shake_hands(*streams, parts, headers=[token_line(ada)])
    assert link.status == 101  # a socket counts like any other
    links = [Link(hurried, source) for _ in range(2)]
    for other in links:
        other.send(request())
        assert other.status() == 200
    with Link(hurried, source) as refused:
        assert refused.answer() == (429, "rate_limited")
    with Link(hurried) as own:  # this machine's own programs are left alone
        own.send(request())
        assert own.status() == 200
    link.close()
    await asyncio.to_thread(wait_until, lambda: is_let_in(hurried, source))
    for other in links:
        other.socket.close()


def test_beyond_all_connections_only_who_looks_after_the_server_is_let_in(hurried):
    with contextlib.ExitStack() as opened:
        links = [opened.enter_context(Link(hurried)) for _ in range(MOST_CONNECTIONS)]
        for link in links:
            link.send(request())
            assert link.status() == 200
        links[-1].send(request(target=b"/accounts/login/"))
        assert links[-1].status() == 200
        for target, headers in ((b"/accounts/login/", b""), (b"/connect", UPGRADE), (b"/healthz/../", b"")):
            with Link(hurried) as refused:
                refused.send(request(headers, target=target))
                assert refused.answer() == (503, "overloaded")
        operator = opened.enter_context(Link(hurried))
        for target in (b"/healthz", b"/readyz", b"/healthz?again"):
            operator.send(request(target=target))
            assert operator.status() == 200
        spare = [opened.enter_context(Link(hurried)) for _ in range(SPARE_CONNECTIONS - 1)]
        spare[-1].send(request())
        assert spare[-1].status() == 200
        with Link(hurried) as refused:
            assert refused.answer() == (503, "overloaded")
    wait_until(lambda: is_let_in(hurried, None))


def is_let_in(world, source):
    with Link(world, source) as link:
        link.send(request(target=b"/accounts/login/"))
        try:
            return link.status() == 200
        except ConnectionError:
            return False


# Handshakes

UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


@pytest.mark.parametrize(
    "extra, status, code",
    [
        (b"Cookie: x=" + b"x" * 9 * KILOBYTE + b"\r\n", 403, "not_authenticated"),
        (b"X: y\r\n" * 122, 403, "not_authenticated"),
        (b"X: y\r\n" * 124, 431, "headers_too_large"),
        (padded(MOST), 431, "headers_too_large"),
        (b"Content-Length: 5\r\n", 400, "validation_error"),
        (b"Transfer-Encoding: chunked\r\n", 400, "validation_error"),
    ],
    ids=["a large cookie", "128 headers", "129 headers", "too many bytes", "a body", "a body in pieces"],
)
def test_every_handshake_is_answered(hurried, extra, status, code):
    with Link(hurried) as link:
        link.send(request(UPGRADE + extra, target=b"/connect"))
        assert link.answer() == (status, code)


async def test_a_socket_with_a_large_cookie_opens(hurried):
    ada = await asyncio.to_thread(hurried.person, "ada")
    link = await RawLink.open(hurried.ws_url, headers=[token_line(ada), b"Cookie: x=" + b"x" * 9 * KILOBYTE])
    assert link.status == 101
    link.close()


async def test_what_comes_while_a_handshake_waits_is_not_kept():
    """Behind the same front door an application that takes its time, as a handshake does for the database."""
    may_open, texts = asyncio.Event(), []

    async def application(scope, receive, send):
        await receive()
        await may_open.wait()
        await send({"type": "websocket.accept"})
        while len(texts) < 400:
            texts.append((await receive())["text"])

    config = uvicorn.Config(application, interface="asgi3", log_config=None, ws_max_size=MOST)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()

    async with await loop.create_server(lambda: HttpProtocol(config, state, {}), "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(request(UPGRADE, target=b"/connect"))
        for number in range(400):
            writer.write(packed(TEXT, b"%05d" % number + b"x" * 60_000))
        await asyncio.sleep(0.3)
        [link] = state.connections
        assert len(link.unparsed) < 2**20 and writer.transport.get_write_buffer_size() > 2**20
        may_open.set()
        assert (await reader.readline()).startswith(b"HTTP/1.1 101")
        async with asyncio.timeout(20):
            while len(texts) < 400:
                await asyncio.sleep(0.02)
        assert [int(text[:5]) for text in texts] == list(range(400))
        writer.close()
