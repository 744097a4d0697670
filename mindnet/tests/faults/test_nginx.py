"""Two processes on PostgreSQL and Redis behind nginx, as it is shipped: what is promised of files holds there too."""

import asyncio
import socket
import ssl
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from messaging.tests.recordings import noise
from mindnet.tests.support.checks import room_of, still_answers
from mindnet.tests.support.fixtures import need
from mindnet.tests.support.nginx import HOST, NginxServer
from presence.tests import images

MIB = 1024 * 1024
CONTENT = noise(64 * 1024) * 48  # 3 MiB
QUOTA_BYTES = 16 * MIB
NAME = "Löwe & 'Bär' 100%.bin"
SAVED_AS = f"attachment; filename*=utf-8''{quote(NAME)}"
SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "private, no-cache",
}


@pytest.fixture
def nginx():
    server = need(NginxServer)
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def proxied(nginx, make_cluster):
    world = make_cluster(**nginx.environment, MINDNET_LIMITS="on", MINDNET_UPLOAD_QUOTA_BYTES=QUOTA_BYTES)
    nginx.configure([process.port for process in world.processes])
    nginx.start()
    return world


def test_nginx_takes_what_is_shipped(nginx):
    """Also the oldest one around: Debian 12 has 1.22."""
    nginx.start()
    with nginx.client() as client:
        assert client.get("/healthz").status_code == 502, "nobody is behind it"
    assert "[emerg]" not in nginx.log()


def upload(client, room, content=CONTENT, name=NAME):
    return client.post(f"/rooms/{room}/attachments", files={"file": (name, content)})


def said(client, room, *attachments):
    fields = {"content": "", "message_type": "file", "attachments": [one["id"] for one in attachments]}
    return client.post(f"/rooms/{room}/messages", json=fields).raise_for_status().json()


def stored(nginx):
    return sorted(path for path in nginx.uploads.rglob("*") if path.is_file())


def is_safe(answer):
    """nginx has read it, and said all that keeps it harmless."""
    assert SAFE.items() <= dict(answer.headers).items(), answer.headers
    assert "x-accel-redirect" not in answer.headers
    return bool(answer.headers["last-modified"])  # the server says no such thing


async def test_files_behind_nginx(nginx, proxied):
    ada, bob = proxied.person("ada"), proxied.person("bob")
    room = await room_of(ada, bob, kind="closed")
    with nginx.client(ada) as one, nginx.client(bob) as two, nginx.client() as nobody:
        file = await asyncio.to_thread(lambda: upload(one, room).json())
        url = file["url"]
        assert file["name"] == NAME and two.get(url).status_code == 404
        async with nginx.connect(bob) as socket:
            message = said(one, room, file)
            heard = await socket.event("message.created", room=room)
            assert heard.payload["attachments"] == [file]
        await asyncio.to_thread(handed_out_whole_and_in_parts, two, url)
        await asyncio.to_thread(pictures_and_pages, one, two, room)
        for path in hidden_places(nginx):
            assert {client.get(path).status_code for client in (one, nobody)} <= {400, 404}, path
        assert nobody.get(url).status_code == 401
        await asyncio.to_thread(refused_or_broken_off, nginx, ada, room)

        async with nginx.connect(bob) as socket:
            kick = {"username": bob.username, "kind": "kick", "reason": "Out."}
            one.post(f"/rooms/{room}/restrictions", json=kick).raise_for_status()
            await socket.event("room.removed")
        # Whichever process is asked, and whatever the browser has of it.
        asked = [{}, {"Range": "bytes=0-0"}, {"If-None-Match": "*"}, {"X-Accel-Redirect": "/protected/"}]
        shut = [two.get(url, headers=headers) for headers in asked]
        shut += [two.get(f"/rooms/{room}/{path}") for path in ("attachments", "messages")]
        assert {(answer.status_code, answer.json()["code"]) for answer in shut} == {(404, "not_found")}
        one.delete(f"/messages/{message['id']}").raise_for_status()
        assert [one.get(url, headers=headers).status_code for headers in asked] == [404] * len(asked)
    await still_answers(proxied)


async def test_twenty_at_once_over_two_processes_do_not_pass_the_quota(nginx, proxied):
    ada = proxied.person("ada")
    room = ada.create_room()["id"]

    def taken(client, number):
        """What becomes of it once it has one of the places that a process has for the arrivals of one psychic."""
        while (answer := upload(client, room, bytes(MIB), f"{number}")).json().get("code") == "rate_limited":
            time.sleep(0.1)
        return answer

    def answers():
        with nginx.client(ada) as client, ThreadPoolExecutor(20) as pool:
            return list(pool.map(lambda number: taken(client, number), range(20)))

    codes = Counter(answer.json().get("code", "stored") for answer in await asyncio.to_thread(answers))
    assert codes == {"stored": QUOTA_BYTES // MIB, "payload_too_large": 4}
    assert [path.stat().st_size for path in stored(nginx)] == [MIB] * codes["stored"]
    await still_answers(proxied)


def handed_out_whole_and_in_parts(client, url):
    whole = client.get(url)
    assert (whole.status_code, whole.content) == (200, CONTENT) and is_safe(whole)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"] == SAVED_AS
    part = client.get(url, headers={"Range": "bytes=1000000-1000099"})
    assert (part.status_code, part.content) == (206, CONTENT[1_000_000:1_000_100]) and is_safe(part)
    assert part.headers["content-range"] == f"bytes 1000000-1000099/{len(CONTENT)}"
    assert client.get(url, headers={"Range": "bytes=-5"}).content == CONTENT[-5:]
    assert client.get(url, headers={"Range": f"bytes={len(CONTENT)}-"}).status_code == 416
    head = client.head(url)
    assert (head.status_code, head.content, head.headers["content-disposition"]) == (200, b"", SAVED_AS)
    assert is_safe(head) and head.headers["content-length"] == str(len(CONTENT))
    known = client.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"") and is_safe(known)


def pictures_and_pages(sender, reader, room):
    """What was drawn anew may be looked at, a page that calls itself a picture is saved."""
    drawn = upload(sender, room, images.picture(), "owl.png").json()
    page = upload(sender, room, images.HTML, "owl.png").json()
    said(sender, room, drawn, page)
    for url in (drawn["url"], drawn["thumbnail_url"]):
        seen = reader.get(url)
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/webp")
        assert seen.headers["content-disposition"].startswith("inline") and is_safe(seen)
    seen = reader.get(page["url"])
    assert seen.content == images.HTML and seen.headers["content-type"] == "application/octet-stream"
    assert seen.headers["content-disposition"].startswith("attachment") and is_safe(seen)


def hidden_places(nginx):
    """Ways to a file past the server, and out of the folder."""
    key = stored(nginx)[0].relative_to(nginx.uploads)
    outside = [
        "/protected",
        "/protected/",
        "/protected../key.pem",
        "/protected/../key.pem",
        "/protected/%2e%2e/key.pem",
    ]
    return [f"/protected/{key}", f"//protected/{key}", f"/x/../protected/{key}", f"/%70rotected/{key}", *outside]


def refused_or_broken_off(nginx, person, room):
    """What is too large, for the server or for nginx, and what does not come whole, leaves nothing."""
    before = stored(nginx)
    with nginx.client(person) as client:
        for each in (client, person.api()):
            answer = upload(each, room, bytes(10 * MIB + 1))
            assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
        assert upload(client, room, bytes(13 * MIB)).status_code == 413
        context = ssl._create_unverified_context()
        lines = [f"POST /rooms/{room}/attachments HTTP/1.1", f"Host: {HOST}", f"Authorization: Token {person.token}",
                 "Content-Type: multipart/form-data; boundary=x", f"Content-Length: {3 * MIB}", "", "--x",
                 'Content-Disposition: form-data; name="file"; filename="x"', "", ""]  # fmt: skip
        with socket.create_connection(("127.0.0.1", nginx.port)) as link, context.wrap_socket(link) as cut:
            cut.sendall("\r\n".join(lines).encode() + bytes(MIB))
        assert stored(nginx) == before
        whole = upload(client, room, bytes(10 * MIB))
        assert whole.status_code == 201
        client.delete(f"/attachments/{whole.json()['id']}").raise_for_status()
