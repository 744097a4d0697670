"""The checker finds what it is there for: a verdict that cannot be bad is worth nothing."""

import asyncio

import pytest

from mindnet.tests.support.history import History, Stored, judge
from mindnet.tests.support.proxy import FaultProxy

NONCES = [f"{number:032x}" for number in range(1, 4)]


def recorded():
    """Three messages, all acknowledged, all stored, seen by one client."""
    history = History()
    visit = history.opened("bob", "")
    stored = []
    for number, nonce in enumerate(NONCES, 1):
        history.sending("ada", 7, f"m{number}", nonce)
        history.sends[nonce].answers.append((number, number))
        stored.append(Stored(number, 7, number, number, nonce, f"m{number}"))
        visit.sightings.append({"id": number, "room": 7, "seq": number, "changed_seq": number, "content": f"m{number}"})
    return history, stored, {"bob": {7: {1: 1, 2: 2, 3: 3}}}


def lose(history, stored, held):
    del stored[2]
    history.visits[0].sightings.pop()


def store_twice(history, stored, held):
    stored.append(Stored(4, 7, 4, 4, NONCES[0], "m1"))


def show_twice(history, stored, held):
    history.visits[0].sightings.append(history.visits[0].sightings[-1])


def skip(history, stored, held):
    del history.visits[0].sightings[1]


def swap(history, stored, held):
    history.visits[0].sightings[1:] = history.visits[0].sightings[:0:-1]


def invent(history, stored, held):
    stored.append(Stored(4, 7, 4, 4, "f" * 32, "who said that?"))


def answer_differently(history, stored, held):
    history.sends[NONCES[0]].answers.append((9, 9))


def renumber(history, stored, held):
    stored[2] = Stored(3, 7, 4, 4, NONCES[2], "m3")
    history.sends[NONCES[2]].answers[:] = [(3, 4)]


def forget(history, stored, held):
    del held["bob"][7][2]


def garble(history, stored, held):
    history.visits[0].sightings[0] = history.visits[0].sightings[0] | {"content": "other"}


def store_refused(history, stored, held):
    history.sends[NONCES[0]].answers.clear()
    history.sends[NONCES[0]].refusals.append("muted")


def test_a_good_history_is_good():
    assert judge(*recorded()).bad() == {}


@pytest.mark.parametrize(
    "break_it, finding",
    [
        (lose, "lost"), (store_twice, "duplicated"), (show_twice, "duplicated"), (skip, "gaps"), (swap, "reordered"),
        (invent, "phantom"), (store_refused, "phantom"), (answer_differently, "differing"), (renumber, "misnumbered"),
        (forget, "missing"), (garble, "altered"),
    ],
)  # fmt: skip
def test_each_kind_of_failure_is_found(break_it, finding):
    history = recorded()
    break_it(*history)
    assert finding in judge(*history).bad()


async def test_the_proxy_breaks_links_as_told():
    async def echo(reader, writer):
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, FaultProxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

        async def ask(text, seconds=20):
            writer.write(text)
            return await asyncio.wait_for(reader.readexactly(len(text)), seconds)

        assert await ask(b"one") == b"one"
        proxy.slice_bytes = 1
        assert await ask(b"two") == b"two"
        proxy.delay_seconds = 0.1
        began = asyncio.get_running_loop().time()
        assert await ask(b"three") == b"three"
        assert asyncio.get_running_loop().time() - began >= 0.2
        proxy.delay_seconds, proxy.slice_bytes = 0, None
        proxy.swallow(b"gone")
        writer.write(b"gone")
        await asyncio.sleep(0.1)
        assert proxy.swallowed == [b"gone"] and await ask(b"four") == b"four"
        proxy.block()
        with pytest.raises(TimeoutError):
            await ask(b"five", 0.5)
        proxy.unblock()
        assert await asyncio.wait_for(reader.readexactly(4), 20) == b"five"
        proxy.cut_within(2)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await ask(b"six")
        proxy.refusing = True
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await ask(b"seven")
