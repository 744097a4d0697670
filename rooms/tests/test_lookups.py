"""What a viewer may know of those in a room, where presence is for people who share one."""

import json
import uuid

import pytest
from django.utils import timezone

from mindnet.realtime.events import encode
from presence.models import Psychic
from presence.shapes import presence_out
from rooms import crowds, lists, lookups, services
from rooms.models import Room, RoomParticipant
from rooms.shapes import everyones_row, my_room_out, participant_out
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


@pytest.mark.parametrize("audience", ["everyone", "rooms"])
def test_who_is_online_is_shown_as_others_see_them(open_room, ada, bob, mallory, node, api, settings, audience):
    settings.PRESENCE_AUDIENCE = audience
    for psychic in (ada, bob, mallory):
        connect(node, psychic, open_room)
    Psychic.objects.filter(pk=ada.pk).update(status="away", chosen_status="away", note="«tea»", until=timezone.now())
    Psychic.objects.filter(pk=bob.pk).update(status="invisible", note="here")
    Psychic.objects.filter(pk=mallory.pk).update(status="online", last_online=timezone.now())
    seen = {"everyone": "ada mallory", "rooms": "ada"}[audience]
    for viewer in (ada, bob):
        known = [presence_out(Psychic.objects.get(username=name)) for name in seen.split()]
        assert api(viewer).get("/presence/online").json()["results"] == json.loads(encode(known))


def test_rows_are_shown_as_models_are(open_room, ada, bob, api):
    """What a list reads of a row is what its model says of itself."""
    services.create_room(psychic=ada, kind="private", with_username="bob")
    ended, _ = services.create_room(psychic=ada, name="Past", kind="closed", description="«over»")
    services.end_room(psychic=ada, room_id=ended.pk)
    Room.objects.filter(pk=open_room.pk).update(created_by=None, last_seq=7, slow_mode_seconds=3)
    Psychic.objects.filter(pk=bob.pk).update(status="invisible", note="here", last_online=timezone.now())
    RoomParticipant.objects.filter(psychic=bob).update(shown_delivered_seq=2, shown_read_seq=0, read_seq=5)
    rooms = list(lookups.list_rooms(psychic=ada))
    assert len(rooms) == 4, "an open one, a mind-link, an ended one, everyone's"
    shown = encode([my_room_out(room) for room in rooms])
    assert encode(api(ada).get("/rooms").json()["results"]) == encode(json.loads(shown))
    assert encode([row.shown for row in lookups.listed_rooms.rows(ada.pk, 0, rises=True, most=9)]) == shown
    for room in rooms:
        people = room.participant_rows.active().select_related("psychic").order_by("joined_at", "pk")
        if room.kind == "broadcast":
            people = [everyones_row(room, psychic) for psychic in Psychic.objects.active().order_by("pk")]
        told = encode([participant_out(row) for row in people])
        assert encode(lookups.list_participants(psychic=ada, room_id=room.pk)) == told
        assert bytes(lists.shared([room.pk])[0]).decode() == told
        assert api(ada).get(f"/rooms/{room.pk}/participants").json()["results"] == json.loads(told)
