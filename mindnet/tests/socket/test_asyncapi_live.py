"""What a real server sends through an evening fits the published document, line by line."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from mindnet.realtime import events
from mindnet.socket.commands import COMMANDS
from mindnet.tests.socket.test_asyncapi import validator
from mindnet.tests.support.sealed import Keys, Mind
from mindnet.tests.support.sockets import ReplyError

STEPS = [{"at": 0, "kind": "sharing", "seconds": 600, "text": "What do you see?"}]
# Needs a hundred lookers, an offline queue of a hundred, or a server that ends.
NOT_TONIGHT = {"message.urgent", "room.gap", "bye"}


class Evening:
    """A psychic's socket that remembers which command each reply is to."""

    def __init__(self, socket):
        self.socket = socket
        self.asked = {}

    async def ask(self, type, **payload):
        ref = f"{type}-{len(self.asked)}"
        self.asked[ref] = type
        reply = await asyncio.wait_for(await self.socket.start(type, payload, ref=ref), 10)
        if not reply["ok"]:
            raise ReplyError(reply["error"])
        return reply["payload"]

    def kinds(self):
        """Every line with the name of the message that it should be."""
        for line in self.socket.lines:
            ok = line.get("ok")
            yield (line.type if ok is None else f"{self.asked[line['ref']]}.reply" if ok else "error"), line


async def test_every_line_of_an_evening_fits_the_document(embedded):
    ada, bob = embedded.person("ada"), embedded.person("bob")
    room = ada.create_room(kind="meditation")["id"]
    guide = ada.api().post("/guides", json={"name": "Sharing", "steps": STEPS}).raise_for_status().json()["id"]
    async with ada.connect() as one, bob.connect() as two:
        await one.hello, await two.hello
        owner, guest = Evening(one), Evening(two)
        await evening(owner, guest, room, guide)
        await asyncio.to_thread(lambda: change(ada, bob, room))
        await two.event("unread.updated", room=room)
        await one.event("devices.changed")
        broadcast = await greet(embedded, room)
        await two.event("broadcast.reminder")
        await guest.ask("broadcast.ack", id=broadcast)
        await guest.ask("room.leave", room=room)
        await one.event("participant.left", room=room)
        await two.event("room.removed")
    heard = set()
    for kind, line in [*owner.kinds(), *guest.kinds()]:
        validator(kind).validate(dict(line))
        heard.add(kind)
    replies = {f"{name}.reply" for name in COMMANDS} - {"broadcast.send.reply"}
    assert heard == (set(events.EVENTS) - NOT_TONIGHT) | replies | {"error"}


async def evening(owner, guest, room, guide):
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await owner.ask("ping")
    await guest.ask("room.join", room=room)
    await owner.ask("room.enter", room=room)
    await guest.ask("room.enter", room=room)
    sent = await owner.ask("message.send", room=room, content="The candles are lit.")
    await owner.ask("message.edit", id=sent["id"], content="All candles are lit.")
    await guest.ask("message.react", id=sent["id"], emoji="👁", on=True)
    await guest.ask("message.delivered", room=room, seq=sent["seq"])
    await guest.ask("message.read", room=room, seq=sent["seq"])
    await owner.socket.event("receipt.updated", room=room)
    await guest.ask("sync", rooms={str(room): 0})
    await owner.ask("message.delete", id=sent["id"])
    await guest.ask("typing", room=room, on=True)
    await owner.socket.event("typing.changed", room=room)
    await guest.ask("presence.set", status="away", note="back soon", until=soon)
    await owner.socket.event("presence.changed", room=room)
    await guest.ask("presence.set", status="online")
    await owner.ask("session.start", room=room, guide=guide)
    await guest.ask("session.look", room=room)
    await guest.ask("session.sit", room=room)
    await guest.ask("piece.ask", room=room)
    await guest.ask("piece.pass", room=room)
    await owner.socket.event("piece.changed", room=room)
    await owner.socket.event("circle.changed", room=room)
    await guest.ask("session.rise", room=room)
    await owner.ask("session.end", room=room)
    await guest.ask("room.enter", room=None)
    try:
        await guest.ask("message.edit", id=sent["id"], content="Mine.")
    except ReplyError as error:
        assert error.code == "permission_denied"


def change(ada, bob, room):
    ada.api().patch(f"/rooms/{room}", json={"name": "Attic"}).raise_for_status()
    ada.api().patch(f"/rooms/{room}/participants/{bob.username}", json={"role": "moderator"}).raise_for_status()
    bob.api().put(f"/rooms/{room}/unread", json={"seq": 1}).raise_for_status()
    mind = Mind(SimpleNamespace(pk=ada.id))
    device = Keys(mind.psychic)
    offer = device.offer | {"entry": mind.entry("root", device, device)}
    ada.api().post("/devices", json=offer).raise_for_status()


async def greet(world, room):
    """A broadcast that asks to be acknowledged, and a reminder of it, by somebody who may."""
    admin = world.admin
    body = {"content": "Good night.", "rooms": [room], "require_ack": True}
    answer = await asyncio.to_thread(lambda: admin.api().post("/messages/broadcast", json=body).raise_for_status())
    id = answer.json()["messages"][0]["id"]
    await asyncio.to_thread(lambda: admin.api().post(f"/messages/{id}/remind", json={}).raise_for_status())
    return id
