"""The list of participants that `room.enter` answers with: one for all who may see the same."""

import json

import pytest

from mindnet.base.errors import DomainError
from mindnet.base.limits import Rate
from mindnet.realtime.events import encode
from rooms import lists, lookups, services
from rooms.models import Room
from rooms.tests.conftest import make_psychic


def test_it_is_what_each_who_is_in_would_read_alone_and_is_made_once(ada, bob, open_room, django_assert_num_queries):
    other, _ = services.create_room(psychic=ada, name="Other")
    with django_assert_num_queries(4):
        made = lists.shared([open_room.pk, other.pk] * 20)
    assert len({id(one) for one in made}) == 2
    for psychic in (ada, bob):
        own = lookups.list_participants(psychic=psychic, room_id=open_room.pk)
        assert (
            bytes(made[0]).decode() == encode(own) == bytes(lists.own(psychic=psychic, room_id=open_room.pk)).decode()
        )
    assert [one["psychic"]["username"] for one in json.loads(bytes(made[1]))] == ["ada"]


def test_a_room_that_is_gone_fails_alone(open_room, db):
    made, gone = lists.shared([open_room.pk, 10**9])
    assert len(json.loads(bytes(made))) == 2 and isinstance(gone, DomainError)


def test_where_strangers_meet_each_has_a_list_of_their_own(open_room, mallory, settings):
    everyone = lookups.everyone_room()
    assert lists.is_shared(everyone.kind)
    settings.PRESENCE_AUDIENCE = "rooms"
    assert lists.is_shared(open_room.kind) and not lists.is_shared(everyone.kind)
    mallory.status = "away"
    mallory.save(update_fields=["status"])
    for viewer, status in ((mallory, "away"), (make_psychic("stranger"), "offline")):
        people = json.loads(bytes(lists.own(psychic=viewer, room_id=everyone.pk)))
        assert {one["psychic"]["username"]: one["psychic"]["status"] for one in people}["mallory"] == status


def test_it_leaves_room_in_the_frame(open_room, monkeypatch):
    [whole] = lists.shared([open_room.pk])
    monkeypatch.setattr(lists, "LIST_BYTES", len(bytes(whole)) - 10)
    [part] = lists.shared([open_room.pk])
    assert json.loads(bytes(part)) == json.loads(bytes(whole))[:1]


def test_a_long_list_costs_more_than_a_short_one(ada, bob, open_room, settings, limits_on):
    settings.LIMITS = settings.LIMITS | {"ENTER_RATE": Rate(12, 0.01)}
    Room.objects.filter(pk=open_room.pk).update(participant_count=501)
    lookups.enter_room(psychic=ada, room_id=open_room.pk)
    with pytest.raises(DomainError) as refused:
        lookups.enter_room(psychic=ada, room_id=open_room.pk)
    assert refused.value.code == "rate_limited" and refused.value.extra["retry_after"] > 100
    lookups.enter_room(psychic=ada, room_id=open_room.pk, has_list=False)  # a crowd is told counts, which cost little
    for _ in range(12):
        Room.objects.filter(pk=open_room.pk).update(participant_count=2)
        lookups.enter_room(psychic=bob, room_id=open_room.pk)
