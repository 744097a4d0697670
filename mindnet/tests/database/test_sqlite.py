"""Connections to SQLite that are kept for the next."""

import contextlib
import sqlite3
import threading
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, connections, transaction

from mindnet.database import statements
from mindnet.database.sqlite import base
from presence.models import Psychic


@pytest.fixture(autouse=True)
def nothing_kept():
    base.close_kept()
    yield
    base.close_kept()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some.sqlite3"


@pytest.fixture
def opened(path, django_db_blocker):
    """A connection as Django makes it in each thread."""
    options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
    wrapper = base.DatabaseWrapper(connections["default"].settings_dict | {"NAME": str(path), "OPTIONS": options})
    with django_db_blocker.unblock():  # it is not the tests' database
        wrapper.ensure_connection()
        wrapper.cursor().execute("CREATE TABLE IF NOT EXISTS words (word text UNIQUE)")
        yield wrapper
        wrapper.close()


def words(wrapper):
    with wrapper.cursor() as cursor:
        return [word for (word,) in cursor.execute("SELECT word FROM words ORDER BY word").fetchall()]


def reopened(wrapper):
    """The connection itself, before and after."""
    before = wrapper.connection
    wrapper.close()
    wrapper.ensure_connection()
    return before, wrapper.connection


def test_the_server_keeps_its_connections():
    assert connections["default"].vendor != "sqlite" or settings.DATABASES["default"]["ENGINE"] == base.__package__


def test_a_closed_connection_is_the_next_ones(opened):
    before, after = reopened(opened)
    assert after is before and words(opened) == []
    # What functions and pragmas make of it is there still.
    assert opened.cursor().execute("SELECT SHA1('a') IS NOT NULL, REGEXP('a', 'ab')").fetchone() == (1, 1)
    assert opened.cursor().execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_an_open_transaction_is_no_bequest(opened):
    opened.set_autocommit(False)
    opened.cursor().execute("INSERT INTO words VALUES ('unsaid')")
    before, after = reopened(opened)
    assert after is not before and words(opened) == []
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        before.execute("SELECT 1")


def test_another_file_of_the_same_name_is_read(opened, path, tmp_path):
    """As after a restore."""
    opened.cursor().execute("INSERT INTO words VALUES ('old')")
    with sqlite3.connect(tmp_path / "backup") as backup:
        backup.execute("CREATE TABLE words (word text)")
        backup.execute("INSERT INTO words VALUES ('new')")
    backup.close()
    opened.close()
    for leftover in tmp_path.glob("some.sqlite3-*"):
        leftover.unlink()
    (tmp_path / "backup").replace(path)
    opened.ensure_connection()
    assert words(opened) == ["new"]


def test_a_connection_that_has_failed_is_not_kept(opened):
    opened.connection.set_progress_handler(lambda: True, 1)
    with pytest.raises(OperationalError, match="interrupted"):
        words(opened)
    before = opened.connection
    opened.close_if_unusable_or_obsolete()
    assert opened.connection is None
    opened.ensure_connection()
    assert opened.connection is not before and words(opened) == []


def test_a_refused_row_is_no_failure(opened):
    opened.cursor().execute("INSERT INTO words VALUES ('twice')")
    with pytest.raises(DatabaseError, match="UNIQUE"):
        opened.cursor().execute("INSERT INTO words VALUES ('twice')")
    before, after = reopened(opened)
    assert after is before


def test_as_many_are_kept_as_are_of_use_and_each_is_given_to_one(opened):
    def open_and_close(wrapper, barrier):
        wrapper.ensure_connection()
        barrier.wait()
        links.append(wrapper.connection)
        wrapper.close()

    for _ in range(2):
        links, count = [], base.KEPT_MOST + 2
        barrier = threading.Barrier(count)
        wrappers = [opened.copy() for _ in range(count)]
        for wrapper in wrappers:
            wrapper.inc_thread_sharing()
        threads = [threading.Thread(target=open_and_close, args=(wrapper, barrier)) for wrapper in wrappers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(link) for link in links}) == count and len(base.kept) == base.KEPT_MOST


def test_the_last_one_out_leaves_one_file(opened, path, tmp_path):
    opened.cursor().execute("INSERT INTO words VALUES ('said')")
    opened.close()
    assert path.with_name("some.sqlite3-wal").stat().st_size
    base.close_kept()
    assert [each.name for each in tmp_path.iterdir()] == ["some.sqlite3"]


@pytest.mark.parametrize(
    "stored, read",
    [
        (None, None),
        ("2030-01-31 18:00:00", datetime(2030, 1, 31, 18, tzinfo=UTC)),
        ("2030-01-31 18:00:00.000120", datetime(2030, 1, 31, 18, microsecond=120, tzinfo=UTC)),
        (datetime.fromisoformat("2030-01-31 18:00:00"), datetime(2030, 1, 31, 18, tzinfo=UTC)),
        (datetime(2030, 1, 31, 18, tzinfo=UTC), datetime(2030, 1, 31, 18, tzinfo=UTC)),
    ],
)
def test_moments_are_in_utc(opened, stored, read):
    ours = opened.ops.convert_datetimefield_value(stored, None, opened)
    assert ours == read == super(base.DatabaseOperations, opened.ops).convert_datetimefield_value(stored, None, opened)


def test_columns_come_as_djangos_do(opened):
    """Moments are in UTC as soon as they are read, what is no column by itself once it is converted."""
    cursor, of_django = opened.cursor(), base.operations.DatabaseOperations(opened)
    cursor.execute("CREATE TABLE times (at datetime)")
    for text in ("2026-11-28 18:00:00.123456", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", None):
        cursor.execute("DELETE FROM times")
        cursor.execute("INSERT INTO times VALUES (%s)", [text])
        [read] = cursor.execute("SELECT at, at || '' FROM times").fetchall()
        known = of_django.convert_datetimefield_value(text, None, opened)
        assert [opened.ops.convert_datetimefield_value(one, None, opened) for one in read] == [known, known]
        assert read[0] == known
    assert base.moment("2026-11-28 18:00:00+02:00") == datetime(2026, 11, 28, 16, tzinfo=UTC)
    here = timezone(timedelta(hours=2))
    for moment in (datetime.now(UTC), datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 11, 28, 18, 0, 0, 7, here), None):
        assert opened.ops.adapt_datetimefield_value(moment) == of_django.adapt_datetimefield_value(moment)
    for text in (uuid.uuid4().hex, None):
        known = of_django.convert_uuidfield_value(text, None, opened)
        assert opened.ops.convert_uuidfield_value(text, None, opened) == known


def test_what_is_asked_past_djangos_cursor_is_the_same(django_assert_num_queries, db):
    """On PostgreSQL too, where everything goes past it."""
    text = "SELECT username FROM psychics WHERE id {ids} UNION SELECT CAST(%s AS text) || '%%s, 100%%'"
    asked = (text, [], "b"), ("SELECT CAST(%s AS text)", None)
    alone = statements.ask(*asked)
    with django_assert_num_queries(2):
        assert statements.ask(*asked) == alone == [[("b%s, 100%",)], [(None,)]]
    for watch in (contextlib.nullcontext(), connection.execute_wrapper(lambda do, *asked: do(*asked))):
        with pytest.raises(DatabaseError), transaction.atomic(), watch:
            statements.ask(("SELECT nothing",))
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        transaction.set_rollback(True)
        statements.ask(("SELECT 1",))


@pytest.mark.parametrize("watch", [contextlib.nullcontext, lambda: connection.execute_wrapper(lambda do, *a: do(*a))])
def test_a_list_of_one_says_the_same_as_in_a_list_of_more(db, watch):
    """It is worded otherwise on SQLite, alone and beside longer ones."""
    ada, bob = (Psychic.objects.create_user(name) for name in ("ada", "bob"))
    text = "SELECT username FROM psychics WHERE id {ids} AND username {texts} AND id <> %s ORDER BY id"
    both, names = [ada.pk, bob.pk], [ada.username, bob.username]
    with watch():
        assert statements.ask((text, [ada.pk], [ada.username], 0)) == [[(ada.username,)]]
        assert statements.ask((text, both, [bob.username], 0)) == [[(bob.username,)]]
        assert statements.ask((text, [ada.pk], names, 0)) == [[(ada.username,)]]
        assert statements.ask((text, both, names, bob.pk)) == [[(ada.username,)]]
        assert statements.ask((text, [], [ada.username], 0)) == statements.ask((text, [ada.pk], [], 0)) == [[]]
