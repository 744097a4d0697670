"""Pictures that are meant to keep a server busy, on a real one: what becomes of them, of others' pictures, and of their
processes."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from mindnet.tests.support.checks import still_answers
from presence.tests import images

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

SMALL = images.picture((64, 64))


def put(person, content):
    return person.api().put("/psychics/me/avatar", files={"file": ("me", content)})


def children_of(pid):
    """The ids of the processes that this one has."""
    return [child for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


async def begun(process):
    """A picture is being worked on: its process is there."""
    until = time.monotonic() + 10
    while not children_of(process.pid):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


@pytest.fixture
def slow(make_world):
    """A server that lets a picture take two seconds of a processor, however many scans it has."""
    return make_world("embedded", MINDNET_IMAGE_SCANS="100000", MINDNET_IMAGE_SECONDS="2")


@pytest.fixture(scope="module")
def bomb():
    """A minute of work in 100 KB."""
    return images.scans(3000, (3000, 3000))


async def test_others_pictures_go_on_beside_one_that_takes_too_long(slow, bomb):
    mallory, bob = slow.person("mallory"), slow.person("bob")
    [server] = slow.processes
    first = asyncio.create_task(asyncio.to_thread(put, mallory, bomb))
    await begun(server)
    assert (await asyncio.to_thread(put, mallory, bomb)).json()["code"] == "rate_limited"
    assert (await asyncio.to_thread(put, bob, SMALL)).status_code == 200
    assert not first.done()
    await still_answers(slow)
    answer = await first
    assert (answer.status_code, answer.json()["code"]) in ((400, "validation_error"), (503, "overloaded"))
    assert children_of(server.pid) == []
    assert (await asyncio.to_thread(put, mallory, SMALL)).status_code == 200


async def test_a_server_that_stops_takes_its_work_along(make_world, bomb):
    world = make_world("embedded", MINDNET_IMAGE_SCANS="100000", MINDNET_IMAGE_SECONDS="60")
    ada = world.person("ada")
    [server] = world.processes
    upload = asyncio.create_task(asyncio.to_thread(put, ada, bomb))
    await begun(server)
    children = children_of(server.pid)
    assert await asyncio.to_thread(server.stop) in (0, -server.stop_signal)
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
    answer = await upload
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
