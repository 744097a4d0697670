"""A cast and a room that are copied are what the services have made."""

from datetime import datetime

import pytest
from django.apps import apps
from django.db import transaction

from mindnet.tests.support import scenes
from mindnet.tests.support.cast import Cast, make_cast, make_psychics, make_room, open_with, play, psychics
from presence.models import Node, Psychic
from rooms.models import Kind, RoomParticipant

RANDOM = {"password", "code"}


def told(field, row, people):
    """A value as it is alike in both: names for numbers of people, no times, and nothing drawn by lot."""
    value = getattr(row, field.attname)
    if field.primary_key or field.name in RANDOM or isinstance(value, datetime):
        return value is not None
    if field.is_relation:
        return people.get(value) if field.related_model is Psychic else value is not None
    return value


def everything():
    """All that the database holds."""
    people = dict(Psychic.objects.values_list("pk", "username"))
    return {
        model._meta.label: [
            {field.attname: told(field, row, people) for field in model._meta.concrete_fields}
            for row in model._default_manager.order_by("pk")
        ]
        for model in apps.get_models()
    }


@pytest.fixture(autouse=True)
def nothing_yet(monkeypatch):
    """The first of each scene is made in the test."""
    monkeypatch.setattr(scenes, "firsts", {})


def undone(make, *given):
    """What `make` makes, and all that is in the database with it. Then it is taken away again."""
    with transaction.atomic():
        made = make(*given)
        found = everything()
        transaction.set_rollback(True)
    return made, found


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.CLOSED])
def test_a_copied_cast_is_what_the_services_make(db, kind, django_assert_max_num_queries):
    played, expected = undone(lambda: Cast(*play(kind)))
    undone(make_cast, kind)
    with django_assert_max_num_queries(12):
        copied = make_cast(kind)
    assert everything() == expected
    assert copied.room.revision == played.room.revision
    inside = RoomParticipant.objects.filter(room=copied.room).values_list("psychic__username", flat=True)
    assert set(inside) == {"olga", "mona", "paul", "rita"}


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.CLOSED, Kind.MEDITATION])
def test_a_copied_room_names_the_guests_of_now(db, kind, django_assert_max_num_queries):
    undone(lambda: make_room(*make_psychics("ada", "bob"), "Here", kind))
    psychics("olga")  # so that the numbers are others
    with django_assert_max_num_queries(1):
        ada, bob = make_psychics("ada", "bob")
    [played], expected = undone(open_with, ada, bob, "Here", kind)
    with django_assert_max_num_queries(8):
        room = make_room(ada, bob, "Here", kind)
    assert everything() == expected
    assert scenes.values(room) == scenes.values(played) | {"id": room.pk, "created_at": room.created_at}
    inside = RoomParticipant.objects.filter(room=room).values_list("psychic", "role")
    assert set(inside) == {(ada.pk, "owner"), (bob.pk, "participant")}


def test_a_scene_that_changes_a_guest_is_refused(db):
    (ada,) = psychics("ada")

    def rename(guest):
        Psychic.objects.filter(pk=guest.pk).update(display_name="Ada L.")
        return []

    with pytest.raises(AssertionError, match="changes a guest"):
        scenes.stage(rename, ada)


def test_a_scene_that_writes_what_is_not_copied_is_refused(db):
    def start():
        return [Node.objects.create(host="here", pid=1)]

    with pytest.raises(AssertionError, match="cannot copy presence"):
        scenes.stage(start)
