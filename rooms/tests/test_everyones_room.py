"""Everyone's room is there, once, always."""

import pytest
from django.apps import apps
from django.core.management import call_command

from rooms import lookups
from rooms.everyones_room import make_everyones_room
from rooms.models import Kind, Room

# The handlers run in threads of their own, which do not see a test's open transaction.
committed = pytest.mark.django_db(transaction=True)


@pytest.mark.django_db
def test_everyones_room_is_made_once():
    room = lookups.everyone_room()
    make_everyones_room(Room, "default")
    assert Room.objects.filter(kind=Kind.BROADCAST).get() == room
    assert room.name == "Everyone"


@committed
def test_everyones_room_comes_back_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)
    assert lookups.everyone_room().name == "Everyone"
    assert apps.is_installed("rooms")
