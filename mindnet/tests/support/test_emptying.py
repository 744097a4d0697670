"""What a test commits is gone before the next one, whichever way the tables are emptied."""

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate

from mindnet.tests.support.cast import make_cast
from presence.models import Psychic
from rooms.models import Room

pytestmark = pytest.mark.django_db(transaction=True)


def rows():
    """{table: rows} of all that `flush` is for."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            found[table] = cursor.fetchone()[0]
    return found


def test_it_leaves_what_a_flush_of_djangos_leaves(monkeypatch):
    make_cast()
    call_command("flush", interactive=False, reset_sequences=False)
    ours = rows()
    assert not Psychic.objects.exists() and [room.kind for room in Room.objects.all()] == ["broadcast"]
    make_cast()
    monkeypatch.delattr(connection.ops, "sql_flush")  # Django's own comes to light
    post_migrate.connect(create_contenttypes)
    post_migrate.connect(create_permissions)
    call_command("flush", interactive=False, reset_sequences=False)
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(create_permissions)
    assert rows() == ours


def test_numbers_begin_anew_where_that_is_asked_for():
    for _ in range(2):
        call_command("flush", interactive=False, reset_sequences=True)
        assert Psychic.objects.create_user("ada").pk == 1
