"""A cast that is copied is one that the services have made."""

from datetime import datetime

import pytest
from django.apps import apps
from django.db import transaction

from mindnet.tests.support import cast
from mindnet.tests.support.cast import make_cast, play
from rooms.models import Kind, RoomParticipant

RANDOM = {"password", "code"}


def told(field, row, people):
    """A value as it is alike in both: names for numbers of people, no times, and nothing drawn by lot."""
    value = getattr(row, field.attname)
    if field.primary_key or field.name in RANDOM or isinstance(value, datetime):
        return value is not None
    return people.get(value, value is not None) if field.is_relation else value


def rows_of(made):
    """Everything that the database holds."""
    people = {psychic.pk: psychic.username for psychic in made.everybody().values()}
    return {
        model._meta.label: [
            {field.attname: told(field, row, people) for field in model._meta.concrete_fields}
            for row in model._default_manager.order_by("pk")
        ]
        for model in apps.get_models()
    }


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.CLOSED])
def test_a_copy_is_what_the_services_make(db, kind, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(cast, "firsts", {})
    for make in (play, make_cast):
        with transaction.atomic():
            played = make(kind)
            expected = rows_of(played)
            transaction.set_rollback(True)
    with django_assert_max_num_queries(12):
        copied = make_cast(kind)
    assert rows_of(copied) == expected
    assert copied.room.revision == played.room.revision
    inside = RoomParticipant.objects.filter(room=copied.room).values_list("psychic__username", flat=True)
    assert set(inside) == {"olga", "mona", "paul", "rita"}
