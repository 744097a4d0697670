"""Roles, invitations, restrictions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from presence.models import Psychic
from rooms import moderation, services
from rooms.models import Invitation, Restriction, Room
from rooms.tests.checks import count, refused, roles
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(open_room, ada):
    """A moderator of the open room."""
    carol = make_psychic("carol")
    services.join_room(psychic=carol, room_id=open_room.pk)
    moderation.set_role(psychic=ada, room_id=open_room.pk, username="carol", role="moderator")
    return carol


def restrict(by, room, username, kind, **fields):
    fields = {"reason": "loud"} | fields
    return moderation.restrict(psychic=by, room_id=room.pk, username=username, kind=kind, **fields)


# Roles


def test_owners_give_roles_and_moderators_do_not(open_room, ada, bob, carol, api):
    answer = api(ada).patch(f"/rooms/{open_room.pk}/participants/BOB", {"role": "owner"}, format="json")
    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    refused(
        "permission_denied",
        moderation.set_role,
        psychic=carol,
        room_id=open_room.pk,
        username="ada",
        role="participant",
    )
    assert roles(open_room) == {"ada": "owner", "bob": "owner", "carol": "moderator"}


def test_the_last_owner_stays_owner(open_room, ada, bob):
    fields = {"psychic": ada, "room_id": open_room.pk, "username": "ada", "role": "participant"}
    assert refused("conflict", moderation.set_role, **fields).status == 409
    moderation.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="owner")
    moderation.set_role(**fields)
    assert roles(open_room) == {"ada": "participant", "bob": "owner"}


@pytest.mark.parametrize("username", ["mallory", "nobody", "x", "nul\x00", "%2e%2e", "ada " * 20])
def test_who_is_not_in_has_no_role(open_room, ada, mallory, api, username):
    refused("not_found", moderation.set_role, psychic=ada, room_id=open_room.pk, username=username, role="owner")


def test_a_role_there_is_not_is_refused(open_room, ada, api):
    answer = api(ada).patch(f"/rooms/{open_room.pk}/participants/bob", {"role": "king"}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["role"])


# Invitations


def test_a_code_lets_in_as_often_as_it_says(room, ada, mallory, api):
    answer = api(ada).post(f"/rooms/{room.pk}/invitations", {"max_uses": 1, "hours": 2}, format="json")
    assert answer.status_code == 201
    invitation = answer.json()
    assert invitation["url"] == f"http://testserver/room/{room.pk}?invitation={invitation['code']}"
    assert (invitation["max_uses"], invitation["uses"], invitation["psychic"]) == (1, 0, None)
    body = {"invitation": invitation["code"]}
    assert api(mallory).post(f"/rooms/{room.pk}/join", body, format="json").status_code == 201
    late = api(make_psychic("late")).post(f"/rooms/{room.pk}/join", body, format="json")
    assert late.status_code == 404
    assert api(mallory).post(f"/rooms/{room.pk}/join", body, format="json").status_code == 200
    assert Invitation.objects.get(code=invitation["code"]).uses == 1


def test_who_is_named_needs_no_code(room, ada, mallory):
    moderation.invite(psychic=ada, room_id=room.pk, username="Mallory")
    _, created = services.join_room(psychic=mallory, room_id=room.pk)
    assert created
    services.leave_room(psychic=mallory, room_id=room.pk)
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk)


def test_anothers_invitation_lets_nobody_else_in(room, ada, mallory):
    make_psychic("dora")
    code = moderation.invite(psychic=ada, room_id=room.pk, username="dora").code
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)


@pytest.mark.parametrize("code", ["", "x", "nul\x00", "y" * 5000, "\u2028", "' OR 1=1 --"])
def test_a_wrong_code_is_as_good_as_none(room, mallory, code):
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)


def test_an_invitation_to_another_room_or_of_yesterday_is_none(room, ada, mallory):
    other, _ = services.create_room(psychic=ada, name="other", kind="closed")
    code = moderation.invite(psychic=ada, room_id=other.pk).code
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused("not_found", services.join_room, psychic=mallory, room_id=other.pk, invitation=code)


def test_a_full_room_uses_up_no_invitation(room, ada, mallory):
    services.update_room(psychic=ada, room_id=room.pk, max_participants=2)
    invitation = moderation.invite(psychic=ada, room_id=room.pk)
    refused("room_full", services.join_room, psychic=mallory, room_id=room.pk, invitation=invitation.code)
    invitation.refresh_from_db()
    assert invitation.uses == 0


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": 1001}, "max_uses"),
        ({"max_uses": 10**30}, "max_uses"),
        ({"hours": 0}, "hours"),
        ({"hours": 10**30}, "hours"),
        ({"hours": "2"}, "hours"),
        ({"username": "nobody"}, "username"),
        ({"username": "bob", "max_uses": 2}, "max_uses"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(room, ada, api, fields, field):
    answer = api(ada).post(f"/rooms/{room.pk}/invitations", fields, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


MAKER_GOES = {
    "demoted": lambda ada, room: moderation.set_role(
        psychic=ada, room_id=room.pk, username="carol", role="participant"
    ),
    "kicked": lambda ada, room: restrict(ada, room, "carol", "kick"),
    "banned": lambda ada, room: restrict(ada, room, "carol", "ban"),
    "left": lambda ada, room: services.leave_room(psychic=Psychic.objects.get(username="carol"), room_id=room.pk),
    "closed": lambda ada, room: Psychic.objects.filter(username="carol").update(is_active=False),
    "banned from the network": lambda ada, room: Psychic.objects.filter(username="carol").update(
        banned_until=timezone.now() + timedelta(hours=1)
    ),
    "deleted": lambda ada, room: Psychic.objects.get(username="carol").delete(),
}


def moderated_by(room, ada, username):
    """A moderator who comes into the closed room."""
    moderator = make_psychic(username)
    moderation.invite(psychic=ada, room_id=room.pk, username=username)
    services.join_room(psychic=moderator, room_id=room.pk)
    moderation.set_role(psychic=ada, room_id=room.pk, username=username, role="moderator")
    return moderator


@pytest.mark.parametrize("goes", MAKER_GOES)
def test_an_invitation_is_void_with_its_makers_role(room, ada, mallory, api, goes):
    carol, dora = moderated_by(room, ada, "carol"), make_psychic("dora")
    code = moderation.invite(psychic=carol, room_id=room.pk, max_uses=9, hours=2160).code
    moderation.invite(psychic=carol, room_id=room.pk, username="dora")
    mine = moderation.invite(psychic=ada, room_id=room.pk)
    MAKER_GOES[goes](ada, room)
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)
    refused("not_found", services.join_room, psychic=dora, room_id=room.pk)
    listed = api(ada).get(f"/rooms/{room.pk}/invitations").json()["results"]
    assert [one["id"] for one in listed] == [mine.pk]
    services.join_room(psychic=mallory, room_id=room.pk, invitation=mine.code)


def test_who_comes_back_to_a_role_has_no_old_invitations(room, ada, mallory):
    carol = moderated_by(room, ada, "carol")
    code = moderation.invite(psychic=carol, room_id=room.pk).code
    restrict(ada, room, "carol", "kick")
    services.join_room(psychic=carol, room_id=room.pk)
    moderation.set_role(psychic=ada, room_id=room.pk, username="carol", role="moderator")
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)


def test_moderators_list_and_withdraw_what_any_of_them_made(room, ada, mallory, api):
    carol = moderated_by(room, ada, "carol")
    made = api(ada).post(f"/rooms/{room.pk}/invitations", {"max_uses": 2, "hours": 2}, format="json").json()
    named = moderation.invite(psychic=ada, room_id=room.pk, username="mallory")
    spent = moderation.invite(psychic=ada, room_id=room.pk)
    services.join_room(psychic=make_psychic("dora"), room_id=room.pk, invitation=spent.code)
    path = f"/rooms/{room.pk}/invitations"
    listed = api(carol).get(path).json()
    assert [one["id"] for one in listed["results"]] == [named.pk, made["id"]], "newest first, without what is used up"
    assert listed["results"][1] == made

    for invitation_id in (made["id"], named.pk):
        assert api(carol).delete(f"{path}/{invitation_id}").status_code == 204
        assert api(carol).delete(f"{path}/{invitation_id}").status_code == 404
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=made["code"])
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk)
    assert api(carol).get(path).json()["results"] == []


def test_anothers_rooms_invitation_is_not_withdrawn(room, ada, mallory, api):
    hers = moderation.invite(psychic=ada, room_id=room.pk)
    own, _ = services.create_room(psychic=mallory, name="lair", kind="closed")
    for invitation_id in (hers.pk, 0, 10**29):
        assert api(mallory).delete(f"/rooms/{own.pk}/invitations/{invitation_id}").status_code == 404
    assert [one["id"] for one in api(ada).get(f"/rooms/{room.pk}/invitations").json()["results"]] == [hers.pk]


# Restrictions


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
    }
    assert roles(open_room) == {"ada": "owner"}
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
    moderation.lift(psychic=ada, room_id=room.pk, restriction_id=ban.pk)
    services.join_room(psychic=bob, room_id=room.pk)
    services.leave_room(psychic=bob, room_id=room.pk)
    refused("not_found", services.join_room, psychic=bob, room_id=room.pk)


def test_a_banned_outsider_of_a_closed_room_learns_nothing(room, ada, mallory):
    restrict(ada, room, "mallory", "ban")
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk)
    moderation.invite(psychic=ada, room_id=room.pk, username="mallory")
    refused("banned", services.join_room, psychic=mallory, room_id=room.pk)


def test_a_newer_ban_takes_the_place_of_the_older(open_room, ada, bob):
    restrict(ada, open_room, "bob", "ban")
    newer = restrict(ada, open_room, "bob", "ban", minutes=1)
    moderation.lift(psychic=ada, room_id=open_room.pk, restriction_id=newer.pk)
    services.join_room(psychic=bob, room_id=open_room.pk)


def test_moderators_restrict_participants_and_owners_also_moderators(open_room, ada, bob, carol):
    restrict(carol, open_room, "bob", "mute")
    refused("permission_denied", restrict, by=carol, room=open_room, username="ada", kind="kick")
    dora = make_psychic("dora")
    services.join_room(psychic=dora, room_id=open_room.pk)
    moderation.set_role(psychic=ada, room_id=open_room.pk, username="dora", role="moderator")
    refused("permission_denied", restrict, by=carol, room=open_room, username="dora", kind="mute")
    refused("permission_denied", restrict, by=bob, room=open_room, username="dora", kind="mute")
    restrict(ada, open_room, "carol", "kick")
    moderation.set_role(psychic=ada, room_id=open_room.pk, username="dora", role="owner")
    refused("permission_denied", restrict, by=ada, room=open_room, username="dora", kind="ban")
    assert roles(open_room) == {"ada": "owner", "bob": "participant", "dora": "owner"}


def test_nobody_lifts_what_was_put_on_themselves(open_room, ada, carol):
    restriction = restrict(ada, open_room, "carol", "mute")
    refused("permission_denied", moderation.lift, psychic=carol, room_id=open_room.pk, restriction_id=restriction.pk)
    moderation.lift_as_staff(room_id=open_room.pk, restriction_id=restriction.pk)


def test_a_restriction_is_lifted_in_its_own_room_only(room, open_room, ada, bob):
    restriction = restrict(ada, room, "bob", "mute")
    refused("not_found", moderation.lift, psychic=ada, room_id=open_room.pk, restriction_id=restriction.pk)
    refused("not_found", moderation.lift, psychic=ada, room_id=room.pk, restriction_id=2**63)


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
