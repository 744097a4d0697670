"""Coming, going, handing on, and the mind-link of two."""

import pytest

from presence.models import Psychic, Status
from rooms import lookups, roles, services
from rooms.models import Room
from rooms.shapes import participant_out
from rooms.tests.checks import count, refused, roles_in

pytestmark = pytest.mark.django_db


def test_who_comes_in_starts_at_the_head(open_room, mallory, api):
    Room.objects.filter(pk=open_room.pk).update(last_seq=7)
    answer = api(mallory).post(f"/rooms/{open_room.pk}/join", {}, format="json")
    assert answer.status_code == 201
    body = answer.json()
    joined_at = body.pop("joined_at")
    assert joined_at.endswith("Z")
    assert body == {
        "room": open_room.pk,
        "psychic": {
            "id": mallory.pk,
            "username": "mallory",
            "status": "offline",
            "note": "",
            "until": None,
            "last_online": None,
        },
        "role": "participant",
        "delivered_seq": 7,
        "read_seq": 7,
    }
    again = api(mallory).post(f"/rooms/{open_room.pk}/join")
    assert (again.status_code, again.json()["joined_at"]) == (200, joined_at)
    assert count(open_room) == 3


def test_who_returns_starts_at_the_head_as_a_participant(open_room, ada, bob):
    roles.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="moderator")
    services.leave_room(psychic=bob, room_id=open_room.pk)
    Room.objects.filter(pk=open_room.pk).update(last_seq=9)
    row, created = services.join_room(psychic=bob, room_id=open_room.pk)
    assert (created, row.role, row.delivered_seq, row.read_seq) == (True, "participant", 9, 9)
    row.refresh_from_db()
    assert (row.is_active, row.left_at, row.read_seq) == (True, None, 9)
    assert count(open_room) == 2


def test_a_full_room_takes_nobody(ada, bob, mallory, api):
    room, _ = services.create_room(psychic=ada, name="x", max_participants=1)
    answer = api(bob).post(f"/rooms/{room.pk}/join", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "room_full")
    assert count(room) == 1
    services.leave_room(psychic=ada, room_id=room.pk)
    services.join_room(psychic=bob, room_id=room.pk)
    assert roles_in(room) == {"bob": "owner"}


def test_leaving_twice_is_the_same_as_once(room, bob, mallory, api):
    for _ in range(2):
        assert api(bob).delete(f"/rooms/{room.pk}/leave").status_code == 204
    assert count(room) == 1
    assert api(bob).get(f"/rooms/{room.pk}").status_code == 404


def test_leaving_a_room_one_was_never_in(open_room, mallory):
    refused("not_participant", services.leave_room, psychic=mallory, room_id=open_room.pk)


def test_the_last_owner_hands_on_to_the_longest_standing_moderator(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="mallory", role="moderator")
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert roles_in(open_room) == {"bob": "participant", "mallory": "owner"}


def test_without_moderators_it_is_the_longest_standing_participant(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert roles_in(open_room) == {"bob": "owner", "mallory": "participant"}


def test_an_owner_who_is_not_the_last_hands_on_nothing(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="mallory", role="owner")
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert roles_in(open_room) == {"bob": "participant", "mallory": "owner"}


def test_a_room_with_nobody_left_stays_for_the_next_to_own(open_room, ada, bob, mallory):
    services.leave_room(psychic=ada, room_id=open_room.pk)
    services.leave_room(psychic=bob, room_id=open_room.pk)
    assert count(open_room) == 0
    services.join_room(psychic=mallory, room_id=open_room.pk)
    services.join_room(psychic=ada, room_id=open_room.pk)
    assert roles_in(open_room) == {"ada": "participant", "mallory": "owner"}


def test_an_account_that_is_deleted_frees_its_place_and_hands_on(open_room, ada):
    ada.delete()
    assert (count(open_room), roles_in(open_room)) == (1, {"bob": "owner"})


def test_rooms_of_one_psychic_are_bounded(open_room, mallory, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"ROOMS_PER_PSYCHIC": 2}
    ended, _ = services.create_room(psychic=mallory, name="ended")
    services.end_room(psychic=mallory, room_id=ended.pk)
    for n in range(2):
        services.create_room(psychic=mallory, name=f"room {n}")
    assert refused("conflict", services.join_room, psychic=mallory, room_id=open_room.pk).status == 409
    refused("conflict", services.create_room, psychic=mallory, name="one more")
    refused("conflict", services.create_room, psychic=mallory, kind="private", with_username="ada")
    assert count(open_room) == 2
    settings.LIMITS_ENFORCED = False
    services.join_room(psychic=mallory, room_id=open_room.pk)


def test_joins_are_bounded(open_room, mallory, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"JOIN_RATE": settings.LIMITS["JOIN_RATE"]._replace(burst=1)}
    services.join_room(psychic=mallory, room_id=open_room.pk)
    refused("rate_limited", services.join_room, psychic=mallory, room_id=open_room.pk)


def test_an_invisible_psychic_takes_part_and_shows_as_offline(open_room, ada, mallory):
    fields = {"status": Status.INVISIBLE, "chosen_status": Status.INVISIBLE, "note": "hidden"}
    Psychic.objects.filter(pk=mallory.pk).update(**fields)
    row, _ = services.join_room(psychic=mallory, room_id=open_room.pk)
    assert (participant_out(row).psychic.status, participant_out(row).psychic.note) == ("offline", "")
    seen = lookups.list_participants(psychic=ada, room_id=open_room.pk)[-1].psychic
    assert (seen.username, seen.status, seen.note) == ("mallory", "offline", "")
