"""Statements that travel together, on a PostgreSQL connection of the test's own."""

import time
import uuid
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.adapt import Transformer

from mindnet.database import statements
from mindnet.database.postgresql.base import hung_up
from mindnet.database.postgresql.rows import TextRows, loaders_of, rows_of
from mindnet.tests.support.postgres import create_database, drop_database

pytestmark = pytest.mark.once

ADD = "INSERT INTO notes (id, text) VALUES (%s, %s)"
ALL = "SELECT id, text FROM notes ORDER BY id"


@pytest.fixture(scope="module")
def url(postgres_url):
    url = create_database(postgres_url)
    with psycopg.connect(url) as link:
        link.execute("CREATE TABLE notes (id bigint PRIMARY KEY, text text)")
    yield url
    drop_database(url)


@pytest.fixture
def link(url):
    with psycopg.connect(url) as link:
        link.execute("DELETE FROM notes")
        link.commit()
        yield link


@pytest.fixture
def other(url):
    with psycopg.connect(url, autocommit=True) as link:
        yield link


def ask(link, *questions, commit=False):
    answers, loader = [], Transformer(link)
    for result in statements.exchange(link, questions, commit=commit):
        loader.set_pgresult(result)
        answers.append(loader.load_rows(0, result.ntuples, tuple) if result.nfields else [])
    return answers


def stored(other):
    return other.execute(ALL).fetchall()


def test_what_is_to_be_planned_each_time_is_not_prepared_and_answers_in_its_place(link):
    either = statements.Unprepared("SELECT id FROM notes WHERE id {ids} ORDER BY id")
    answers = ask(link, (ADD, 1, "a"), (either, [1, 2]), (ADD, 2, "b"), (either, [1, 2]), (ALL,))
    assert answers == [[], [(1,)], [], [(1,), (2,)], [(1, "a"), (2, "b")]]
    assert set(statements.prepared[link]) == {ADD, ALL}


def test_what_is_planned_each_time_leaves_the_others_as_they_are(link):
    mode = "SELECT current_setting('plan_cache_mode')"
    asked = [(mode + " AS b",), (statements.Unprepared(mode),), (mode + " AS a",)]
    assert ask(link, *asked)[1:] == [[("force_custom_plan",)], [("force_generic_plan",)]]
    assert ask(link, (statements.Unprepared(mode),)) == [[("force_custom_plan",)]]
    assert ask(link, (mode,)) == [[("force_generic_plan",)]]
    link.rollback()
    assert ask(link, (mode,)) == [[("auto",)]]


def test_where_no_transaction_is_open_nothing_stays_of_how_it_was_planned(other):
    mode = "SELECT current_setting('plan_cache_mode')"
    assert ask(other, (statements.Unprepared(mode),)) == [[("force_custom_plan",)]]
    assert ask(other, (mode,)) == [[("auto",)]]


def test_what_goes_in_comes_out(link):
    texts = ["", "NULL", 'say "no", {or} \\ not', "\\x41", "a,b", "line\nbreak\ttab", "🜁 ünï", "'; --", None]
    ids = [0, -1, 2**63 - 1]
    uuids = [uuid.uuid4(), uuid.UUID(int=0)]
    blobs = [b"", b"\0\\\"'", bytes(range(256)), None]
    flags = [True, False, None]
    moment = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    values = [texts, ids, uuids, blobs, flags, [], moment, "one", 7, None]
    casts = ["text[]", "bigint[]", "uuid[]", "bytea[]", "boolean[]", "bigint[]"]
    casts += ["timestamptz", "text", "bigint", "text"]
    text = "SELECT " + ", ".join(f"%s::{cast}" for cast in casts)
    for _ in range(2):  # prepared, then used again
        assert ask(link, (text, *values)) == [[tuple(values)]]
    for value, cast in zip(values, casts, strict=True):
        for one in value if isinstance(value, list) else []:
            assert ask(link, (f"SELECT %s::{cast}", [one])) == [[([one],)]], "a list of one"


def test_rows_of_texts_have_their_values_when_they_are_wanted(link):
    text = "SELECT id, text, uuid_of(id), '2026-02-03 04:05:06Z'::timestamptz, NULL FROM notes ORDER BY id"
    text = text.replace("uuid_of(id)", "lpad(id::text, 32, '0')::uuid")
    ask(link, (ADD, 1, "one"), (ADD, 2, "zwölf"), (ADD, 3, None))
    [known] = ask(link, (text,))
    [result] = statements.exchange(link, [(statements.AsTexts(text),)], commit=False)
    loaders = loaders_of(link)
    assert loaders is loaders_of(link)
    rows, others = TextRows(result, loaders), rows_of(result, loaders.values)
    assert others == known
    assert rows[1][:3] == ("2", "zwölf", str(uuid.UUID(int=2))) and rows[1][4] is None and rows[2][1] is None
    assert {type(value) for row in rows for value in row} == {str, type(None)}
    assert statements.values_of(rows, [2, 0]) == [known[2], known[0]] == statements.values_of(known, [2, 0])


def test_a_table_of_parameters_comes_out_in_its_order_whatever_is_in_it(link):
    key = uuid.uuid4()
    rows = [
        (7, 'say "no", {or} \\ not', key, "2001:db8::7", 0.5),
        (-1, "🜁 null %s", None, None, None),
        (2**63 - 1, "", key, "192.0.2.1", 12),
    ]
    table = "{rows:number bigint, name text, key uuid, address inet, share float}"
    text = f"SELECT number, name, key, host(address), share FROM {table} AS new"
    assert ask(link, (text, statements.as_rows(rows)), (text, statements.as_rows([]))) == [rows, []]
    with pytest.raises(psycopg.DataError):
        ask(link, (text, statements.as_rows([(1, "cut\0off", None, None, None)])))


def test_a_text_that_postgresql_cannot_hold_is_refused_and_nothing_is_sent(link, other):
    with pytest.raises(psycopg.DataError, match="NUL"):
        ask(link, (ADD, 1, "before"), (ADD, 2, "cut\0off"), commit=True)
    assert not link.closed and ask(link, (ALL,)) == [[]]
    assert stored(other) == []


def test_the_end_of_the_transaction_travels_along(link, other):
    ask(link, (ADD, 1, "one"))
    assert stored(other) == [] and link.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert ask(link, (ADD, 2, "two"), (ALL,), commit=True) == [[], [(1, "one"), (2, "two")]]
    assert stored(other) == [(1, "one"), (2, "two")]
    assert link.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_one_that_fails_takes_all_with_it(link, other):
    ask(link, (ADD, 1, "one"), commit=True)
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(link, (ADD, 2, "two"), (ADD, 1, "one again"), (ADD, 3, "three"), commit=True)
    assert stored(other) == [(1, "one")]
    link.rollback()
    assert ask(link, (ADD, 2, "two"), (ALL,), commit=True)[1] == [(1, "one"), (2, "two")]


def test_a_failure_prepares_nothing_anew_and_lost_statements_are_prepared_again(link, other):
    ask(link, (ADD, 1, "one"), (ALL,), commit=True)
    before = dict(statements.prepared[link])
    assert set(before) == {ADD, ALL}
    for _ in range(3):
        with pytest.raises(psycopg.errors.UniqueViolation):
            ask(link, (ADD, 1, "one again"), commit=True)
        link.rollback()
    assert statements.prepared[link] == before
    link.execute("DEALLOCATE ALL")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        ask(link, (ALL,))
    link.rollback()
    assert ask(link, (ALL,), commit=True) == [[(1, "one")]]


def test_more_than_fits_into_a_buffer(link, other):
    large = ["x" * 100_000, "ü" * 100_000]
    echo = "SELECT %s::text[]"
    assert ask(link, *((echo, large) for _ in range(40))) == [[(large,)]] * 40


def test_a_table_that_changes_is_read_anew(link, other):
    everything = "SELECT * FROM notes"
    ask(link, (ADD, 1, "one"), (everything,), commit=True)
    other.execute("ALTER TABLE notes ADD COLUMN more text DEFAULT 'more'")
    try:
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            ask(link, (everything,))
        link.rollback()
        assert ask(link, (everything,), commit=True) == [[(1, "one", "more")]]
    finally:
        link.rollback()
        other.execute("ALTER TABLE notes DROP COLUMN more")


def test_a_connection_that_ends_is_noticed_before_and_while_it_is_used(link, other):
    ask(link, (ALL,), commit=True)
    assert not hung_up(link)
    other.execute("SELECT pg_terminate_backend(%s)", [link.info.backend_pid])
    deadline = time.monotonic() + 5
    while not hung_up(link):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(psycopg.OperationalError):
        ask(link, (ALL,))
    assert link.closed
