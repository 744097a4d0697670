"""How sockets end: by whom, with which code, what `bye` says, and who is left alone."""

import asyncio
import time
from datetime import datetime, timedelta, timezone

import httpx
import pytest
import websockets

from mindnet.tests.support.checks import code_of, embedded_and_cluster, error_of, reply_to, room_of, still_answers
from mindnet.tests.support.logins import browser, sign_in, sign_out
from mindnet.tests.support.sockets import connect

SOON = 1.5  # a second by the contract, and some for this machine
# What was done past all services is found by a look every second.
LATE = 4


def disconnect(world, **fields):
    answer = world.admin.api().post("/admin/disconnect", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["disconnected"]


async def assert_closed(socket, code, *, reconnect, within=SOON, reason=None):
    """Closed with this code, after a `bye` that says the same."""
    assert await socket.closed(timeout=within) == code
    assert set(socket.bye) == {"code", "reason", "reconnect", "retry_after", "until"}
    assert (socket.bye["code"], socket.bye["reconnect"]) == (code, reconnect)
    assert socket.bye["reason"] and reason in (None, socket.bye["reason"])
    assert socket.lines[-1].type == "bye"


@embedded_and_cluster
async def test_a_token_that_is_revoked_closes_the_sockets_it_let_in_and_no_others(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    first_token, other_token = ada.token, world.token(ada.username)
    async with ada.connect(last) as ended, ada.connect() as ended_too, bob.connect() as bystander:
        ada.token = other_token
        async with ada.connect(last) as kept:
            world.open_client(headers={"Authorization": f"Token {first_token}"}).post("/auth/logout").raise_for_status()
            for socket in (ended, ended_too):
                await assert_closed(socket, 4501, reconnect=False)
            assert await kept.call("ping") and await bystander.call("ping")
            world.open_client(headers={"Authorization": f"Token {other_token}"}).post(
                "/auth/logoutall"
            ).raise_for_status()
            await assert_closed(kept, 4501, reconnect=False)
        for token in (first_token, other_token):
            ada.token = token
            with pytest.raises(websockets.InvalidStatus):
                async with ada.connect():
                    pass
        assert await bystander.call("ping")
    await still_answers(world)


@embedded_and_cluster
async def test_signing_out_closes_the_sockets_of_this_login_session_only(world):
    ada = world.person("ada")
    here = await asyncio.to_thread(sign_in, world, ada)
    there = await asyncio.to_thread(sign_in, world, ada)
    last = len(world.processes) - 1
    async with browser(world, here) as ended, browser(world, here, last) as ended_too, browser(world, there) as kept:
        async with ada.connect() as by_token:
            await asyncio.to_thread(sign_out, world, here)
            for socket in (ended, ended_too):
                await assert_closed(socket, 4501, reconnect=False)
            assert await kept.call("ping") and await by_token.call("ping")


@embedded_and_cluster
async def test_a_new_password_ends_every_other_login(world):
    ada, bob = world.person("ada"), world.person("bob")
    cookie = await asyncio.to_thread(sign_in, world, ada)
    in_use, last = ada.token, len(world.processes) - 1
    async with ada.connect() as kept, browser(world, cookie, last) as ended, bob.connect(last) as bystander:
        ada.token = world.token(ada.username)
        async with ada.connect(last) as ended_too:
            client = world.open_client(headers={"Authorization": f"Token {in_use}"})
            passwords = {"old_password": ada.password, "new_password": "close the third eye"}
            assert client.post("/psychics/me/password", json=passwords).status_code == 204
            for socket in (ended, ended_too):
                await assert_closed(socket, 4501, reconnect=False)
            assert await kept.call("ping") and await bystander.call("ping")
        with pytest.raises(websockets.InvalidStatus):
            async with browser(world, cookie):
                pass


@embedded_and_cluster
async def test_the_eleventh_connection_closes_the_oldest(world):
    ada, bob = world.person("ada"), world.person("bob")
    connections = [ada.connect(number % len(world.processes)) for number in range(12)]
    async with bob.connect() as bystander:
        sockets = []
        try:
            for connection in connections[:10]:
                sockets.append(await connection.__aenter__())  # noqa: PERF401 (so far opened, so far closed)
            await asyncio.sleep(0.3)
            assert not any(socket.bye for socket in sockets)
            for number, connection in enumerate(connections[10:]):
                sockets.append(await connection.__aenter__())
                await assert_closed(sockets[number], 4509, reconnect=False)
            await asyncio.sleep(0.3)
            assert [socket.bye is None for socket in sockets] == [False] * 2 + [True] * 10
            for socket in sockets[2:]:
                assert await socket.call("ping")
        finally:
            for connection in connections[: len(sockets)]:
                await connection.__aexit__(None, None, None)
        assert await bystander.call("ping")


@embedded_and_cluster
async def test_of_fourteen_connections_at_once_ten_stay(world):
    ada = world.person("ada")
    connections = [ada.connect(number % len(world.processes)) for number in range(14)]
    opened = await asyncio.gather(*(connection.__aenter__() for connection in connections), return_exceptions=True)
    # Who was replaced before there was a hello has `bye` alone.
    assert all("4509" in str(result) for result in opened if isinstance(result, Exception))
    sockets = [connection.client for connection in connections]
    try:
        deadline = time.monotonic() + 3
        while sum(socket.bye is None for socket in sockets) > 10 and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)
        assert [socket.bye and socket.bye["code"] for socket in sockets].count(4509) == 4
        assert sum(socket.bye is None for socket in sockets) == 10
    finally:
        for socket in sockets:
            await socket.close()


async def test_a_token_revoked_at_the_moment_of_connecting_leaves_no_socket_open(embedded):
    ada = embedded.person("ada")

    async def connect_and_sign_out(token, delay):
        """None when the handshake was refused, otherwise the code of the close; 0 for a socket that stays."""
        async with httpx.AsyncClient(
            base_url=embedded.url, headers={"Authorization": f"Token {token}"}, trust_env=False
        ) as client:

            async def sign_out():
                await asyncio.sleep(delay)
                assert (await client.post("/auth/logout")).status_code == 204

            task = asyncio.create_task(sign_out())
            try:
                async with connect(embedded.ws_url, token=token) as socket:
                    await task
                    try:
                        return await socket.closed(timeout=3)
                    except TimeoutError:
                        return 0
            except (websockets.InvalidStatus, ConnectionError):
                return None
            finally:
                await task

    for _ in range(3):
        tokens = [embedded.token(ada.username) for _ in range(8)]
        tries = [connect_and_sign_out(token, number * 0.004) for number, token in enumerate(tokens)]
        assert set(await asyncio.gather(*tries)) <= {None, 4501}


@embedded_and_cluster
async def test_an_administrator_disconnects_a_connection_a_psychic_or_a_room(world):
    ada, bob, cleo = world.person("ada"), world.person("bob"), world.person("cleo")
    room = await room_of(ada, bob)
    last = len(world.processes) - 1
    await asyncio.to_thread(lambda: world.admin)
    async with ada.connect() as one, ada.connect(last) as two, bob.connect(last) as three, cleo.connect() as bystander:
        connection_id = (await one.hello)["connection_id"]
        assert await asyncio.to_thread(disconnect, world, connection_id=connection_id, reason="Just this one.") == 1
        await assert_closed(one, 4503, reconnect=False, reason="Just this one.")
        assert await two.call("ping")
        assert await asyncio.to_thread(disconnect, world, username=ada.username) == 1
        await assert_closed(two, 4503, reconnect=False)
        async with ada.connect() as back:  # disconnected is not banned
            assert await asyncio.to_thread(disconnect, world, room=room, reason="The room is cleared.") == 2
            for socket in (back, three):
                await assert_closed(socket, 4503, reconnect=False, reason="The room is cleared.")
        assert await bystander.call("ping")
    await still_answers(world)


async def test_who_may_not_disconnect_does_not(embedded):
    ada, mallory = embedded.person("ada"), embedded.person("mallory")
    async with ada.connect() as socket:
        id = (await socket.hello)["connection_id"]
        for fields in ({"username": ada.username}, {"connection_id": id}, {"room": 1}, {"username": "nobody-here"}):
            answer = mallory.api().post("/admin/disconnect", json=fields)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        await asyncio.sleep(0.3)
        assert await socket.call("ping") and socket.bye is None


@embedded_and_cluster
async def test_who_is_banned_is_told_until_when_and_does_not_come_back_before(world):
    ada, bob = world.person("ada"), world.person("bob")
    cookie = await asyncio.to_thread(sign_in, world, ada)
    last = len(world.processes) - 1
    await asyncio.to_thread(lambda: world.admin)
    async with ada.connect() as one, browser(world, cookie, last) as two, bob.connect() as bystander:
        id = (await one.hello)["connection_id"]
        before = datetime.now(timezone.utc)
        ban = {"connection_id": id, "reason": "Enough.", "ban_minutes": 30}
        assert await asyncio.to_thread(lambda: disconnect(world, **ban)) == 2
        for socket in (one, two):
            await assert_closed(socket, 4504, reconnect=False, reason="Enough.")
            assert socket.bye["until"].endswith("Z")
            until = datetime.fromisoformat(socket.bye["until"])
            assert timedelta(minutes=29) < until - before < timedelta(minutes=31)
        for attempt in (ada.connect(), ada.connect(last), browser(world, cookie)):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with attempt:
                    pass
            assert refused.value.response.status_code == 403
        assert await bystander.call("ping")
        await asyncio.to_thread(
            world.shell,
            "from presence.models import Psychic;"
            f"Psychic.objects.filter(username={ada.username!r}).update(banned_until=None)",
        )
        async with ada.connect() as socket:
            assert await socket.call("ping")
    await still_answers(world)


@embedded_and_cluster
async def test_what_was_done_past_the_services_is_found(world):
    """An account closed, a ban and a revoked token by somebody in a shell: nobody tells this process."""
    names = ("closed", "saved", "banned", "revoked", "ada")
    closed, saved, banned, revoked, ada = people = [world.person(name) for name in names]
    room = await room_of(ada, *people[:-1])
    last = len(world.processes) - 1
    code = f"""
from datetime import timedelta
from django.utils import timezone
from knox.models import AuthToken
from presence.models import Psychic
Psychic.objects.filter(username={closed.username!r}).update(is_active=False)
Psychic.objects.filter(username={banned.username!r}).update(banned_until=timezone.now() + timedelta(hours=1))
psychic = Psychic.objects.get(username={saved.username!r}); psychic.is_active = False; psychic.save()
AuthToken.objects.filter(user__username={revoked.username!r}).delete()
"""
    async with closed.connect() as one, saved.connect(last) as two, banned.connect(last) as three:
        async with revoked.connect() as four, ada.connect() as bystander:
            await asyncio.to_thread(world.shell, code)
            began = time.monotonic()
            # From the moment it is done, what is still in the pipe changes nothing.
            for socket in (one, two):
                if not socket.bye:
                    try:
                        reply = await reply_to(socket, "message.send", {"room": room, "content": "still here"})
                        assert reply["ok"] is False
                    except ConnectionError:
                        pass
            for socket in (one, two, three, four):
                await socket.closed(timeout=max(0.1, began + LATE - time.monotonic()))
            for socket in (one, two, four):
                await assert_closed(socket, 4501, reconnect=False)
            await assert_closed(three, 4504, reconnect=False)
            assert three.bye["until"] and three.bye["until"].endswith("Z")
            assert await bystander.call("ping")
            assert not [event for event in bystander.events if event.type == "message.created"]
    for person in (closed, saved, banned, revoked):
        with pytest.raises(websockets.InvalidStatus):
            async with person.connect():
                pass
    await still_answers(world)


@embedded_and_cluster
async def test_a_login_that_ends_past_the_services_is_found(world):
    """A password written into the table, a token that runs out, a login session that is thrown away or runs out."""
    names = ("changed", "due", "thrown", "late", "ada")
    changed, due, thrown, late, ada = (world.person(name) for name in names)
    cookies = [await asyncio.to_thread(sign_in, world, person) for person in (thrown, late)]
    keys = [cookie.partition("=")[2].partition(";")[0] for cookie in cookies]
    code = f"""
from datetime import timedelta
from django.contrib.sessions.models import Session
from django.utils import timezone
from knox.models import AuthToken
from presence.models import Psychic
Psychic.objects.filter(username={changed.username!r}).update(password="pbkdf2_sha256$1$salt$hash")
AuthToken.objects.filter(user__username={due.username!r}).update(expiry=timezone.now())
sessions = Session.objects.filter(session_key={keys[0]!r})
assert sessions._raw_delete(sessions.db) == 1
assert Session.objects.filter(session_key={keys[1]!r}).update(expire_date=timezone.now()) == 1
"""
    last = len(world.processes) - 1
    async with changed.connect() as one, due.connect(last) as two, ada.connect() as bystander:
        async with browser(world, cookies[0]) as three, browser(world, cookies[1], last) as four:
            await asyncio.to_thread(world.shell, code)
            began = time.monotonic()
            for socket in (one, two, three, four):
                await assert_closed(socket, 4501, reconnect=False, within=max(0.1, began + LATE - time.monotonic()))
            assert await bystander.call("ping")
    for attempt in (changed.connect(), due.connect(last), browser(world, cookies[0]), browser(world, cookies[1])):
        with pytest.raises(websockets.InvalidStatus):
            async with attempt:
                pass
    for person in (changed, due):
        assert person.api().get("/psychics/me").status_code == 401


async def test_commands_behind_the_one_that_ended_the_socket_do_nothing(embedded):
    ada = embedded.person("ada")
    room = await room_of(ada)
    async with ada.connect() as socket:
        for _ in range(10):
            await socket.raw("[]")
        try:
            for _ in range(20):
                await socket.start("message.send", {"room": room, "content": "after the end"})
        except websockets.ConnectionClosed:
            pass
        assert await socket.closed() == 4500
    assert ada.api().get(f"/rooms/{room}/messages").json()["results"] == []


async def test_a_permission_that_was_taken_is_gone_at_once(embedded):
    ada = embedded.person("ada")
    await asyncio.to_thread(embedded.grant, ada, "messaging.broadcast")
    room = await room_of(ada)
    async with ada.connect() as socket:
        assert (await socket.call("broadcast.send", {"content": "hear me", "rooms": [room]}))["recipients"] == 1
        take = "user_permissions.clear()"
        await asyncio.to_thread(
            embedded.shell,
            f"from presence.models import Psychic; Psychic.objects.get(username={ada.username!r}).{take}",
        )
        error = await error_of(socket, "broadcast.send", {"content": "hear me", "rooms": [room]})
        assert error["code"] == "permission_denied"
        assert await code_of(socket, "broadcast.send", {"content": "hear me"}) == "permission_denied"


@embedded_and_cluster
async def test_sockets_that_vanish_without_a_word_leave_nothing_behind(world):
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    async with ada.connect() as watching:
        for _ in range(5):
            async with bob.connect() as socket:
                await socket.call("room.enter", {"room": room})
                socket.link.transport.abort()
                await socket.closed()
        assert (await watching.call("room.enter", {"room": room}))["room"]["id"] == room
        await watching.call("message.send", {"room": room, "content": "anybody there?"})
        await watching.event("message.created", room=room)
        await asyncio.sleep(0.5)
    rows = await asyncio.to_thread(
        world.shell,
        "from presence.models import Connection;"
        f"print(Connection.objects.open().filter(psychic__username={bob.username!r}).count())",
    )
    assert rows.strip() == "0"
