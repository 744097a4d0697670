"""The database of the test process is the one it was told, as it is in real life."""

import os

from django.db import connection


def test_the_test_process_is_on_the_database_it_was_told(db):
    wanted = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert connection.vendor == wanted
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()" if wanted == "postgresql" else "SELECT sqlite_version()")
        assert cursor.fetchone()[0]


def test_the_database_of_the_test_process_writes_as_in_real_life(db):
    setting, value = ("journal_mode", "wal") if connection.vendor == "sqlite" else ("fsync", "on")
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {setting}" if connection.vendor == "sqlite" else f"SHOW {setting}")
        assert cursor.fetchone() == (value,)
