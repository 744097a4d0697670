"""What a viewer may know of those in a room, where presence is for people who share one."""

import uuid

import pytest

from presence.models import Psychic
from rooms import crowds, lookups, services
from rooms.models import RoomParticipant
from rooms.tests.gatherings import connect

pytestmark = pytest.mark.django_db


def test_where_presence_is_for_roommates_watermarks_tell_strangers_nothing(open_room, ada, bob, mallory, api, settings):
    settings.PRESENCE_AUDIENCE = "rooms"
    RoomParticipant.objects.filter(psychic=bob).update(delivered_seq=7, read_seq=5)
    Psychic.objects.filter(pk=bob.pk).update(everyone_delivered_seq=4, everyone_read_seq=3)
    garden, everyone = f"/rooms/{open_room.pk}/participants", f"/rooms/{lookups.everyone_room().pk}/participants"

    def of_bob(viewer, path):
        people = api(viewer).get(path).json()["results"]
        return next((one["delivered_seq"], one["read_seq"]) for one in people if one["psychic"]["username"] == "bob")

    assert (of_bob(mallory, garden), of_bob(mallory, everyone)) == ((0, 0), (0, 0))
    assert (of_bob(ada, garden), of_bob(ada, everyone)) == ((7, 5), (4, 3))
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert of_bob(ada, garden) == (0, 0), "who has left is a stranger"
    settings.PRESENCE_AUDIENCE = "everyone"
    assert of_bob(mallory, garden) == (7, 5)


def test_where_presence_is_for_roommates_an_ended_room_is_shared_no_longer(open_room, ada, bob, api, settings):
    settings.PRESENCE_AUDIENCE = "rooms"
    Psychic.objects.update(status="away", connection_id=uuid.uuid4())
    RoomParticipant.objects.filter(psychic=bob).update(delivered_seq=7, read_seq=5)
    services.end_room(psychic=ada, room_id=open_room.pk)
    people = api(ada).get(f"/rooms/{open_room.pk}/participants").json()["results"]
    seen = {
        one["psychic"]["username"]: (one["psychic"]["status"], one["delivered_seq"], one["read_seq"]) for one in people
    }
    assert seen == {"ada": ("away", 0, 0), "bob": ("offline", 0, 0)}


def test_a_crowd_is_counted_for_strangers_only_where_they_may_be_seen(open_room, mallory, bob, node, settings):
    settings.LIMITS = settings.LIMITS | {"LOOKERS_LISTED": 0}
    connect(node, bob, open_room)
    of_mallory, of_bob = (lookups.get_room(psychic=viewer, room_id=open_room.pk) for viewer in (mallory, bob))
    assert crowds.counts_if_crowded(of_mallory) == crowds.counts_if_crowded(of_bob) is not None
    settings.PRESENCE_AUDIENCE = "rooms"
    assert crowds.counts_if_crowded(of_mallory) is None
    assert crowds.counts_if_crowded(of_bob) is not None
