"""A closed account counts for nothing in any rule about roles."""

import pytest

from presence.models import Psychic
from rooms import guides, moderation, services
from rooms.models import Guide
from rooms.tests.checks import refused, roles
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db


def close_past_the_services(psychic):
    """As an earlier release, or somebody at the database, has left it: closed, and still in."""
    Psychic.objects.filter(pk=psychic.pk).update(is_active=False)


def test_a_closed_account_inherits_nothing(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    moderation.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="moderator")
    close_past_the_services(bob)
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert roles(open_room)["mallory"] == "owner"


def test_a_closed_co_owner_is_no_owner(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    moderation.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="owner")
    close_past_the_services(bob)
    demote = {"psychic": ada, "room_id": open_room.pk, "username": "ada", "role": "participant"}
    refused("conflict", moderation.set_role, **demote)
    services.leave_room(psychic=ada, room_id=open_room.pk)
    assert roles(open_room)["mallory"] == "owner"


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
