"""What those who look at a crowded room are told of it."""

import json

import pytest

from messaging import sync
from mindnet.realtime.hub import Hub
from rooms import crowds
from rooms.lookups import everyone_room
from rooms.services import create_room


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("audience, has_counts", [("everyone", True), ("rooms", False)])
async def test_in_everyones_room_strangers_are_counted_only_where_they_may_be_seen(settings, audience, has_counts):
    settings.PRESENCE_AUDIENCE = audience
    hub = Hub(sync.Reader(), crowds=crowds.Reader())
    room = await crowds.run(everyone_room)
    line = json.loads(await hub.crowds.line(room.pk))
    assert (line["type"], line["payload"]["changes"]) == ("presence.changed", [])
    assert ("counts" in line["payload"]) is has_counts


@pytest.mark.django_db(transaction=True)
async def test_in_a_room_of_ones_own_participants_are_counted(settings, django_user_model):
    settings.PRESENCE_AUDIENCE = "rooms"

    def prepare():
        ada = django_user_model.objects.create_user("ada", password="open the third eye")
        return create_room(psychic=ada, name="Attic")[0]

    room = await crowds.run(prepare)
    line = json.loads(await Hub(sync.Reader(), crowds=crowds.Reader()).crowds.line(room.pk))
    assert line["payload"]["counts"] == {"online": 0, "away": 0, "meditating": 0, "offline": 1}
