"""Files over links that break and slow ones, and through processes that die: nothing is half, and a retry under the
same nonce makes it good."""

import asyncio
import contextlib
import time
import uuid

import httpx
import pytest

from messaging.tests.recordings import noise
from mindnet.tests.faults.test_processes import armed
from mindnet.tests.support.buckets import BucketServer
from mindnet.tests.support.checks import room_of, still_answers
from mindnet.tests.support.hanging import wake
from mindnet.tests.support.proxy import TO_CLIENT, TO_SERVER, FaultProxy

MIB = 1024 * 1024
CONTENT = noise(64 * 1024) * 48  # 3 MiB

# As an hour later: what nobody finished goes.
SWEEP = """
from datetime import timedelta
from django.utils import timezone
from messaging import attachment_sweep
from messaging.models import Attachment
Attachment.objects.filter(ready_at=None).update(created_at=timezone.now() - timedelta(hours=2))
attachment_sweep.sweep()
print(Attachment.objects.count())
"""


def stored(world):
    """What lies in the folder of uploads: the sizes of the files."""
    folder = world.data_dir / "uploads" / "attachments"
    return sorted(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def upload(person, room, nonce, *, url=None, content=CONTENT):
    """Puts a file into a room, through this address or straight to the first process."""
    async with open_client(person, url) as client:
        form = {"files": {"file": ("owls.bin", content)}, "data": {"nonce": nonce}}
        return await client.post(f"/rooms/{room}/attachments", **form)


@contextlib.asynccontextmanager
async def open_client(person, url=None):
    headers = {"Authorization": f"Token {person.token}"}
    options = {"base_url": url or person.world.url, "headers": headers, "timeout": 30, "trust_env": False}
    async with httpx.AsyncClient(**options) as client:
        yield client


async def test_a_link_that_is_cut_while_a_file_goes_up_and_down(cluster):
    ada = cluster.person("ada")
    room, nonce, before = ada.create_room()["id"], str(uuid.uuid4()), stored(cluster)
    async with FaultProxy("127.0.0.1", cluster.processes[0].port) as proxy:
        through = f"http://127.0.0.1:{proxy.port}"
        proxy.cut_within(MIB, TO_SERVER)
        with pytest.raises(httpx.TransportError):
            await upload(ada, room, nonce, url=through)
        assert stored(cluster) == before

        made = await upload(ada, room, nonce, url=through)
        assert made.status_code == 201
        again = await upload(ada, room, nonce, url=cluster.urls[1])
        assert (again.status_code, again.json()) == (200, made.json())
        assert stored(cluster) == sorted([*before, len(CONTENT)])

        async with open_client(ada, through) as client:
            got = await broken_off(client, proxy, made.json()["url"])
            assert 0 < len(got) < len(CONTENT)
            rest = await client.get(made.json()["url"], headers={"Range": f"bytes={len(got)}-"})
            assert rest.status_code == 206 and got + rest.content == CONTENT
    await still_answers(cluster)


async def broken_off(client, proxy, url):
    """What arrives of a file until the link is cut."""
    got = b""
    proxy.cut_within(MIB, TO_CLIENT)
    with pytest.raises(httpx.TransportError):
        async with client.stream("GET", url) as answer:
            async for piece in answer.aiter_bytes():
                got += piece
    return got


@pytest.mark.parametrize("failpoint", ["before_files", "before_ready"])
async def test_a_process_that_dies_while_it_stores_a_file(make_cluster, failpoint):
    """Between the row and the file, and between the file and what says that it is there."""
    world = await armed(make_cluster, f"{failpoint}:exit:1")
    ada, bob = world.person("ada"), world.person("bob")
    room, nonce = await room_of(ada, bob), str(uuid.uuid4())
    with pytest.raises(httpx.TransportError):
        await upload(ada, room, nonce)
    await asyncio.to_thread(world.processes[0].popen.wait, 10)
    assert stored(world) == ([] if failpoint == "before_files" else [len(CONTENT)])

    made = await upload(ada, room, nonce, url=world.urls[1])
    assert made.status_code == 201
    fields = {"content": "look", "attachments": [made.json()["id"]]}
    said = await asyncio.to_thread(ada.api(1).post, f"/rooms/{room}/messages", json=fields)
    assert said.json()["attachments"] == [made.json()]
    assert (await asyncio.to_thread(bob.api(1).get, made.json()["url"])).content == CONTENT

    rows = await asyncio.to_thread(world.shell, SWEEP)
    assert (rows.strip(), stored(world)) == ("1", [len(CONTENT)])


async def test_a_slow_link_holds_up_nobody_else(cluster):
    """Ten seconds for a megabyte, while others talk."""
    ada = cluster.person("ada")
    room = ada.create_room()["id"]
    async with FaultProxy("127.0.0.1", cluster.processes[0].port) as proxy:
        proxy.delay_seconds = 0.6
        slow = asyncio.create_task(
            upload(ada, room, str(uuid.uuid4()), url=f"http://127.0.0.1:{proxy.port}", content=CONTENT[:MIB])
        )
        while not slow.done():
            await still_answers(cluster)
            await asyncio.sleep(0.5)
        assert slow.result().status_code == 201


async def test_a_bucket_that_hangs_is_said_so_in_time_and_comes_back(make_world):
    bucket = BucketServer().start()
    try:
        world = make_world("embedded", **bucket.environment)
        ada = world.person("ada")
        room, nonce = ada.create_room()["id"], str(uuid.uuid4())
        bucket.pause()
        began = time.monotonic()
        answer = await upload(ada, room, nonce)
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert time.monotonic() - began < 15
        await still_answers(world)
        wake(bucket)
        made = await upload(ada, room, nonce)
        assert made.status_code == 201
        assert (await asyncio.to_thread(ada.api().get, made.json()["url"])).content == CONTENT
    finally:
        bucket.remove()
