"""A closed account is in no room, and counts for nothing in any rule about roles."""

import pytest

from messaging import services as messaging
from presence import operators
from presence.models import Psychic
from rooms import guides, lookups, roles, services
from rooms.models import Guide, RoomParticipant
from rooms.tests.checks import count, refused, roles_in
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db


def close_past_the_services(psychic):
    """As an earlier release, or somebody at the database, has left it: closed, and still in."""
    Psychic.objects.filter(pk=psychic.pk).update(is_active=False)


def test_a_closed_account_inherits_nothing(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="moderator")
    close_past_the_services(bob)
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert roles_in(open_room)["mallory"] == "owner"


def test_a_closed_co_owner_is_no_owner(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="owner")
    close_past_the_services(bob)
    demote = {"psychic": ada, "room_id": open_room.pk, "username": "ada", "role": "participant"}
    refused("conflict", roles.set_role, **demote)
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert roles_in(open_room)["mallory"] == "owner"


def test_who_comes_into_a_room_of_closed_accounts_owns_it(open_room, ada, bob, mallory):
    for one in (ada, bob):
        close_past_the_services(one)
    row, _ = services.join_room(psychic=mallory, room_id=open_room.pk)
    assert row.role == "owner"
    row, _ = services.join_room(psychic=make_psychic("cleo"), room_id=open_room.pk)
    assert row.role == "participant"


def test_what_a_closed_moderator_shared_is_shared_no_more(quiet, ada, bob):
    guide = guides.create_guide(
        psychic=ada, name="Evening calm", steps=[{"at": 0, "kind": "silence", "seconds": 60}], shared=True
    )
    assert guide in Guide.objects.visible_to(bob)
    close_past_the_services(ada)
    assert guide not in Guide.objects.visible_to(bob)


def close_account(psychic):
    sol = Psychic.objects.create_superuser("sol", password="open the third eye")
    operators.close_account(by=sol, psychic=Psychic.objects.get(pk=psychic.pk))


@pytest.fixture
def close(django_capture_on_commit_callbacks):
    """Closes an account as staff do, and plays the commit."""

    def close_and_commit(psychic):
        with django_capture_on_commit_callbacks(execute=True):
            close_account(psychic)

    return close_and_commit


def test_closing_frees_the_place_and_hands_on_what_was_owned(open_room, ada, bob, mallory, listen):
    services.update_room(psychic=ada, room_id=open_room.pk, max_participants=2)
    refused("room_full", services.join_room, psychic=mallory, room_id=open_room.pk)
    ear = listen(open_room.pk)
    close_account(ada)
    told = [line["type"] for _, _, line in ear.heard()]
    assert told == ["participant.left", "room.removed", "participant.updated"]
    assert (count(open_room), roles_in(open_room)) == (1, {"bob": "owner"})
    services.join_room(psychic=mallory, room_id=open_room.pk)


def test_the_other_of_a_mind_link_keeps_it_to_read(ada, bob, mallory, close, api):
    link, _ = services.create_room(psychic=ada, kind="private", with_username="bob")
    said, _ = messaging.post_message(psychic=ada, room_id=link.pk, content="remember")
    close(ada)
    assert roles_in(link) == {"bob": "owner"}
    [message] = api(bob).get(f"/rooms/{link.pk}/messages").json()["results"]
    assert (message["id"], message["sender"]["username"], message["content"]) == (said.id, "ada", "remember")
    assert api(mallory).get(f"/rooms/{link.pk}/messages").status_code == 404


def test_who_is_opened_again_may_come_back(open_room, ada, bob, close):
    close(bob)
    Psychic.objects.filter(pk=bob.pk).update(is_active=True)
    assert lookups.participant_room_ids(bob.pk) == [lookups.everyone_room().pk]
    services.join_room(psychic=bob, room_id=open_room.pk)
    assert roles_in(open_room) == {"ada": "owner", "bob": "participant"}


def test_a_room_that_has_ended_stays_with_those_who_were_in_it(room, ada, bob, close):
    services.end_room(psychic=ada, room_id=room.pk)
    close(bob)
    assert RoomParticipant.objects.active().filter(room=room, psychic=bob).exists()


def test_who_was_closed_past_the_services_goes_with_the_next_sweep(open_room, ada, bob):
    close_past_the_services(ada)
    for _ in range(2):
        services.sweep()
        assert (count(open_room), roles_in(open_room)) == (1, {"bob": "owner"})
