"""Retention on live connections: whoever holds a message that has become too old is told that it is gone."""

from mindnet.tests.support.checks import embedded_and_cluster, room_of

AGE = """
from datetime import timedelta
from django.db.models import F
from messaging.models import Message
Message.objects.filter(room={room}, seq__lte=2).update(timestamp=F("timestamp") - timedelta(days=2))
"""


@embedded_and_cluster
async def test_old_messages_go_on_every_process_and_each_once(world):
    ada, bob = world.person("ada"), world.person("bob")
    last = len(world.processes) - 1
    room = await room_of(ada, bob)
    for content in ("very old", "old", "new"):
        ada.say(room, content)
    world.shell(AGE.format(room=room))
    async with ada.connect() as one, bob.connect(last) as two:
        rules = ada.api().patch(f"/rooms/{room}/rules", json={"retention_hours": 24})
        assert rules.status_code == 200, rules.text
        for socket in (one, two):
            for seq in (4, 5):
                gone = await socket.event("message.updated", room=room, timeout=15)
                assert (gone.seq, gone.payload["seq"], gone.payload["deleted"]) == (seq, seq - 3, True)
                assert gone.payload["content"] == ""
            await socket.quiet(0.3, type="message.updated")
    history = bob.api().get(f"/rooms/{room}/messages").json()["results"]
    assert [message["content"] for message in history] == ["", "", "new"]
    assert bob.api().get(f"/rooms/{room}").json()["last_seq"] == 5
