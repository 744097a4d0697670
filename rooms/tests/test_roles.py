"""Who owns a room and who moderates it."""

import pytest

from rooms import roles
from rooms.tests.checks import refused, roles_in

pytestmark = pytest.mark.django_db


def test_owners_give_roles_and_moderators_do_not(open_room, ada, bob, carol, api):
    answer = api(ada).patch(f"/rooms/{open_room.pk}/participants/BOB", {"role": "owner"}, format="json")
    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    refused(
        "permission_denied",
        roles.set_role,
        psychic=carol,
        room_id=open_room.pk,
        username="ada",
        role="participant",
    )
    assert roles_in(open_room) == {"ada": "owner", "bob": "owner", "carol": "moderator"}


def test_the_last_owner_stays_owner(open_room, ada, bob):
    fields = {"psychic": ada, "room_id": open_room.pk, "username": "ada", "role": "participant"}
    assert refused("conflict", roles.set_role, **fields).status == 409
    roles.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="owner")
    roles.set_role(**fields)
    assert roles_in(open_room) == {"ada": "participant", "bob": "owner"}


@pytest.mark.parametrize("username", ["mallory", "nobody", "x", "nul\x00", "%2e%2e", "ada " * 20])
def test_who_is_not_in_has_no_role(open_room, ada, mallory, api, username):
    refused("not_found", roles.set_role, psychic=ada, room_id=open_room.pk, username=username, role="owner")


def test_a_role_there_is_not_is_refused(open_room, ada, api):
    answer = api(ada).patch(f"/rooms/{open_room.pk}/participants/bob", {"role": "king"}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["role"])


def test_a_room_is_handed_over_in_one_step(cast, api):
    answer = api(cast.owner).post(f"/rooms/{cast.room.pk}/owner", {"username": "PAUL"}, format="json")
    assert (answer.status_code, answer.json()["role"]) == (200, "owner")
    assert roles_in(cast.room) == {"olga": "moderator", "mona": "moderator", "paul": "owner", "rita": "participant"}


@pytest.mark.parametrize("part", ["moderator", "participant", "restricted", "outsider"])
def test_only_an_owner_hands_over(cast, api, part):
    answer = api(cast.everybody()[part]).post(f"/rooms/{cast.room.pk}/owner", {"username": "paul"}, format="json")
    assert (answer.status_code, answer.json()["code"] in ("permission_denied", "not_participant")) == (403, True)
    assert roles_in(cast.room)["olga"] == "owner"


@pytest.mark.parametrize(
    "username, code", [("olga", "validation_error"), ("otto", "not_found"), ("nobody-x", "validation_error")]
)
def test_nobody_is_made_owner_who_is_not_somebody_else_in_the_room(cast, username, code):
    refused(code, roles.hand_over, psychic=cast.owner, room_id=cast.room.pk, username=username)
    assert roles_in(cast.room)["olga"] == "owner"
