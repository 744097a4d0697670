"""Rolling upgrade: while processes are replaced one by one, those of the release before write to the schema of now."""

import pytest

from mindnet.tests.support.checks import room_of
from mindnet.tests.support.fixtures import need
from mindnet.tests.support.releases import OldServer, unpack
from mindnet.tests.support.servers import clean_environment


@pytest.fixture
def half_replaced(make_world, tmp_path):
    """A cluster with one more process: number 2 runs the release before. It came last, as on the way back."""
    folder = need(lambda: unpack(tmp_path / "before"))
    world = make_world("cluster")
    old = OldServer(folder, clean_environment(**world.environment), world.folder / "log.old")
    world.processes.append(old)
    old.start()
    return world


async def test_the_release_before_works_on_the_schema_of_now(half_replaced):
    world, old = half_replaced, 2
    answer = world.open_client(process=old).post(
        "/psychics", json={"username": "grace", "password": "open the third eye"}
    )
    assert answer.status_code == 201, answer.text
    ada, bob = world.person("ada"), world.person("bob")
    made = ada.api(old).post("/rooms", json={"name": "made by the old"})
    assert made.status_code == 201, made.text
    room = await room_of(ada, bob)
    posted = ada.api(old).post(f"/rooms/{room}/messages", json={"content": "posted to the old"})
    assert posted.status_code == 201, posted.text
    async with ada.connect(old) as before, bob.connect(0) as now:
        assert (await before.call("message.send", {"room": room, "content": "sent to the old"}))["seq"] == 2
        heard = await now.event("message.created", room=room, where=lambda e: e.seq == 2)
        assert heard.payload["sender"] == {"id": ada.id, "username": ada.username}
        assert (await now.call("message.send", {"room": room, "content": "sent to the new"}))["seq"] == 3
        heard = await before.event("message.created", room=room, where=lambda e: e.seq == 3)
        assert heard.payload["content"] == "sent to the new"
