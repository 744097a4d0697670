"""What leaving would mean is what then happens."""

import pytest

from rooms import lookups, services
from rooms.leaving import meaning_of
from rooms.models import Kind, RoomParticipant


def meaning(psychic, room):
    return meaning_of(lookups.get_room(psychic=psychic, room_id=room.pk), psychic)


def test_the_last_one_in_a_closed_room_loses_it_for_good(room, ada, bob):
    assert not meaning(ada, room).is_final
    services.leave_room(psychic=bob, room_id=room.pk)
    assert meaning(ada, room).is_final
    services.leave_room(psychic=ada, room_id=room.pk)
    assert not lookups.visible_rooms(ada).filter(pk=room.pk).exists()


def test_the_last_one_in_an_open_room_may_come_back(open_room, ada, bob):
    services.leave_room(psychic=bob, room_id=open_room.pk)
    means = meaning(ada, open_room)
    assert (means.is_alone, means.is_final) == (True, False)


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.MEDITATION])
def test_the_heir_named_is_who_owns_it_then(ada, bob, mallory, kind):
    room, _ = services.create_room(psychic=ada, name="Three", kind=kind)
    for one in (bob, mallory):
        services.join_room(psychic=one, room_id=room.pk)
    assert meaning(ada, room).heir == "bob"
    assert meaning(bob, room).heir is None
    services.leave_room(psychic=ada, room_id=room.pk)
    assert RoomParticipant.objects.get(room=room, role="owner", is_active=True).psychic == bob


def test_what_is_agreed_to_has_another_name_once_it_means_something_else(open_room, ada, bob, mallory):
    keys = [meaning(ada, open_room).key]
    services.join_room(psychic=mallory, room_id=open_room.pk)
    keys.append(meaning(ada, open_room).key)
    services.leave_room(psychic=bob, room_id=open_room.pk)
    keys.append(meaning(ada, open_room).key)
    services.leave_room(psychic=mallory, room_id=open_room.pk)
    keys.append(meaning(ada, open_room).key)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_there_is_nothing_to_leave_where_one_is_not(open_room, ada, mallory):
    assert meaning(mallory, open_room) is None
    assert meaning(ada, lookups.everyone_room()) is None


def test_a_room_that_has_ended_is_left_for_good_and_to_nobody(open_room, ada):
    services.end_room(psychic=ada, room_id=open_room.pk)
    means = meaning(ada, open_room)
    assert (means.has_ended, means.heir, means.key) == (True, None, "ended")
