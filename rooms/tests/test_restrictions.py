"""What moderators put on people, and how it ends."""

import pytest
from django.utils import timezone

from rooms import invitations, restrictions, roles, services
from rooms.models import Restriction, Room
from rooms.tests.checks import count, refused, roles_in
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db


def restrict(by, room, username, kind, **fields):
    fields = {"reason": "loud"} | fields
    return restrictions.restrict(psychic=by, room_id=room.pk, username=username, kind=kind, **fields)


def test_a_kick_puts_out_and_lets_back_in(open_room, ada, bob, api):
    body = {"username": "bob", "kind": "kick", "reason": "cool down"}
    answer = api(ada).post(f"/rooms/{open_room.pk}/restrictions", body, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert made.pop("created_at").endswith("Z")
    assert made == {
        "id": Restriction.objects.get().pk,
        "room": open_room.pk,
        "psychic": {"id": bob.pk, "username": "bob"},
        "kind": "kick",
        "reason": "cool down",
        "created_by": {"id": ada.pk, "username": "ada"},
        "until": None,
        "seconds": None,
        "answer": "",
        "answered_at": None,
    }
    assert roles_in(open_room) == {"ada": "owner"}
    _, created = services.join_room(psychic=bob, room_id=open_room.pk)
    assert created and count(open_room) == 2


def test_a_ban_keeps_out_with_reason_and_end(open_room, ada, bob, api):
    restriction = restrict(ada, open_room, "bob", "ban", minutes=5, reason="spam")
    answer = api(bob).post(f"/rooms/{open_room.pk}/join", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "banned")
    assert answer.json()["reason"] == "spam"
    assert answer.json()["until"] == restriction.until.isoformat().replace("+00:00", "Z")
    assert 299 < (restriction.until - timezone.now()).total_seconds() <= 300
    Restriction.objects.update(until=timezone.now())
    services.join_room(psychic=bob, room_id=open_room.pk)


def test_a_ban_without_minutes_lasts_until_it_is_lifted(open_room, ada, bob, api):
    restriction = restrict(ada, open_room, "bob", "ban")
    error = refused("banned", services.join_room, psychic=bob, room_id=open_room.pk)
    assert error.extra == {"reason": "loud", "until": None}
    path = f"/rooms/{open_room.pk}/restrictions"
    assert [one["id"] for one in api(ada).get(path).json()["results"]] == [restriction.pk]
    assert api(ada).delete(f"{path}/{restriction.pk}").status_code == 204
    assert api(ada).delete(f"{path}/{restriction.pk}").status_code == 404
    assert api(ada).get(path).json()["results"] == []
    services.join_room(psychic=bob, room_id=open_room.pk)


def test_from_a_closed_room_too_a_kick_lets_back_in_and_a_ban_says_why(room, ada, bob):
    restrict(ada, room, "bob", "kick")
    services.join_room(psychic=bob, room_id=room.pk)
    ban = restrict(ada, room, "bob", "ban")
    refused("banned", services.join_room, psychic=bob, room_id=room.pk)
    restrictions.lift(psychic=ada, room_id=room.pk, restriction_id=ban.pk)
    services.join_room(psychic=bob, room_id=room.pk)
    services.leave_room(psychic=bob, room_id=room.pk)
    refused("not_found", services.join_room, psychic=bob, room_id=room.pk)


def test_a_banned_outsider_of_a_closed_room_learns_nothing(room, ada, mallory):
    restrict(ada, room, "mallory", "ban")
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk)
    invitations.invite(psychic=ada, room_id=room.pk, username="mallory")
    refused("banned", services.join_room, psychic=mallory, room_id=room.pk)


def test_a_newer_ban_takes_the_place_of_the_older(open_room, ada, bob):
    restrict(ada, open_room, "bob", "ban")
    newer = restrict(ada, open_room, "bob", "ban", minutes=1)
    restrictions.lift(psychic=ada, room_id=open_room.pk, restriction_id=newer.pk)
    services.join_room(psychic=bob, room_id=open_room.pk)


def test_moderators_restrict_participants_and_owners_also_moderators(open_room, ada, bob, carol):
    restrict(carol, open_room, "bob", "mute")
    refused("permission_denied", restrict, by=carol, room=open_room, username="ada", kind="kick")
    dora = make_psychic("dora")
    services.join_room(psychic=dora, room_id=open_room.pk)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="dora", role="moderator")
    refused("permission_denied", restrict, by=carol, room=open_room, username="dora", kind="mute")
    refused("permission_denied", restrict, by=bob, room=open_room, username="dora", kind="mute")
    restrict(ada, open_room, "carol", "kick")
    roles.set_role(psychic=ada, room_id=open_room.pk, username="dora", role="owner")
    refused("permission_denied", restrict, by=ada, room=open_room, username="dora", kind="ban")
    assert roles_in(open_room) == {"ada": "owner", "bob": "participant", "dora": "owner"}


def test_nobody_lifts_what_was_put_on_themselves(open_room, ada, carol):
    restriction = restrict(ada, open_room, "carol", "mute")
    refused("permission_denied", restrictions.lift, psychic=carol, room_id=open_room.pk, restriction_id=restriction.pk)
    restrictions.lift_as_staff(by=ada, room_id=open_room.pk, restriction_id=restriction.pk)


def test_a_restriction_is_lifted_in_its_own_room_only(room, open_room, ada, bob):
    restriction = restrict(ada, room, "bob", "mute")
    refused("not_found", restrictions.lift, psychic=ada, room_id=open_room.pk, restriction_id=restriction.pk)
    refused("not_found", restrictions.lift, psychic=ada, room_id=room.pk, restriction_id=2**63)


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"kind": "ban", "reason": "x"}, "username"),
        ({"username": "bob", "kind": "ban"}, "reason"),
        ({"username": "bob", "kind": "ban", "reason": " "}, "reason"),
        ({"username": "bob", "kind": "ban", "reason": "x" * 201}, "reason"),
        ({"username": "bob", "kind": "ban", "reason": "two\nlines"}, "reason"),
        ({"username": "bob", "kind": "ban", "reason": "joi\u200dner"}, "reason"),
        ({"username": "bob", "kind": "ban", "reason": "\u2800"}, "reason"),
        ({"username": "bob", "kind": "stare", "reason": "x"}, "kind"),
        ({"username": "bob", "kind": "ban", "reason": "x", "minutes": 0}, "minutes"),
        ({"username": "bob", "kind": "ban", "reason": "x", "minutes": 10**30}, "minutes"),
        ({"username": "bob", "kind": "kick", "reason": "x", "minutes": 5}, "minutes"),
        ({"username": "nobody", "kind": "ban", "reason": "x"}, "username"),
        ({"username": "ada", "kind": "mute", "reason": "x"}, "username"),
        ({"username": "mallory", "kind": "kick", "reason": "x"}, "username"),
    ],
)
def test_a_restriction_that_makes_no_sense_is_refused(open_room, ada, mallory, api, fields, field):
    answer = api(ada).post(f"/rooms/{open_room.pk}/restrictions", fields, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), answer.content
    assert not Restriction.objects.exists()


def test_a_restricted_moderator_comes_back_as_participant(open_room, ada, carol):
    restrict(ada, open_room, "carol", "kick")
    row, _ = services.join_room(psychic=carol, room_id=open_room.pk)
    assert row.role == "participant"
    assert Room.objects.get(pk=open_room.pk).participant_count == 3


def test_who_is_slowed_down_waits_so_many_seconds(cast, api):
    body = {"username": "paul", "kind": "slow", "seconds": 30, "reason": "Take a breath"}
    answer = api(cast.moderator).post(f"/rooms/{cast.room.pk}/restrictions", body, format="json")
    assert (answer.status_code, answer.json()["seconds"]) == (201, 30)
    restrictions.restrict(
        psychic=cast.owner, room_id=cast.room.pk, username="paul", kind="slow", seconds=60, reason="A deeper one"
    )
    assert list(Restriction.objects.in_force().filter(kind="slow").values_list("seconds", flat=True)) == [60]


@pytest.mark.parametrize("kind, seconds", [("slow", None), ("slow", 0), ("slow", 3601), ("mute", 30), ("kick", 1)])
def test_seconds_belong_to_slowing_down_alone(cast, kind, seconds):
    error = refused(
        "validation_error", restrictions.restrict,
        psychic=cast.owner, room_id=cast.room.pk, username="paul", kind=kind, seconds=seconds, reason="x",
    )  # fmt: skip
    assert set(error.errors) == {"seconds"}


def test_staff_restrict_owners_too_but_nobody_in_a_mind_link(cast):
    staff = make_psychic("sam")
    put = {"by": staff, "room_id": cast.room.pk, "username": "olga", "kind": "mute", "reason": "Off the rails"}
    assert restrictions.restrict_as_staff(**put).created_by == staff
    assert cast.room.log.latest("pk").by == staff
    link, _ = services.create_room(psychic=cast.owner, kind="private", with_username="paul")
    refused("permission_denied", restrictions.restrict_as_staff, **put | {"room_id": link.pk})


def test_who_is_concerned_is_told_to_look_again(cast, listen):
    ear = listen(cast.room.pk)
    slow = restrictions.restrict(
        psychic=cast.owner, room_id=cast.room.pk, username="paul", kind="slow", seconds=9, reason="x"
    )
    restrictions.lift(psychic=cast.moderator, room_id=cast.room.pk, restriction_id=slow.pk)
    told = [(line["type"], line["payload"]["psychic"]["username"]) for _, _, line in ear.heard()]
    assert told == [("participant.updated", "paul")] * 2
