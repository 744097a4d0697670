"""What a hub sends by the channel layer: what somebody else hears."""

import asyncio

import pytest
from channels.layers import get_channel_layer

from mindnet.realtime import groups
from mindnet.realtime.hub import Hub

pytestmark = [pytest.mark.django_db, pytest.mark.once]


class Nothing:
    """A reader of rooms that nobody is in."""

    def __getattr__(self, name):
        async def nothing(*_):
            return {}

        return nothing


@pytest.fixture
def installation():
    """Asked where the database may be."""
    return groups.installation()


@pytest.fixture
async def hub(installation):
    await get_channel_layer().flush()  # of the hubs of other tests
    hub = Hub(Nothing())
    hub.start()
    while hub.layer.wanted != hub.layer.subscribed:
        await asyncio.sleep(0.001)
    yield hub
    await hub.stop()


async def test_a_layer_in_memory_is_spared_what_nobody_else_hears(hub):
    for group in (groups.NODES, groups.room(12)):
        hub.publish(group, {"type": "closings"})
        assert hub.layer.outgoing.empty()


async def test_who_listens_beside_it_hears_it_once(hub):
    layer = get_channel_layer()
    channel = await layer.new_channel()
    for group in (groups.NODES, groups.room(12)):
        await layer.group_add(groups.on_the_wire(group), channel)
        hub.publish(group, {"type": "closings"})
        heard = await asyncio.wait_for(layer.receive(channel), 10)
        assert heard == {"type": "closings", "origin": hub.id}
    await layer.group_discard(groups.on_the_wire(groups.NODES), channel)
    hub.publish(groups.NODES, {"type": "closings"})
    assert hub.layer.outgoing.empty()
