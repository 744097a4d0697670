"""Psychics as the statements read them are those that the ORM reads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mindnet.database.statements import ask
from presence import sql
from presence.callers import PSYCHIC
from presence.models import Psychic

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    ada = Psychic.objects.create_user("ada", password="open the third eye")
    ada.banned_until = timezone.now() + timedelta(days=1)
    ada.note, ada.bio, ada.is_staff = "in the attic", "reads tea leaves", True
    ada.save()
    return ada


@pytest.mark.parametrize("fields", [PSYCHIC, sql.PRESENCE])
def test_a_psychic_read_by_a_statement_is_the_one_of_the_orm(ada, fields, django_assert_num_queries):
    [rows] = ask((f"SELECT {sql.columns(fields)} FROM psychics p WHERE p.id = %s", ada.pk))
    [read] = sql.psychics(rows, fields)
    same = Psychic.objects.get(pk=ada.pk)
    assert read == same and hash(read) == hash(same) and not read._state.adding and read._state.db == same._state.db
    with django_assert_num_queries(0):
        assert {name: getattr(read, name) for name in fields} == {name: getattr(same, name) for name in fields}
    left = {field.attname for field in Psychic._meta.concrete_fields} - fields
    assert read.get_deferred_fields() == left
    with django_assert_num_queries(1):
        assert read.bio == "reads tea leaves"


def test_what_is_read_so_can_be_stored(ada):
    [rows] = ask((f"SELECT {sql.columns(PSYCHIC)} FROM psychics p WHERE p.id = %s", ada.pk))
    [read] = sql.psychics(rows, PSYCHIC)
    read.note = "on the roof"
    read.save(update_fields=["note"])
    read.save()  # the fields it has
    ada.refresh_from_db()
    assert ada.note == "on the roof" and ada.bio == "reads tea leaves" and Psychic.objects.count() == 1
