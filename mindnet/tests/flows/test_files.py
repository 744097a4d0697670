"""A file from one person to another: put there over REST, said on the socket, heard live, read in parts, shut off."""

import asyncio
import hashlib
import os
import socket
import sys
import time
from pathlib import Path

import pytest

from mindnet.tests.support.checks import room_of

# More than fits the buffers between here and there, so that the server is in the middle of it.
FILE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(8 * 1024 * 1024 // 32))


async def test_it_goes_over_two_processes_and_is_shut_at_once(cluster):
    ada, bob = cluster.person("ada"), cluster.person("bob")
    before = files_in(cluster)  # the world is shared
    room = await room_of(ada, bob, kind="closed")
    async with ada.connect(0) as one, bob.connect(1) as two:
        upload = {"file": ("stars.bin", FILE)}
        answer = await asyncio.to_thread(ada.api(0).post, f"/rooms/{room}/attachments", files=upload)
        assert answer.status_code == 201, answer.text
        attachment = answer.json()
        url = attachment["url"]
        assert bob.api(1).get(url).status_code == 404
        payload = {"room": room, "content": "", "message_type": "file", "attachments": [attachment["id"]]}
        await one.call("message.send", payload)
        heard = await two.event("message.created", room=room)
        assert heard.payload["attachments"] == [attachment]
        whole = await asyncio.to_thread(bob.api(1).get, url)
        assert whole.status_code == 200 and whole.content == FILE
        part = bob.api(1).get(url, headers={"Range": "bytes=5000000-5000099"})
        assert (part.status_code, part.content) == (206, FILE[5_000_000:5_000_100])
        assert part.headers["content-range"] == f"bytes 5000000-5000099/{len(FILE)}"
        assert part.headers["content-security-policy"] == "default-src 'none'; sandbox"

        kick = {"username": bob.username, "kind": "kick", "reason": "Out."}
        ada.api(0).post(f"/rooms/{room}/restrictions", json=kick).raise_for_status()
        shut = [
            person.api(process).get(url, headers={"Range": "bytes=0-0"}) for person in (ada, bob) for process in (0, 1)
        ]
        assert [answer.status_code for answer in shut] == [206, 206, 404, 404]
        ada.api(0).delete(f"/messages/{heard.payload['id']}").raise_for_status()
        gone = [person.api(process).get(url) for person in (ada, bob) for process in (0, 1)]
        assert [answer.status_code for answer in gone] == [404] * 4
        assert {answer.content for answer in gone} == {b'{"code":"not_found","detail":"Not found."}'}
    assert not await asyncio.to_thread(files_after, cluster, before, 60)


def files_in(world):
    return set((world.data_dir / "uploads" / "attachments").rglob("*/*"))


def files_after(world, before, seconds):
    """The files that lie in the uploads still and did not before, once the sweep has had its time."""
    until = time.monotonic() + seconds
    while (found := files_in(world) - before) and time.monotonic() < until:
        time.sleep(0.5)
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_a_download_that_is_left_ends_the_reading(embedded):
    ada = embedded.person("ada")
    room = await room_of(ada)
    [server] = embedded.processes
    url = ada.api().post(f"/rooms/{room}/attachments", files={"file": ("stars.bin", FILE)}).json()["url"]
    with socket.socket() as reader:
        # Small, or the kernel takes all of the file at once.
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        reader.connect(("127.0.0.1", server.port))
        lines = [f"GET {url} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Token {ada.token}", "", ""]
        reader.sendall("\r\n".join(lines).encode())
        assert reader.recv(1024).startswith(b"HTTP/1.1 200")
        assert open_uploads(server.pid)
    until = time.monotonic() + 10
    while open_uploads(server.pid):
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


def open_uploads(pid):
    """Of these the process has so many open."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append("/uploads/attachments/" in os.readlink(descriptor))
        except OSError:  # closed meanwhile
            continue
    return sum(found)
