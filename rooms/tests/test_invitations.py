"""Who is let into a closed room."""

from datetime import timedelta

import pytest
from django.utils import timezone

from presence.models import Psychic
from rooms import invitations, restrictions, roles, services
from rooms.models import Invitation
from rooms.tests.checks import refused
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db


def restrict(by, room, username, kind, **fields):
    fields = {"reason": "loud"} | fields
    return restrictions.restrict(psychic=by, room_id=room.pk, username=username, kind=kind, **fields)


def test_a_code_lets_in_as_often_as_it_says(room, ada, mallory, api):
    answer = api(ada).post(f"/rooms/{room.pk}/invitations", {"max_uses": 1, "hours": 2}, format="json")
    assert answer.status_code == 201
    invitation = answer.json()
    assert invitation["url"] == f"http://testserver/invite/{invitation['code']}"
    assert (invitation["max_uses"], invitation["uses"], invitation["psychic"]) == (1, 0, None)
    body = {"invitation": invitation["code"]}
    assert api(mallory).post(f"/rooms/{room.pk}/join", body, format="json").status_code == 201
    late = api(make_psychic("late")).post(f"/rooms/{room.pk}/join", body, format="json")
    assert late.status_code == 404
    assert api(mallory).post(f"/rooms/{room.pk}/join", body, format="json").status_code == 200
    assert Invitation.objects.get(code=invitation["code"]).uses == 1


def test_who_is_named_needs_no_code(room, ada, mallory):
    invitations.invite(psychic=ada, room_id=room.pk, username="Mallory")
    _, created = services.join_room(psychic=mallory, room_id=room.pk)
    assert created
    services.leave_room(psychic=mallory, room_id=room.pk)
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk)


def test_anothers_invitation_lets_nobody_else_in(room, ada, mallory):
    make_psychic("dora")
    code = invitations.invite(psychic=ada, room_id=room.pk, username="dora").code
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)


@pytest.mark.parametrize("code", ["", "x", "nul\x00", "y" * 5000, "\u2028", "' OR 1=1 --"])
def test_a_wrong_code_is_as_good_as_none(room, mallory, code):
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)


def test_an_invitation_to_another_room_or_of_yesterday_is_none(room, ada, mallory):
    other, _ = services.create_room(psychic=ada, name="other", kind="closed")
    code = invitations.invite(psychic=ada, room_id=other.pk).code
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused("not_found", services.join_room, psychic=mallory, room_id=other.pk, invitation=code)


def test_a_full_room_uses_up_no_invitation(room, ada, mallory):
    services.update_room(psychic=ada, room_id=room.pk, max_participants=2)
    invitation = invitations.invite(psychic=ada, room_id=room.pk)
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
    "demoted": lambda ada, room: roles.set_role(psychic=ada, room_id=room.pk, username="carol", role="participant"),
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
    invitations.invite(psychic=ada, room_id=room.pk, username=username)
    services.join_room(psychic=moderator, room_id=room.pk)
    roles.set_role(psychic=ada, room_id=room.pk, username=username, role="moderator")
    return moderator


@pytest.mark.parametrize("goes", MAKER_GOES)
def test_an_invitation_is_void_with_its_makers_role(room, ada, mallory, api, goes):
    carol, dora = moderated_by(room, ada, "carol"), make_psychic("dora")
    code = invitations.invite(psychic=carol, room_id=room.pk, max_uses=9, hours=2160).code
    invitations.invite(psychic=carol, room_id=room.pk, username="dora")
    mine = invitations.invite(psychic=ada, room_id=room.pk)
    MAKER_GOES[goes](ada, room)
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)
    refused("not_found", services.join_room, psychic=dora, room_id=room.pk)
    listed = api(ada).get(f"/rooms/{room.pk}/invitations").json()["results"]
    assert [one["id"] for one in listed] == [mine.pk]
    services.join_room(psychic=mallory, room_id=room.pk, invitation=mine.code)


def test_who_comes_back_to_a_role_has_no_old_invitations(room, ada, mallory):
    carol = moderated_by(room, ada, "carol")
    code = invitations.invite(psychic=carol, room_id=room.pk).code
    restrict(ada, room, "carol", "kick")
    services.join_room(psychic=carol, room_id=room.pk)
    roles.set_role(psychic=ada, room_id=room.pk, username="carol", role="moderator")
    refused("not_found", services.join_room, psychic=mallory, room_id=room.pk, invitation=code)


def test_moderators_list_and_withdraw_what_any_of_them_made(room, ada, mallory, api):
    carol = moderated_by(room, ada, "carol")
    made = api(ada).post(f"/rooms/{room.pk}/invitations", {"max_uses": 2, "hours": 2}, format="json").json()
    named = invitations.invite(psychic=ada, room_id=room.pk, username="mallory")
    spent = invitations.invite(psychic=ada, room_id=room.pk)
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
    hers = invitations.invite(psychic=ada, room_id=room.pk)
    own, _ = services.create_room(psychic=mallory, name="lair", kind="closed")
    for invitation_id in (hers.pk, 0, 10**29):
        assert api(mallory).delete(f"/rooms/{own.pk}/invitations/{invitation_id}").status_code == 404
    assert [one["id"] for one in api(ada).get(f"/rooms/{room.pk}/invitations").json()["results"]] == [hers.pk]
