"""What is told to whom, in which order, over the real layer and after the commit."""

import json

import pytest
from django.db import transaction
from django.utils import timezone

from presence.models import Connection, Node, Psychic
from presence.signals import presence_changed
from rooms import lookups, restrictions, services
from rooms.reconcile import messages, recent_changes

pytestmark = pytest.mark.django_db


def summary(heard):
    return [(kind, psychic, line["type"], line["payload"].get("kind")) for kind, psychic, line in heard]


def test_who_comes_in_is_attached_before_the_room_is_told(open_room, mallory, listen):
    ear = listen(open_room.pk)
    services.join_room(psychic=mallory, room_id=open_room.pk)
    [attach, joined] = ear.heard()
    assert attach[:2] == ("attach", mallory.pk)
    assert attach[2] == {
        "type": "room.added",
        "payload": {
            "id": open_room.pk,
            "name": "The garden",
            "kind": "open",
            "role": "participant",
            "last_seq": 0,
            "delivered_seq": 0,
            "read_seq": 0,
            "unread": 0,
            "mentions": 0,
            "unread_from": None,
        },
    }
    assert (joined[2]["type"], joined[2]["room"]) == ("participant.joined", open_room.pk)
    assert joined[2]["payload"]["psychic"]["username"] == "mallory"
    services.join_room(psychic=mallory, room_id=open_room.pk)
    assert ear.heard() == []


def test_who_goes_out_is_told_after_the_room(open_room, ada, bob, listen):
    ear = listen(open_room.pk)
    services.leave_room(psychic=ada, room_id=open_room.pk)
    heard = ear.heard()
    assert summary(heard) == [
        ("room", None, "participant.left", None),
        ("detach", ada.pk, "room.removed", "left"),
        ("room", None, "participant.updated", None),
    ]
    assert heard[1][2]["payload"] == {"room": open_room.pk, "kind": "left", "reason": None, "until": None}
    assert heard[2][2]["payload"]["psychic"]["username"] == "bob"
    assert heard[2][2]["payload"]["role"] == "owner"
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert ear.heard() == []


@pytest.mark.parametrize("kind", ["kick", "ban"])
def test_who_is_put_out_is_told_why(open_room, ada, bob, listen, kind):
    ear = listen(open_room.pk)
    minutes = 5 if kind == "ban" else None
    restriction = restrictions.restrict(
        psychic=ada, room_id=open_room.pk, username="bob", kind=kind, reason="loud", minutes=minutes
    )
    heard = ear.heard()
    assert summary(heard) == [("room", None, "participant.left", None), ("detach", bob.pk, "room.removed", kind)]
    until = restriction.until.isoformat().replace("+00:00", "Z") if kind == "ban" else None
    assert heard[1][2]["payload"] == {"room": open_room.pk, "kind": kind, "reason": "loud", "until": until}


def test_a_mute_or_a_ban_of_who_is_not_in_puts_nobody_out(open_room, ada, bob, mallory, listen):
    ear = listen(open_room.pk)
    restrictions.restrict(psychic=ada, room_id=open_room.pk, username="bob", kind="mute", reason="loud")
    restrictions.restrict(psychic=ada, room_id=open_room.pk, username="mallory", kind="ban", reason="loud")
    assert [(line["type"], line["payload"]["psychic"]["username"]) for _, _, line in ear.heard()] == [
        ("participant.updated", "bob")  # by which his page knows to look again
    ]


def test_a_change_is_one_text_for_everybody(open_room, ada, listen):
    ear = listen(open_room.pk)
    services.update_room(psychic=ada, room_id=open_room.pk, name="New name")
    [(kind, _, line)] = ear.heard()
    assert (kind, line["type"], line["room"], line["payload"]["name"]) == (
        "room",
        "room.updated",
        open_room.pk,
        "New name",
    )
    assert "my_role" not in line["payload"]
    services.update_room(psychic=ada, room_id=open_room.pk, name="New name")
    assert ear.heard() == []


def test_the_end_is_told_to_all_who_were_in(open_room, ada, bob, listen):
    ear = listen(open_room.pk)
    services.end_room(psychic=ada, room_id=open_room.pk)
    assert sorted(summary(ear.heard())) == [
        ("detach", ada.pk, "room.removed", "closed"),
        ("detach", bob.pk, "room.removed", "closed"),
    ]


def test_a_process_that_was_told_nothing_finds_it_in_the_table(open_room, room, ada, bob, mallory):
    since = timezone.now()
    services.join_room(psychic=mallory, room_id=open_room.pk)
    services.leave_room(psychic=bob, room_id=open_room.pk)
    services.end_room(psychic=ada, room_id=room.pk)
    seen = recent_changes(since)
    assert {(psychic, room_id, is_in) for _, psychic, room_id, is_in in seen} == {
        (mallory.pk, open_room.pk, True), (bob.pk, open_room.pk, False), (bob.pk, room.pk, False),
        (ada.pk, room.pk, False),
    }  # fmt: skip
    found = messages([pk for pk, *_ in seen])
    kinds = {(one["type"], one["psychic"], json.loads(one["line"])["payload"].get("kind")) for one in found}
    assert kinds == {
        ("attach", mallory.pk, "open"),
        ("detach", bob.pk, "left"),
        ("detach", bob.pk, "closed"),
        ("detach", ada.pk, "closed"),
    }


def test_comings_and_goings_are_numbered_in_their_order(open_room, ada, bob, mallory, listen):
    """By which a process knows the older of two that arrive the other way round."""
    ear = listen(open_room.pk)
    since = timezone.now()
    services.join_room(psychic=mallory, room_id=open_room.pk)
    restrictions.restrict(psychic=ada, room_id=open_room.pk, username="mallory", kind="kick", reason="loud")
    services.join_room(psychic=mallory, room_id=open_room.pk)
    read_when_in = version_of(mallory, since)
    services.end_room(psychic=ada, room_id=open_room.pk)
    came, kicked, back, ended = ear.versions(mallory)
    assert came < kicked < back < ended
    assert (read_when_in, version_of(mallory, since)) == (back, ended), "whoever reads them knows the same"


def version_of(psychic, since):
    [found] = messages([row for row, who, *_ in recent_changes(since) if who == psychic.pk])
    return found["version"]


def test_a_new_link_reaches_both(ada, bob, listen):
    ear = listen(0)
    room, _ = services.create_room(psychic=ada, kind="private", with_username="bob")
    heard = ear.heard()
    assert sorted((kind, psychic, line["payload"]["role"]) for kind, psychic, line in heard) == [
        ("attach", ada.pk, "owner"),
        ("attach", bob.pk, "participant"),
    ]
    services.create_room(psychic=bob, kind="private", with_username="ada")
    assert ear.heard() == []
    ear = listen(room.pk)
    services.leave_room(psychic=bob, room_id=room.pk)
    ear.heard()
    services.create_room(psychic=ada, kind="private", with_username="bob")
    assert ear.heard() == [], "who has left is asked"
    services.create_room(psychic=bob, kind="private", with_username="ada")
    assert summary(ear.heard()) == [
        ("attach", bob.pk, "room.added", "private"),
        ("room", None, "participant.joined", None),
    ]


def test_what_is_rolled_back_is_told_to_nobody(open_room, mallory, listen):
    ear = listen(open_room.pk)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.join_room(psychic=mallory, room_id=open_room.pk)
        raise RuntimeError
    assert ear.heard() == []


@pytest.mark.django_db(transaction=True)
def test_nobody_looks_at_a_room_they_are_out_of(open_room, room, ada, bob):
    node = Node.objects.create(host="here", pid=1)
    here = Connection.objects.create(psychic=bob, node=node, room_id=open_room.pk)
    elsewhere = Connection.objects.create(psychic=bob, node=node, room_id=room.pk)
    Psychic.objects.filter(pk=bob.pk).update(room_id=open_room.pk)
    services.leave_room(psychic=bob, room_id=open_room.pk)
    for row in (here, elsewhere, bob):
        row.refresh_from_db()
    assert (here.room_id, elsewhere.room_id, bob.room_id) == (None, room.pk, None)


def test_presence_is_told_to_the_rooms_of_each_in_two_queries(
    open_room, room, ada, bob, mallory, listen, django_assert_num_queries
):
    ear = listen(open_room.pk)
    with django_assert_num_queries(2):
        presence_changed.send(sender=Psychic, psychics=[ada, bob, mallory])
    [message] = ear.messages()
    everyone = lookups.everyone_room().pk
    rooms = {psychic_id: sorted(room_ids) for _, psychic_id, room_ids in message["changes"]}
    both = sorted([everyone, open_room.pk, room.pk])
    assert rooms == {ada.pk: both, bob.pk: both, mallory.pk: [everyone]}
