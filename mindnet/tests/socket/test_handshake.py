"""The door: who may open a socket. Whatever is wrong is answered before anything is accepted."""

import asyncio
import re

import httpx
import pytest
import websockets

from mindnet.tests.support.checks import RawLink, embedded_and_cluster, embedded_and_daphne, still_answers, token_line
from mindnet.tests.support.logins import browser, sign_in, sign_out
from mindnet.tests.support.sockets import connect


async def status_of(world, *headers, path=b"/connect", host=None):
    """What a handshake with these header lines is answered: 101 or a refusal."""
    lines = [header if isinstance(header, bytes) else header.encode("latin-1") for header in headers]
    link = await RawLink.open(world.ws_url, path=path, headers=lines, host=host)
    link.close()
    return link.status


async def test_a_socket_opens_with_a_token_or_with_a_cookie_from_our_own_pages(world):
    ada = world.person("ada")
    cookie = await asyncio.to_thread(sign_in, world, ada)
    origin = f"Origin: {world.url}"
    assert await status_of(world, token_line(ada)) == 101
    assert await status_of(world, token_line(ada).replace(b"Token", b"tOKEN")) == 101
    assert await status_of(world, f"Cookie: {cookie}", origin) == 101
    assert await status_of(world, f"Cookie: theme=dark; {cookie}; x=y", f"Origin: {world.url.upper()}") == 101
    # A client without a browser: the token decides, whatever else is there.
    assert await status_of(world, token_line(ada), "Origin: https://elsewhere.example") == 101
    assert await status_of(world, token_line(ada), "Cookie: sessionid=dead") == 101
    async with browser(world, cookie) as socket:
        assert (await socket.hello)["psychic"] == {"id": ada.id, "username": ada.username}


async def test_the_default_port_may_be_named(embedded):
    """As a proxy in front hands it on: the host without a port, or with the one that goes without saying."""
    ada = embedded.person("ada")
    cookie = f"Cookie: {await asyncio.to_thread(sign_in, embedded, ada)}"
    for host, origin in (
        (b"localhost", "http://localhost"),
        (b"localhost", "http://localhost:80"),
        (b"localhost:80", "http://LOCALHOST"),
        (b"LocalHost:80", "HTTP://localhost:80"),
        (b"[::1]:80", "http://[::1]"),
    ):
        assert await status_of(embedded, cookie, f"Origin: {origin}", host=host) == 101, (host, origin)
    for host, origin in (
        (b"localhost", "https://localhost"),
        (b"localhost", "http://localhost:443"),
        (b"localhost:80", "http://127.0.0.1"),
    ):
        assert await status_of(embedded, cookie, f"Origin: {origin}", host=host) == 403, (host, origin)


async def test_a_good_cookie_from_a_foreign_page_is_refused(world):
    ada = world.person("ada")
    cookie = f"Cookie: {await asyncio.to_thread(sign_in, world, ada)}"
    port = world.processes[0].port
    near_misses = [
        [],
        ["Origin: null"],
        ["Origin:"],
        ["Origin: *"],
        [f"Origin: https://127.0.0.1:{port}"],
        [f"Origin: ws://127.0.0.1:{port}"],
        [f"Origin: http://127.0.0.1:{port + 1}"],
        ["Origin: http://127.0.0.1"],
        [f"Origin: http://localhost:{port}"],
        [f"Origin: http://www.127.0.0.1:{port}"],
        [f"Origin: http://127.0.0.1.evil.example:{port}"],
        [f"Origin: http://evil127.0.0.1:{port}"],
        [f"Origin: http://127.0.0.1:{port}.evil.example"],
        [f"Origin: http://127.0.0.1:{port}@evil.example"],
        [f"Origin: http://user@127.0.0.1:{port}"],
        [f"Origin: http://127.0.0.1:{port}/"],
        [f"Origin: http://127.0.0.1:{port}#"],
        [f"Origin: http://127.0.0.1:{port} "[:-1] + "\x0b"],
        [f"Origin: http://127.1:{port}"],
        [f"Origin: http://2130706433:{port}"],
        [f"Origin: chrome-extension://127.0.0.1:{port}"],
        ["Origin: file://"],
        ["Origin: https://evil.example"],
        [f"Origin: {world.url}, https://evil.example"],
        [f"Origin: {world.url}", "Origin: https://evil.example"],
        ["Origin: https://evil.example", f"Origin: {world.url}"],
        [f"Origin: {world.url}", f"Origin: {world.url}"],
        ["Origin: \xff\xfe"],
        [f"X-Forwarded-Host: evil.example:{port}", "Origin: http://evil.example:80"],
        [f"Sec-WebSocket-Origin: {world.url}"],
    ]
    for lines in near_misses:
        # 400 where the library in front refuses it already: two headers, odd bytes, an empty value.
        assert await status_of(world, cookie, *lines) in (403, 400), lines
    await still_answers(world)


@embedded_and_cluster
async def test_no_or_a_dead_or_an_odd_credential_is_refused(world):
    ada, bob = world.person("ada"), world.person("bob")
    origin = f"Origin: {world.url}"
    alive = await asyncio.to_thread(sign_in, world, ada)
    dead = await asyncio.to_thread(sign_in, world, bob)
    await asyncio.to_thread(sign_out, world, dead)
    revoked = world.token(bob.username)
    world.open_client(headers={"Authorization": f"Token {revoked}"}).post("/auth/logout").raise_for_status()
    token, session = ada.token, alive.partition("=")[2]
    refused = [
        [],
        [origin],
        [f"Authorization: Token {revoked}"],
        [f"Cookie: {dead}", origin],
        # garbage as token
        ["Authorization: Token"],
        ["Authorization: Token "],
        ["Authorization:"],
        [f"Authorization: {token}"],
        [f"Authorization: Bearer {token}"],
        [f"Authorization: Basic {token}"],
        [f"Authorization: Token {token} {token}"],
        [f"Authorization: Token {token[:-1]}"],
        [f"Authorization: Token {token}0"],
        [f"Authorization: Token {token[:15]}"],
        [f"Authorization: Token {token[:15]}{'0' * (len(token) - 15)}"],
        [f"Authorization: Token {token[:15]}{'g' * (len(token) - 15)}"],
        ["Authorization: Token \xe4\xf6\xfc"],
        [f"Authorization: Token {'%00' * 5}"],
        [f"Authorization: Token {'a' * 6000}"],
        [f"Authorization: Token {token}", f"Authorization: Token {token}"],
        # a bad token is not saved by a good cookie
        ["Authorization: Token dead", f"Cookie: {alive}", origin],
        # garbage as cookie
        ["Cookie: sessionid=", origin],
        ["Cookie: sessionid=short", origin],
        [f"Cookie: sessionid={session[:-1]}", origin],
        [f"Cookie: sessionid={session.swapcase()}", origin],
        ["Cookie: sessionid=../../../../etc/passwd", origin],
        ['Cookie: sessionid="\\000abcdefghijk"', origin],
        ['Cookie: sessionid="\\377\\376abcdefghijk"', origin],
        [f"Cookie: sessionid={'a' * 6000}", origin],
        [f"Cookie: sessionid[]={session}", origin],
        ["Cookie: ;;;===", origin],
        ["Cookie: \xff\xfe=\xfd", origin],
        [f"Cookie: token={token}", origin],
    ]
    for lines in refused:
        assert await status_of(world, *lines) == 403, lines
    await still_answers(world)


@embedded_and_daphne
async def test_a_token_in_the_address_is_refused_and_not_written_down(world):
    ada = world.person("ada")
    secret = ada.token
    paths = [f"/connect?token={secret}", f"/connect?Authorization=Token%20{secret}", f"/connect?access_token={secret}"]
    for path in paths:
        assert await status_of(world, f"Origin: {world.url}", path=path.encode()) == 403
    await asyncio.sleep(0.2)
    for process in world.processes:
        assert secret not in process.log()


@embedded_and_daphne
async def test_other_paths_are_no_sockets(world):
    ada = world.person("ada")
    for path in (
        b"/", b"/connect/", b"/Connect", b"/connect/1", b"/ws", b"/rooms", b"/schema/connect", b"/connect%00",
        b"/%ff%fe", b"/connect%0a", b"/..%2fconnect", b"/%e2%80%ae", b"/" + b"a" * 4000, b"/static/x.js",
    ):  # fmt: skip
        assert await status_of(world, token_line(ada), path=path) == 403, path
    for path in (b"/\xff\xfe", b"/\xe4", b"/con nect"):  # no request at all
        assert await status_of(world, token_line(ada), path=path) in (400, 403, None), path
    assert await status_of(world, token_line(ada), path=b"/connect?x=1&y=%ff%00") == 101
    await still_answers(world)


@embedded_and_daphne
async def test_a_subprotocol_that_we_do_not_speak_is_refused(world):
    ada = world.person("ada")
    for line in ("mindnet", "graphql-ws", "v10.stomp, v11.stomp", f"token, {ada.token}"):
        assert await status_of(world, token_line(ada), f"Sec-WebSocket-Protocol: {line}") == 403, line
    await still_answers(world)


@embedded_and_daphne
async def test_another_host_is_refused(world):
    ada = world.person("ada")
    for host in (b"evil.example", b"127.0.0.1.evil.example", b"evil.example@127.0.0.1", b"127.0.0.1:80:80", b"", b".",
                 b"%00", b"127.0.0.1/", b"[::2]", b"*", b"localhost\xff"):  # fmt: skip
        assert await status_of(world, token_line(ada), host=host) in (403, 400), host
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{world.url}/rooms", headers={"Host": "evil.example"}).status_code == 400


@embedded_and_daphne
async def test_what_a_proxy_says_counts_only_from_a_proxy(world):
    ada = world.person("ada")
    cookie = f"Cookie: {await asyncio.to_thread(sign_in, world, ada)}"
    port = world.processes[0].port
    claims = [
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-For: garbage, 1.2.3",
        "X-Real-IP: \xff",
        "Forwarded: for=203.0.113.9",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Port: 443",
        "Daphne-Root-Path: /connect",
        "Daphne-Root-Path: /evil",
    ]
    for claim in claims:
        assert await status_of(world, token_line(ada), claim) == 101, claim
        assert await status_of(world, cookie, f"Origin: {world.url}", claim) == 101, claim
        assert await status_of(world, cookie, f"Origin: https://127.0.0.1:{port}", claim) == 403, claim
        assert await status_of(world, token_line(ada), claim, path=b"/evil/connect") == 403, claim
    await still_answers(world)


async def test_behind_a_trusted_proxy_the_scheme_and_the_address_are_what_it_says(make_world):
    """Loopback peers are left alone by the limits; behind a proxy each client is counted by itself."""
    world = make_world(
        "embedded", TRUSTED_PROXIES="127.0.0.1", MINDNET_LIMITS="on", MINDNET_HANDSHAKE_RATE="6/0.01",
        MINDNET_SOCKETS_PER_ADDRESS="3", ALLOWED_HOSTS="mind.example",
    )  # fmt: skip
    ada = world.person("ada")
    cookie = f"Cookie: {await asyncio.to_thread(sign_in, world, ada)}"
    https = ["X-Forwarded-Proto: https", cookie]
    host = b"mind.example"
    assert await status_of(world, *https, "Origin: https://mind.example", host=host) == 101
    assert await status_of(world, *https, "Origin: https://MIND.example:443", host=host) == 101
    assert await status_of(world, *https, "Origin: http://mind.example", host=host) == 403
    assert await status_of(world, *https, "Origin: https://mind.example:8443", host=host) == 403
    assert await status_of(world, cookie, "Origin: https://mind.example", host=host) == 403  # it came by http

    # Three at a time, six a while; counted from the right, what the client wrote does not help.
    links = []
    for number in range(4):
        headers = [token_line(ada), f"X-Forwarded-For: 10.0.0.{number}, 203.0.113.5".encode()]
        links.append(await RawLink.open(world.ws_url, headers=headers))
    assert [link.status for link in links] == [101, 101, 101, 403]
    for link in links:
        link.close()
    await asyncio.sleep(0.3)
    statuses = [await status_of(world, token_line(ada), "X-Forwarded-For: 203.0.113.5") for _ in range(3)]
    assert statuses == [101, 101, 429]
    assert await status_of(world, token_line(ada), "X-Forwarded-For: 203.0.113.6") == 101
    # Who the proxy cannot name counts as the proxy, which is no program of this machine then.
    unnamed = [await status_of(world, token_line(ada), "X-Forwarded-For: unknown") for _ in range(7)]
    assert unnamed[-1] == 429
    async with ada.connect() as socket:
        assert await socket.call("ping")
    log = world.shell(
        "from analytics.models import ConnectionLog;"
        "print([(l.action, l.ip_address) for l in ConnectionLog.objects.filter(ip_address__startswith='203')])"
    )
    assert log.count("'connected'") + log.count("'resumed'") >= 6 and log.count("('refused', '203.0.113.5')") == 2


async def test_handshakes_at_once_from_one_ipv6_network_get_no_more_than_its_places(make_world):
    world = make_world(
        "embedded", TRUSTED_PROXIES="127.0.0.1", MINDNET_LIMITS="on", MINDNET_SOCKETS_PER_ADDRESS="3",
    )  # fmt: skip
    ada = world.person("ada")

    def arrive(address):
        return RawLink.open(world.ws_url, headers=[token_line(ada), f"X-Forwarded-For: {address}".encode()])

    links = await asyncio.gather(*(arrive(f"2001:db8:7:7:{number:x}::1") for number in range(1, 13)))
    assert sorted(link.status for link in links) == [101] * 3 + [403] * 9
    elsewhere = await arrive("2001:db8:7:8::1")
    assert elsewhere.status == 101
    # What was refused, and what has gone, takes no place.
    for link in links:
        link.close()
    await asyncio.sleep(0.5)
    again = [await arrive("2001:db8:7:7::5") for _ in range(4)]
    assert [link.status for link in again] == [101] * 3 + [403]
    for link in [elsewhere, *again]:
        link.close()


async def test_a_proxy_that_is_not_named_has_none_of_this_machines_rights(make_world):
    """Nobody said TRUSTED_PROXIES, and a proxy on this machine lets the world in."""
    world = make_world("embedded", MINDNET_LIMITS="on", MINDNET_HANDSHAKE_RATE="2/0.001")
    ada = world.person("ada")
    forwarded = "X-Forwarded-For: 203.0.113.5"
    assert [await status_of(world, token_line(ada), forwarded) for _ in range(3)] == [101, 101, 429]
    assert await status_of(world, token_line(ada)) == 101, "this machine's own programs are left alone"
    client = world.open_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 404
    assert client.get("/metrics", headers={"Forwarded": "for=unknown"}).status_code == 404
    assert world.processes[0].log().count("is not among TRUSTED_PROXIES") == 1


async def test_refusals_are_recorded_with_person_address_and_reason_and_without_secrets(make_world):
    world = make_world("embedded")
    ada = world.person("ada")
    dead = world.token(ada.username)
    world.open_client(headers={"Authorization": f"Token {dead}"}).post("/auth/logout").raise_for_status()
    cookie = await asyncio.to_thread(sign_in, world, ada)
    psychic_id = ada.id
    world.shell(
        "from presence.models import Psychic; from django.utils import timezone; from datetime import timedelta;"
        f"Psychic.objects.filter(username={ada.username!r}).update(banned_until=timezone.now() + timedelta(hours=1))"
    )
    for headers in ([f"Authorization: Token {dead}"], [f"Cookie: {cookie}"], [token_line(ada)], []):
        assert await status_of(world, *headers, "User-Agent: mind\treader") == 403
    await asyncio.sleep(0.5)
    log = world.shell(
        "from analytics.models import ConnectionLog as Log;"
        "[print(l.action, l.psychic_id, l.ip_address, l.user_agent, '|', l.reason) for l in Log.objects.order_by('id')]"
    )
    refused = [line for line in log.splitlines() if line.startswith("refused")]
    assert len(refused) == 4 and all("127.0.0.1" in line and "reader" in line for line in refused)
    assert len({line.partition("|")[2] for line in refused}) == 4
    assert refused[2].startswith(f"refused {psychic_id} ")
    written = world.processes[0].log() + log
    assert dead not in written and ada.token not in written and cookie.partition("=")[2] not in written


async def test_hello_has_exactly_what_the_contract_names(cluster):
    ada, bob = cluster.person("ada"), cluster.person("bob")
    room = ada.create_room(name="The garden")["id"]
    bob.join(room)
    bob.say(room, "one")
    bob.say(room, "two")
    async with ada.connect() as socket:
        hello = await socket.hello
        assert socket.lines[0].type == "hello" and set(socket.lines[0]) == {"type", "payload"}
        assert set(hello) == {
            "protocol", "epoch", "connection_id", "psychic", "heartbeat_seconds", "server_time", "limits", "rooms",
        }  # fmt: skip
        assert hello["protocol"] == 1 and hello["heartbeat_seconds"] == 25
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", hello["connection_id"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", hello["server_time"])
        assert hello["psychic"] == {"id": ada.id, "username": ada.username}
        assert hello["limits"]["frame_bytes"] == 65536 and hello["limits"]["message_code_points"] == 4000
        assert [entry["kind"] for entry in hello["rooms"]] == ["broadcast", "open"]
        assert hello["rooms"][1] == {"id": room, "name": "The garden", "kind": "open", "role": "owner", "last_seq": 2,
                                     "delivered_seq": 0, "read_seq": 0, "unread": 2, "mentions": 0,
                                     "unread_from": None}  # fmt: skip
        assert [event.seq for event in await two(socket, room)] == [1, 2]
    async with ada.connect() as first, ada.connect() as second:
        assert (await first.hello)["connection_id"] != (await second.hello)["connection_id"]


async def two(socket, room):
    return [await socket.event("message.created", room=room) for _ in range(2)]


@embedded_and_daphne
async def test_a_refused_handshake_says_403_to_a_client_library(world):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(world.ws_url, token="dead"):
            pass
    assert refused.value.response.status_code == 403
