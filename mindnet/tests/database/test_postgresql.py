"""PostgreSQL's connections, on a pool of the test's own."""

import time
from datetime import UTC, datetime

import environ
import psycopg
import pytest
from django.db import DataError, transaction
from django.db.utils import ConnectionHandler

from mindnet.base.turns import Turns, own
from mindnet.database.postgresql.base import hung_up
from mindnet.tests.support.postgres import create_database, drop_database

pytestmark = pytest.mark.once


@pytest.fixture
def database(postgres_url, monkeypatch, django_db_blocker):
    url = create_database(postgres_url)
    config = environ.Env.db_url_config(url) | {
        "ENGINE": "mindnet.database.postgresql",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 1, "timeout": 20}},
    }
    # Under a name of its own: a process has one pool for each, whatever database it leads to.
    connection = ConnectionHandler({"default": {}, "own": config})["own"]
    monkeypatch.setattr(transaction, "get_connection", lambda using: connection)
    with django_db_blocker.unblock():
        yield connection
        connection.close()
        connection.close_pool()
    drop_database(url)


def test_a_connection_that_the_server_has_ended_is_another_one_when_it_is_taken(database, postgres_url):
    ended = process_of(database)
    link = database.connection
    database.close()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ended])
    deadline = time.monotonic() + 20
    while not hung_up(link):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert process_of(database) != ended


def test_a_connection_is_kept_for_the_next_who_takes_it(database):
    first = process_of(database)
    database.close()
    assert process_of(database) == first


def test_prepared_statements_are_planned_once(database):
    with database.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_generic_plan",)


def test_others_have_their_turn_while_a_request_waits_but_not_for_its_locks(database):
    turns = Turns(3600)
    given = []
    turns.give = lambda place: (given.append(place), Turns.give(turns, place))
    process_of(database)
    with turns.turn():
        place = own.place
        process_of(database)
        assert given == [place] and own.place is place and turns.at_work is place
        with transaction.atomic():
            process_of(database)
            process_of(database)
        assert given == [place]
        process_of(database)
        assert given == [place] * 2


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 22:45:40.196369+00",
        "0001-01-01 00:00:00+00",
        "9999-12-31 23:59:59.999999+00",
        "1999-01-01 12:00+05:45",
    ],
)
def test_a_moment_comes_in_utc_wherever_the_connection_is(database, text):
    with database.cursor() as cursor:
        for zone in ("UTC", "Asia/Kathmandu"):
            cursor.execute("SELECT %s::timestamptz::text, %s::timestamptz", [text, text])
            _, moment = cursor.fetchone()
            assert moment == datetime.fromisoformat(text) and moment.tzinfo is UTC
            cursor.execute("SELECT set_config('TimeZone', %s, false)", [zone])


def test_what_is_no_moment_of_pythons_is_refused_as_ever(database):
    with database.cursor() as cursor, pytest.raises(DataError):
        cursor.execute("SELECT 'infinity'::timestamptz")
        cursor.fetchone()


def process_of(database):
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]
