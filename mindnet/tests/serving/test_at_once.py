"""Requests that are here in one piece, and go to where they are done without a task."""

import asyncio
import contextlib
import http.client
import json
import socket
import time
from uuid import uuid4

import pytest
import uvicorn
from uvicorn.server import ServerState

from messaging import services
from messaging.models import Message
from mindnet.base import rates
from mindnet.base.errors import DomainError
from mindnet.rest.short import Tried
from mindnet.serving import at_once
from mindnet.serving.heads import TAKES
from mindnet.serving.http import HttpProtocol
from mindnet.serving.plain import NUMBER
from mindnet.tests.support.both_ways import People, Whole, with_token, words

JSON = {"content-type": "application/json"}


@pytest.fixture
def people(cast):
    services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="the first message")
    return People(cast)


def requests_of(doors, people):
    """(method, path, body) of every operation on the short way."""
    message = Message.objects.get(sender=people.paul)
    for method, template in words(doors):
        of = message if template.startswith("/messages/") else people.cast.room
        query = "?q=message" if template == "/messages/search" else ""
        yield method, template.format(of.pk) + query, b"" if method == "GET" else b'{"content": "once more"}'


# Which requests


@pytest.mark.django_db(transaction=True)
def test_all_that_is_plain_is_taken_but_what_may_take_long(doors, people):
    headers = with_token(people.paul) | JSON
    taken = set()
    for method, path, body in requests_of(doors, people):
        doors.at_once.took = 0
        assert doors.ask(doors.at_once, method, path, headers, body)[0] in (200, 201), path
        if doors.at_once.took:
            taken.add((method, path.partition("?")[0].split("/")[1]))
        else:
            assert path.startswith("/messages/search")
    assert {("POST", "rooms"), ("GET", "rooms"), ("GET", "presence"), ("PATCH", "messages")} <= taken


@pytest.mark.django_db(transaction=True)
def test_what_another_layer_has_a_say_in_is_left_alone(doors, people, settings):
    """Whose address it is, and how much may be sent."""
    path, body = f"/rooms/{people.cast.room.pk}/messages", b'{"content": "hello"}'
    headers = with_token(people.paul) | JSON
    doors.ask(doors.at_once, "POST", path, headers, body)
    assert doors.at_once.took == 1
    doors.ask(doors.at_once, "POST", path, headers | {"x-forwarded-for": "198.51.100.9"}, body)
    settings.LIMITS = settings.LIMITS | {"BODY_BYTES": 10}
    doors.ask(doors.at_once, "POST", path, headers, body)
    assert doors.at_once.took == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_is_told_and_costs_nothing(doors, people, limits_on, monkeypatch):
    """A read whose turn has not come: it is not done afterwards, and its answer goes nowhere."""
    monkeypatch.setattr(at_once, "ANSWER_SECONDS", 0.05)
    headers = with_token(people.paul)

    async def asked():
        exchange = Whole(doors.scope("GET", "/rooms", headers), b"")
        with doors.short.turns.turn():
            assert doors.at_once.takes(exchange)
            with pytest.raises(DomainError) as refused:
                await exchange.answered
        while doors.short.reads.at_work:
            await asyncio.sleep(0.01)
        return refused.value.code

    assert doors.runner.run(asked()) == "unavailable"
    assert ("REST_RATE", people.paul.pk) not in rates.buckets


@pytest.mark.django_db(transaction=True)
@pytest.mark.allow_traceback
def test_what_fails_is_said_by_the_long_way_and_not_done_again(doors, people, monkeypatch):
    """A mistake of ours, on the way to the batcher and behind it."""
    path, body = f"/rooms/{people.cast.room.pk}/messages", b'{"content": "hello"}'
    headers, operations = with_token(people.paul) | JSON, doors.short.operations
    key = ("POST", "", "rooms", NUMBER, "messages")
    operation = operations[key]

    def fail(*_):
        raise ValueError("a mistake")

    monkeypatch.setitem(operations, key, operation._replace(way=operation.way._replace(answer=fail)))
    before = Message.objects.count()
    doors.at_once.took = 0
    assert doors.ask(doors.at_once, "POST", path, headers, body)[0] == 500
    assert (doors.at_once.took, Message.objects.count() - before) == (1, 1)


def test_what_ends_a_thread_is_said_to_be_tried():
    """And so is not done again."""
    mistake = ValueError()
    assert at_once.as_tried(mistake).error is mistake and isinstance(at_once.as_tried(SystemExit()).error, Exception)
    assert at_once.as_tried(None) is None and at_once.as_tried(Tried()) == Tried()


# On a connection


class Link:
    """A connection by hand, of somebody with a room."""

    def __init__(self, world):
        self.ada = world.person("ada")
        self.room = self.ada.create_room(name="", kind="private", **{"with": world.person("bob").username})["id"]
        self.address = ("127.0.0.1", world.processes[0].port)
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(self.address, timeout=10)
        self.read = self.socket.makefile("rb")  # one for all answers: it may have read into the next

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.read.close()
        self.socket.close()

    def request(self, content=None, *, version="1.1", headers=()):
        """A post of this content, or a read."""
        body = b"" if content is None else json.dumps({"content": content, "nonce": str(uuid4())}).encode()
        lines = [
            f"{'GET' if content is None else 'POST'} /rooms/{self.room}/messages HTTP/{version}",
            "Host: localhost", f"Authorization: Token {self.ada.token}", *headers,
        ]  # fmt: skip
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def head(self):
        """(status, headers) of the next answer."""
        status = int(self.read.readline().split()[1])
        return status, http.client.parse_headers(self.read)

    def answer(self):
        status, headers = self.head()
        return status, json.loads(self.read.read(int(headers["Content-Length"])))

    def contents(self):
        return [one["content"] for one in self.ada.api().get(f"/rooms/{self.room}/messages").json()["results"]]


@pytest.mark.allow_traceback
async def test_a_mistake_on_the_way_is_not_the_end_of_the_connection():
    """The application answers, as if it had not been tried."""

    async def application(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    def fail(_):
        raise ValueError("a mistake")

    setattr(application, TAKES, fail)
    config = uvicorn.Config(application, interface="asgi3", log_config=None)
    config.load()
    loop, state = asyncio.get_running_loop(), ServerState()
    async with await loop.create_server(lambda: HttpProtocol(config, state, {}), "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert head.startswith(b"HTTP/1.1 204")
        writer.close()


def test_what_comes_together_is_answered_in_its_order(embedded):
    with Link(embedded) as link:
        said = ["one", "two", "three"]
        link.socket.sendall(b"".join([*map(link.request, said), link.request()]))
        assert [link.answer()[1]["content"] for _ in said] == said
        assert [one["content"] for one in link.answer()[1]["results"]] == said


def test_what_comes_in_pieces_is_waited_for(embedded):
    with Link(embedded) as link:
        for rest in (200, 30, 1):
            text = link.request("in pieces")
            place = len(text) - rest
            link.socket.sendall(text[:place])
            time.sleep(0.05)
            link.socket.sendall(text[place:])
            assert link.answer()[0] == 201
        text = link.request("one and a half")
        link.socket.sendall(text + text[:40])
        assert link.answer()[0] == 201
        link.socket.sendall(text[40:])
        assert link.answer()[0] == 200, "the same nonce"


@pytest.mark.parametrize("version, headers", [("1.0", []), ("1.1", ["Connection: close"])])
def test_the_connection_ends_where_it_shall(embedded, version, headers):
    with Link(embedded) as link:
        link.socket.sendall(link.request("the last", version=version, headers=headers))
        assert link.answer()[0] == 201
        assert link.read.read(1) == b""


def test_what_was_posted_by_who_has_gone_is_there(embedded):
    with Link(embedded) as link:
        link.socket.sendall(link.request("and away"))
        link.close()
        deadline = time.monotonic() + 10
        while link.contents() != ["and away"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_what_was_acknowledged_before_nonsense_is_there(embedded):
    """The connection ends, in whatever pieces it has come."""
    with Link(embedded) as link:
        for wait in (0, 0.2):
            said = b""
            link.socket.sendall(link.request(f"before nonsense, {wait}"))
            time.sleep(wait)
            link.socket.sendall(b"GET /\x00 nonsense\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                while data := link.read.read1():
                    said += data
            link.close()
            link.connect()
            assert said or not wait
            assert not said.startswith(b"HTTP/1.1 201") or f"before nonsense, {wait}" in link.contents()


def test_a_body_that_waits_to_be_asked_for_is_asked_for_behind_another_answer(embedded):
    with Link(embedded) as link:
        head, end, body = link.request("asked for", headers=["Expect: 100-continue"]).partition(b"\r\n\r\n")
        link.socket.sendall(link.request("first") + head + end)
        assert link.answer()[1]["content"] == "first"
        assert link.head()[0] == 100
        link.socket.sendall(body)
        assert link.answer()[1]["content"] == "asked for"


def test_an_upgrade_to_something_else_is_answered_as_if_it_had_not_been_asked_for(embedded):
    with Link(embedded) as link:
        link.socket.sendall(link.request(headers=["Connection: Upgrade", "Upgrade: h2c"]))
        assert link.answer()[0] == 200
