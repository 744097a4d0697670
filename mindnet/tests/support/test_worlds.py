"""Worlds are what they say, and what goes wrong in their servers is noticed."""

import asyncio
import urllib.parse

import pytest

pytestmark = pytest.mark.once


@pytest.mark.allow_traceback
def test_a_traceback_in_the_log_of_a_server_is_a_complaint(make_world):
    world = make_world("embedded")
    assert world.complaints() == []
    with open(world.processes[0].log_path, "a") as log:
        log.write("Traceback (most recent call last):\n  ValueError: made for this test\n")
    assert "made for this test" in world.complaints()[0]
    assert world.complaints() == []
    world.processes[0].popen.kill()
    world.processes[0].popen.wait()
    assert "has died (-9)" in world.complaints()[0]


async def test_a_hanging_server_is_noticed_in_time(make_world):
    world = make_world("embedded")
    ada = world.person("ada")
    async with ada.connect() as socket:
        world.processes[0].pause()
        with pytest.raises(TimeoutError):
            await socket.call("ping", timeout=0.5)
        world.processes[0].resume()
        async with asyncio.timeout(5):
            await socket.call("ping")


def test_servers_are_where_they_say(world):
    ports = {urllib.parse.urlsplit(url).port for url in world.urls}
    assert len(ports) == len(world.processes) == (2 if world.kind == "cluster" else 1)
    for url in world.urls:
        assert world.open_client().get(f"{url}/healthz").status_code == 200
    vendor = world.shell("from django.db import connection; print(connection.vendor)").strip()
    assert vendor == ("postgresql" if world.kind == "cluster" else "sqlite")
