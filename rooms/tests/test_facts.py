"""What changes in a room is counted, so that who missed it can be told how it is now."""

import json

import pytest

from presence.models import Psychic
from rooms import facts, restrictions, roles, services
from rooms.models import Room, RoomParticipant


def revision(room):
    return Room.objects.values_list("revision", flat=True).get(pk=room.pk)


def told(room, after, limit=100):
    """[(event, what is named)] of what has changed above a revision."""
    lines, upto, is_all = facts.lines(room.pk, after, limit)
    events = [json.loads(line) for line in lines]
    names = [event["payload"].get("name") or event["payload"]["psychic"]["username"] for event in events]
    return [(event["type"], name) for event, name in zip(events, names, strict=True)], upto, is_all


CHANGES = {
    "name": lambda room, ada, bob, mallory: services.update_room(psychic=ada, room_id=room.pk, name="Attic"),
    "role": lambda room, ada, bob, mallory: roles.set_role(
        psychic=ada, room_id=room.pk, username="bob", role="moderator"
    ),
    "joining": lambda room, ada, bob, mallory: services.join_room(psychic=mallory, room_id=room.pk),
    "leaving": lambda room, ada, bob, mallory: services.leave_room(psychic=bob, room_id=room.pk),
    "kick": lambda room, ada, bob, mallory: restrictions.restrict(
        psychic=ada, room_id=room.pk, username="bob", kind="kick", reason="loud"
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_change_is_counted_and_told_with_its_count(open_room, ada, bob, mallory, listen, what):
    before = revision(open_room)
    ear = listen(open_room.pk)
    CHANGES[what](open_room, ada, bob, mallory)
    assert [one["revision"] for one in ear.messages() if one["type"] == "room"] == [before + 1]
    assert revision(open_room) == before + 1


def test_an_owner_who_leaves_is_two_changes(open_room, ada, bob):
    before = revision(open_room)
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert revision(open_room) == before + 2
    changes, _, _ = told(open_room, before)
    assert changes[1:] == [("participant.left", "ada"), ("participant.updated", "bob")]


def test_who_missed_changes_is_told_how_it_is_now(open_room, ada, bob, mallory):
    before = revision(open_room)
    services.join_room(psychic=mallory, room_id=open_room.pk)
    services.leave_room(psychic=mallory, room_id=open_room.pk)
    for name in ("Attic", "Cellar"):
        services.update_room(psychic=ada, room_id=open_room.pk, name=name)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="moderator")
    expected = [("room.updated", "Cellar"), ("participant.left", "mallory"), ("participant.updated", "bob")]
    assert told(open_room, before) == (expected, revision(open_room), True)
    assert told(open_room, revision(open_room)) == ([], revision(open_room), True)


def test_a_crowd_is_told_page_by_page(open_room, ada):
    before = revision(open_room)
    for number in range(5):
        services.join_room(psychic=Psychic.objects.create(username=f"crowd{number}"), room_id=open_room.pk)
    first, upto, is_all = told(open_room, before, limit=3)
    assert first[1:] == [("participant.joined", f"crowd{n}") for n in range(3)] and not is_all
    rest, upto, is_all = told(open_room, upto, limit=3)
    assert rest[1:] == [("participant.joined", "crowd3"), ("participant.joined", "crowd4")]
    assert (upto, is_all) == (revision(open_room), True)


def test_what_was_before_the_counting_is_told_to_nobody(open_room):
    """Rows of a release that did not count."""
    Room.objects.filter(pk=open_room.pk).update(revision=0)
    RoomParticipant.objects.filter(room=open_room).update(revision=0, joined_revision=0)
    assert told(open_room, 0) == ([], 0, True)
