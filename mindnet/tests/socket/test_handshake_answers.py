"""What a client that is not let in hears: why, and whether and when to come again."""

import asyncio
import json
import os
from urllib.parse import urlsplit

import httpx
import pytest

from mindnet.tests.support.checks import CLOSE, TEXT, RawLink, token_line
from mindnet.tests.support.logins import sign_in


async def answer_of(world, *headers, **options):
    """(status, headers, body) of a handshake that is refused."""
    lines = [header if isinstance(header, bytes) else header.encode() for header in headers]
    link = await RawLink.open(world.ws_url, headers=lines, **options)
    body = await link.body()
    link.close()
    assert set(body) >= {"code", "detail"} and body["detail"]
    return link.status, link.headers, body


async def code_of(world, *headers, **options):
    status, answered, body = await answer_of(world, *headers, **options)
    assert status == 403 and "retry-after" not in answered
    return body["code"]


async def test_who_shall_not_come_again_hears_why(embedded):
    ada = embedded.person("ada")
    cookie = f"Cookie: {await asyncio.to_thread(sign_in, embedded, ada)}"
    assert await code_of(embedded) == "not_authenticated"
    assert await code_of(embedded, "Authorization: Token dead") == "not_authenticated"
    assert await code_of(embedded, cookie, "Origin: https://evil.example") == "permission_denied"
    assert await code_of(embedded, token_line(ada), "Sec-WebSocket-Protocol: stomp") == "permission_denied"
    assert await code_of(embedded, token_line(ada), path=b"/elsewhere") == "not_found"


async def test_who_is_banned_hears_for_how_long_and_nobody_else_does(embedded):
    ada, mallory = embedded.person("ada"), embedded.person("mallory")
    ban = {"username": mallory.username, "ban_minutes": 5, "reason": "noise"}
    await asyncio.to_thread(embedded.admin.api().post, "/admin/disconnect", json=ban)
    status, _, body = await answer_of(embedded, token_line(mallory))
    assert (status, body["code"], body["reason"]) == (403, "banned", "noise") and body["until"].endswith("Z")
    # Without the token the ban is nobody's business.
    assert set((await answer_of(embedded, f"Authorization: Token {ada.token[:-1]}"))[2]) == {"code", "detail"}


async def test_too_many_handshakes_are_told_when_to_come_again(make_world):
    world = make_world(
        "embedded", TRUSTED_PROXIES="127.0.0.1", MINDNET_LIMITS="on", MINDNET_HANDSHAKE_RATE="1/0.1"
    )  # fmt: skip
    ada = world.person("ada")
    proxied = "X-Forwarded-For: 203.0.113.5"
    link = await RawLink.open(world.ws_url, headers=[token_line(ada), proxied.encode()])
    assert link.status == 101
    status, headers, body = await answer_of(world, token_line(ada), proxied)
    assert (status, body["code"]) == (429, "rate_limited")
    assert 5 < body["retry_after"] <= int(headers["retry-after"]) <= 10
    link.close()


async def test_a_good_token_is_not_called_dead_while_the_database_is_away(make_world):
    world = make_world("embedded")
    ada = world.person("ada")
    file, away = world.data_dir / "mindnet.sqlite3", world.data_dir / "away"
    os.rename(file, away)
    file.mkdir()  # what cannot be opened
    try:
        status, headers, body = await answer_of(world, token_line(ada))
    finally:
        file.rmdir()
        os.rename(away, file)
    assert (status, body["code"], headers["retry-after"]) == (503, "unavailable", "1")
    async with ada.connect() as socket:
        assert await socket.call("ping")


async def test_who_comes_while_the_server_drains_is_told_to_come_again(make_world):
    world = make_world("embedded")
    ada = world.person("ada")
    parts = urlsplit(world.ws_url)
    streams = await asyncio.open_connection(parts.hostname, parts.port)
    staying = await RawLink.open(world.ws_url, headers=[token_line(ada)])
    ending = asyncio.create_task(asyncio.to_thread(world.processes[0].stop))
    opcode = TEXT
    while opcode != CLOSE:  # which it does not answer, so that the server waits for it
        opcode, _ = await asyncio.wait_for(staying.read_frame(), 5)
    late = await RawLink.shake_hands(*streams, parts, headers=[token_line(ada)])
    body = await late.body()
    assert (late.status, body["code"]) == (503, "unavailable") and int(late.headers["retry-after"]) >= 1
    staying.close()
    late.close()
    await ending


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_an_upgrade_there_is_426_and_how_to_ask_for_one(embedded, method):
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.request(method, f"{embedded.url}/connect")
    assert (answer.status_code, answer.headers["upgrade"], answer.json()["code"]) == (
        426,
        "websocket",
        "upgrade_required",
    )
    assert "upgrade" in answer.headers["connection"].lower()


async def test_a_handshake_that_is_none_is_answered_in_json_too(embedded):
    parts = urlsplit(embedded.ws_url)
    before = len(embedded.processes[0].log())
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = [b"GET /connect HTTP/1.1", b"Host: " + parts.netloc.encode(), b"Upgrade: websocket", b"Connection: Upgrade"]
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n")  # no key, no version
    head, _, body = (await asyncio.wait_for(reader.read(), 5)).partition(b"\r\n\r\n")
    writer.close()
    answer = json.loads(body)
    assert "ERROR" not in embedded.processes[0].log()[before:]
    assert (int(head.split()[1]), answer["code"]) == (400, "validation_error") and answer["detail"]
