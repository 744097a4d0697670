"""What watches in every test does notice: a check that cannot fail would be worth nothing."""

import contextlib
import json

import pytest
import websockets
from websockets.asyncio.server import serve

from mindnet.tests.support.sockets import ReplyError, connect, raw_field

pytestmark = pytest.mark.once
HELLO = json.dumps({"type": "hello", "payload": {"protocol": 1}})


def created(seq, room=1, **fields):
    message = {"id": seq, "room": room, "seq": seq, "changed_seq": seq} | fields
    return json.dumps({"type": "message.created", "room": room, "seq": seq, "payload": message})


@contextlib.asynccontextmanager
async def server_that_sends(*frames, code=1000):
    """A WebSocket server that says this and nothing else, and closes at the first frame it hears."""

    async def handler(link):
        for frame in frames:
            await link.send(frame)
        await link.recv()
        await link.close(code)

    async with serve(handler, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def problems_with(*frames, code=1000):
    async with server_that_sends(*frames, code=code) as url:
        client = connect(url)
        async with client as socket:
            await socket.raw("over")
            await socket.closed()
            problems, socket.problems = socket.problems, []
            return problems


async def test_nothing_to_complain_of():
    assert await problems_with(HELLO, f"{created(1)}\n{created(3)}", created(1, room=2)) == []


@pytest.mark.parametrize(
    "frames, complaint",
    [
        ((HELLO, created(2), created(2)), "2 after 2"),
        ((HELLO, f"{created(2)}\n{created(1)}"), "1 after 2"),
        ((HELLO, created(1) + "\n"), "no JSON object"),
        ((HELLO, "[1]"), "no JSON object"),
        ((HELLO, b"{}"), "binary"),
        ((created(1), HELLO), "before hello"),
        ((HELLO, created(1, changed_seq=2)), "not its own"),
        ((HELLO, '{"type": "reply", "ref": "7", "ok": true, "payload": {}}'), "reply to nothing"),
    ],
)
async def test_what_never_may_happen_is_noticed(frames, complaint):
    problems = await problems_with(*frames)
    assert complaint in " ".join(problems)


async def test_an_internal_error_is_noticed():
    assert "1011" in " ".join(await problems_with(HELLO, code=1011))


async def test_a_problem_fails_the_test_at_the_end_of_the_block():
    async with server_that_sends(HELLO, created(1), created(1)) as url:
        with pytest.raises(AssertionError, match="1 after 1"):
            async with connect(url) as socket:
                await socket.event("message.created")
                await socket.event("message.created")


async def test_events_are_waited_for_and_others_kept():
    async with server_that_sends(HELLO, created(1), created(1, room=2), created(2)) as url, connect(url) as socket:
        assert (await socket.event("message.created", room=2)).seq == 1
        assert [(await socket.event("message.created")).seq for _ in range(2)] == [1, 2]
        with pytest.raises(AssertionError, match=r"no message\.created within"):
            await socket.event("message.created", timeout=0.1)


async def test_errors_and_ends_are_told():
    error = {"code": "muted", "detail": "Hush.", "retry_after": 2}
    refused = json.dumps({"type": "reply", "ref": "1", "ok": False, "error": error})

    async def handler(link):
        await link.send(HELLO)
        await link.recv()
        await link.send(refused)
        await link.recv()
        await link.close(4503)

    async with serve(handler, "127.0.0.1", 0) as server:
        async with connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/") as socket:
            with pytest.raises(ReplyError) as refusal:
                await socket.call("message.send", {"room": 1})
            assert (refusal.value.code, refusal.value.retry_after) == ("muted", 2)
            with pytest.raises(ConnectionError, match="4503"):
                await socket.call("ping")
            assert await socket.closed() == 4503


async def test_a_refused_handshake_raises():
    async with serve(lambda link: None, "127.0.0.1", 0, process_request=refuse) as server:
        with pytest.raises(websockets.InvalidStatus) as error:
            async with connect(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"):
                pass
        assert error.value.response.status_code == 403


def refuse(link, request):
    return link.respond(403, "no")


def test_raw_fields_are_the_bytes_as_they_were():
    assert raw_field('{"results": [ {"a" :1.0, "b": "\\u00e9"}]}', "results", 0) == '{"a" :1.0, "b": "\\u00e9"}'
