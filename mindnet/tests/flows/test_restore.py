"""A backup is put back: numbers that clients hold are given again, and nobody may go on as if nothing had happened."""

import asyncio
import shutil
import sqlite3

import psycopg

from mindnet.tests.support.checks import reply_to, room_of


def copy(source, target):
    """As `sqlite3 live.sqlite3 ".backup copy"` and `.restore` do, also under a running server."""
    with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
        one.backup(other)
    one.close()
    other.close()


def contents(part):
    return [message["content"] for message in part["messages"]]


async def synced(socket, room, seq, epoch):
    """What the reply to `sync` says of one room."""
    reply = await reply_to(socket, "sync", {"rooms": {str(room): seq}, "epoch": epoch})
    return reply["payload"]["rooms"][str(room)]


async def ended_by_the_server(socket):
    bye = await socket.event("bye", timeout=20)
    assert (bye.payload["code"], bye.payload["reconnect"]) == (1012, True)


async def test_a_backup_restored_under_a_running_server(make_world, tmp_path):
    world = make_world("embedded")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    ada.say(room, "one")
    live, backup = world.data_dir / "mindnet.sqlite3", tmp_path / "backup"
    copy(live, backup)
    for number in range(5):
        ada.say(room, f"lost {number}")
    async with bob.connect() as socket:
        epoch = (await socket.hello)["epoch"]
        held = await synced(socket, room, 0, epoch)
        assert (held["seq"], len(held["messages"])) == (6, 6)
        copy(backup, live)
        ada.say(room, "two")
        await ended_by_the_server(socket)
    # Others talk until the numbers are past those that Bob holds.
    for number in range(3, 10):
        ada.say(room, str(number))
    async with bob.connect() as socket, ada.connect() as sender:
        hello = await socket.hello
        assert hello["epoch"] != epoch
        part = await synced(socket, room, held["seq"], epoch)
        assert part["reset"] is True
        assert contents(part) == ["one", "two", "3", "4", "5", "6", "7", "8", "9"]
        assert contents(await synced(socket, room, part["seq"], hello["epoch"])) == []
        await sender.call("message.send", {"room": room, "content": "ten"})
        assert (await socket.event("message.created", room=room, where=lambda e: e.seq == 10)).payload[
            "content"
        ] == "ten"
        await asyncio.sleep(3)  # it is looked at every two seconds, and has become another once
        assert (await socket.call("ping"))["server_time"]


async def test_a_backup_restored_while_the_server_was_away(make_world, tmp_path):
    world = make_world("embedded")
    process, live, backup = world.processes[0], world.data_dir / "mindnet.sqlite3", tmp_path / "backup"
    ada = world.person("ada")
    room = ada.create_room()["id"]
    async with ada.connect() as socket:
        epoch = (await socket.hello)["epoch"]
    process.stop()
    copy(live, backup)
    process.start()
    async with ada.connect() as socket:
        assert (await socket.hello)["epoch"] == epoch, "a restart alone is none"
    ada.say(room, "lost")
    process.stop()
    for path in world.data_dir.glob("mindnet.sqlite3*"):
        path.unlink()
    shutil.copy(backup, live)
    process.start()
    ada.say(room, "said anew")
    async with ada.connect() as socket:
        assert (await socket.hello)["epoch"] != epoch
        assert contents(await synced(socket, room, 1, epoch)) == ["said anew"]


async def test_numbers_that_go_back_end_the_sockets_of_every_process(make_world):
    world = make_world("cluster")
    ada, bob = world.person("ada"), world.person("bob")
    room = await room_of(ada, bob)
    for content in ("one", "two", "three"):
        ada.say(room, content)
    async with ada.connect(0) as first, bob.connect(1) as second:
        epochs = {(await socket.hello)["epoch"] for socket in (first, second)}
        assert len(epochs) == 1
        with psycopg.connect(world.database_url) as database:
            database.execute("DELETE FROM messages WHERE room_id = %s AND seq > 1", [room])
            database.execute("UPDATE rooms SET last_seq = 1 WHERE id = %s", [room])
        await asyncio.gather(ended_by_the_server(first), ended_by_the_server(second))
    async with ada.connect(0) as first, bob.connect(1) as second:
        after = {(await socket.hello)["epoch"] for socket in (first, second)}
        assert len(after) == 1 and not after & epochs
        await first.call("message.send", {"room": room, "content": "two again"})
        heard = await second.event("message.created", room=room, where=lambda e: e.seq == 2)
        assert heard.payload["content"] == "two again"


async def test_who_has_restored_can_say_so(make_world):
    world = make_world("cluster")
    ada = world.person("ada")
    async with ada.connect(0) as first, ada.connect(1) as second:
        before = (await first.hello)["epoch"]
        said = await asyncio.to_thread(world.manage, "new_epoch")
        await asyncio.gather(ended_by_the_server(first), ended_by_the_server(second))
    async with ada.connect(1) as socket:
        after = (await socket.hello)["epoch"]
    assert after != before and after in said
