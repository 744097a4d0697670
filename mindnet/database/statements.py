"""Statements as fixed texts, for what is done for every message or socket: the ORM spends more on building such queries
than the database on answering them. Lists go in as one parameter, so that a text stays the same for any number of
items.

On PostgreSQL the statements of one call travel together (libpq's pipeline mode) and are prepared once: each wait for an
answer would also be a wait for the interpreter, which the event loop has meanwhile. SQLite takes a list as JSON.
"""

import contextlib
import functools
import itertools
import json
import re
import select
import weakref
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast, overload
from uuid import UUID

import msgspec
import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import pq
from psycopg.pq.abc import PGconn, PGresult

from mindnet.base.turns import first, pause, waiting
from mindnet.database.postgresql.parameters import as_text
from mindnet.database.postgresql.rows import TextRows, loaders_of, rows_of

Parameter = int | str | datetime | UUID | None | list[Any]
# Of each list of a question whether it has a single value; empty where that makes no difference.
Ones = tuple[bool, ...]
LISTS = re.compile(r"\{(?:ids|uuids|texts)\}")
# A text, and a parameter for each of its places.
Question = tuple[str, *tuple[Parameter, ...]]
Row = tuple[Any, ...]
# A text, and its parameters as PostgreSQL takes them.
Packed = tuple[str, list[bytes | None]]


class Unprepared(str):
    """A text that PostgreSQL plans for the parameters of each time, and does not keep: where what it finds by them
    differs very much, or there are texts without end."""

    __slots__ = ()


class AsTexts(str):
    """A text whose rows come from PostgreSQL as texts: for whoever keeps what was made of a row, and needs the values
    of those alone that are new (`values_of`)."""

    __slots__ = ()


# Those of one process are some hundreds, but for searches: theirs differ by how many words they look for.
TEXTS_KEPT = 2000


def question(text: str, *parameters: Parameter) -> Question:
    """The same out of parameters in a list, of which a type checker takes the whole tuple for one."""
    return cast(Question, (text, *parameters))


class Rows:
    """`{rows:id bigint, name text}` in a text: a table of these columns, made of one parameter (see `as_rows`)."""

    def __init__(self, source: str, column: str) -> None:
        self.source = source
        self.column = column

    def __format__(self, columns: str) -> str:
        pairs = [column.split() for column in columns.split(",")]
        values = [self.column.format(number=n, name=name, type=kind) for n, (name, kind) in enumerate(pairs)]
        return f"(SELECT {', '.join(values)} FROM {self.source})"


ON_SQLITE = {
    "rows": Rows("json_each(%s)", "json_extract(value, '$[{number}]') AS {name}"),
    "ids": "IN (SELECT value FROM json_each(%s))",
    "uuids": "IN (SELECT value FROM json_each(%s))",
    "texts": "IN (SELECT value FROM json_each(%s))",
    "for_no_key_update": "",
    "for_share": "",
}
ON_POSTGRESQL = {
    "rows": Rows("json_array_elements(%s::json)", "(value->>{number})::{type} AS {name}"),
    "ids": "= ANY(%s::bigint[])",
    "uuids": "= ANY(%s::uuid[])",
    "texts": "= ANY(%s::text[])",
    "for_no_key_update": "FOR NO KEY UPDATE",
    "for_share": "FOR SHARE",
}


def ask(*questions: Question, commit: bool = False) -> list[list[Row]]:
    """The rows of each question, in order; none where a statement gives none.

    A question is a tuple: a text and its parameters. In a text `{ids}`, `{uuids}` and `{texts}` stand for "is one of" a
    list of numbers, of UUIDs (as `stored_uuid` gives them) or of texts, `{for_no_key_update}` and `{for_share}` for the
    lock, `{rows:…}` for a table of parameters.

    On PostgreSQL they are one transaction where none is open, in which each sees what was committed before its turn.

    `commit`: these are the last statements of their transaction, and its end travels with them, where this is the
    outermost one on PostgreSQL. Django's own commit then has nothing to do but to call what waits for it.

    Parameters are numbers, texts, moments, or lists of numbers, texts, bytes, UUIDs, booleans and None. For PostgreSQL
    the statement casts every list.
    """
    if not questions and not commit:
        return []
    mine = connections[DEFAULT_DB_ALIAS]  # each look through `connection` finds it anew
    if first.until and not mine.in_atomic_block:
        pause()  # within a transaction, what goes first may wait for its locks
    if mine.vendor == "postgresql":
        return ask_together(mine, questions, commit=commit and not mine.savepoint_ids)
    return ask_in_turn(mine, questions)


def ask_in_turn(mine: Any, questions: Sequence[Question]) -> list[list[Row]]:
    """`ask` on SQLite: past Django's cursor, which takes four times as long as SQLite for a small statement, unless
    somebody looks on there."""
    if mine.connection is None:
        mine.ensure_connection()
    with mine.wrap_database_errors:
        mine.validate_no_broken_transaction()
        asked = [for_sqlite(text, parameters) for text, *parameters in questions]
        if mine.execute_wrappers or mine.queries_logged:
            return [watched(on_sqlite(text, ones), values) for text, ones, values in asked]
        execute = mine.connection.execute
        return [execute(in_sqlites(text, ones), values).fetchall() for text, ones, values in asked]


def each(text: str, rows: Sequence[Row]) -> list[int]:
    """On SQLite: a statement once for each of these tuples of parameters, which are numbers, texts, bytes and None.
    Gives the id of each row that it put in."""
    mine: Any = connections[DEFAULT_DB_ALIAS]
    with mine.wrap_database_errors:
        mine.validate_no_broken_transaction()
        if not (mine.execute_wrappers or mine.queries_logged):
            execute, text = mine.connection.execute, in_sqlites(text)
            return [execute(text, row).lastrowid for row in rows]
    with connection.cursor() as cursor:
        ids = []
        for row in rows:
            cursor.execute(text, row)
            ids.append(cursor.lastrowid)
        return ids


def watched(text: str, values: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows: list[Row] = cursor.fetchall()
    return rows


def for_sqlite(text: str, parameters: Sequence[Any]) -> tuple[str, Ones, list[Any]]:
    """A question as `on_sqlite` takes it. A list is JSON, and its one element where it has no more: that is what a lone
    message or reader asks for, and two lists of JSON cost SQLite six times what two values do."""
    ones: Ones = ()
    values: list[Any] = []
    for one in parameters:
        if type(one) is list:
            is_one = len(one) == 1
            ones = (*ones, is_one)
            one = one[0] if is_one else json_of(one)
        values.append(one)
    if True in ones and lists_in(text) == len(ones):
        return text, ones, values
    # A list in another place than for a "one of" stays one.
    return text, (), [json_of(one) if type(one) is list else one for one in parameters]


def json_of(values: list[Any]) -> str:
    return msgspec.json.encode(values).decode()


def ask_together(mine: Any, questions: Sequence[Question], *, commit: bool) -> list[list[Row]]:
    """`ask` on PostgreSQL."""
    mine.ensure_connection()
    link = mine.connection
    with mine.wrap_database_errors:
        mine.validate_no_broken_transaction()
        send = functools.partial(exchange, link, questions, commit=commit)
        results = wrapped(mine, send, questions) if mine.execute_wrappers else send()
        loaders = loaders_of(link)
        answers = [
            TextRows(result, loaders) if isinstance(asked[0], AsTexts) else rows_of(result, loaders.values)
            for asked, result in zip(questions, results, strict=True)
        ]
    if mine.queries_logged:  # by DEBUG, or by a test that counts
        mine.queries_log.extend({"sql": text, "time": "0"} for text, *_ in questions)
    return answers


def values_of(rows: list[Row], numbers: Sequence[int]) -> list[Row]:
    """Of what `ask` gave the rows of these numbers, with their values where the question was AsTexts."""
    return rows.values(numbers) if isinstance(rows, TextRows) else [rows[number] for number in numbers]


def wrapped(mine: Any, send: Callable[[], list[PGresult]], questions: Sequence[Question]) -> list[PGresult]:
    """Within whatever Django's `connection.execute_wrapper` has put around statements, which sees these as one."""

    def execute(*_: Any) -> list[PGresult]:
        return send()

    for wrapper in reversed(mine.execute_wrappers):
        execute = functools.partial(wrapper, execute)
    text = ";\n".join(text for text, *_ in questions)
    return execute(text, None, False, {"connection": mine, "cursor": None})


def exchange(link: psycopg.Connection[Any], questions: Sequence[Question], *, commit: bool) -> list[PGresult]:
    """Sends all questions to PostgreSQL at once, the start of a transaction before them where none is open, and its end
    after them where `commit` says so. Gives the questions' results, or raises what the first failed with.

    psycopg's own pipeline writes and looks for answers after every statement.
    """
    pgconn = link.pgconn
    is_idle = pgconn.transaction_status == pq.TransactionStatus.IDLE
    begin = not link.autocommit and is_idle
    names = prepared.setdefault(link, {})
    packed = [(text, [as_text(parameter) for parameter in parameters]) for text, *parameters in questions]
    fresh: dict[str, bytes] = {}
    kinds = []
    try:
        pgconn.enter_pipeline_mode()
        if begin:
            pgconn.send_query_params(b"BEGIN", None)
            kinds.append("begin")
        kinds += send_all(pgconn, packed, names, fresh, goes_on=not commit and (begin or not is_idle))
        if commit:
            pgconn.send_query_params(b"COMMIT", None)
            kinds.append("commit")
        pgconn.pipeline_sync()
        with waiting() if link.autocommit else contextlib.nullcontext():
            results = received(pgconn)
        pgconn.exit_pipeline_mode()
    except BaseException:
        pgconn.finish()  # nobody knows what is still to come on it
        raise
    for result in results:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            error = psycopg.errors.error_from_result(result, encoding=link.info.encoding)
            if isinstance(error, STALE):
                prepared.pop(link, None)
            raise error
    names.update(fresh)
    return [result for kind, result in zip(kinds, results, strict=True) if kind == "question"]


def send_all(
    pgconn: PGconn, packed: Sequence[Packed], names: dict[str, bytes], fresh: dict[str, bytes], *, goes_on: bool
) -> list[str]:
    """Gives what each command is that it sends. `names`: of the statements prepared before; `fresh` gets those of here.
    `goes_on`: whether the transaction outlives the exchange, which else takes its settings with it."""
    kinds, plans = [], PLANS
    for text, parameters in packed:
        is_unprepared = isinstance(text, Unprepared)
        if plans != (wanted := CUSTOM_PLANS if is_unprepared else PLANS):
            pgconn.send_query_params(SET_PLANS, [plans := wanted])
            kinds.append("setting")
        if is_unprepared:
            pgconn.send_query_params(on_postgresql(text), parameters)
        else:
            name = names.get(text) or fresh.get(text)
            if name is None:
                name = fresh[text] = b"mindnet_%d" % next(numbers)
                pgconn.send_prepare(name, on_postgresql(text))
                kinds.append("prepare")
            pgconn.send_query_prepared(name, parameters)
        kinds.append("question")
    if plans != PLANS and goes_on:
        pgconn.send_query_params(SET_PLANS, [PLANS])
        kinds.append("setting")
    return kinds


# A prepared statement is planned once a connection, and for no parameters in particular. Left to itself, PostgreSQL
# plans one anew each time which it believes to find less than its average, and that was the larger part of what a
# room's page cost it. What really hangs on its parameters is Unprepared.
PLANS, CUSTOM_PLANS = b"force_generic_plan", b"force_custom_plan"
# Until the transaction ends, which is a transaction of these statements alone where none is open.
SET_PLANS = b"SELECT set_config('plan_cache_mode', $1, true)"
# What each connection has prepared: {text: name}. Names are never used twice, since a failed exchange leaves open which
# of its own exist.
prepared: weakref.WeakKeyDictionary[psycopg.Connection[Any], dict[str, bytes]] = weakref.WeakKeyDictionary()
numbers = itertools.count(1)
# A table that a statement reads has other columns now, or somebody has thrown the connection's statements away. After
# other failures they are kept: their names stand for something on the server as long as the connection lives.
STALE = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)


def received(pgconn: PGconn) -> list[PGresult]:
    """The results of everything sent, one a command, up to the point of synchronisation."""
    poll = select.poll()
    results: list[PGresult] = []
    while True:
        waits_to_write = pgconn.flush()
        poll.register(pgconn.socket, select.POLLIN | (select.POLLOUT if waits_to_write else 0))
        poll.poll()
        pgconn.consume_input()
        between = False  # each command's results end with a None, and a second one says that no more is here yet
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                if between:
                    break
                between = True
                continue
            between = False
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)


@functools.lru_cache(TEXTS_KEPT)
def lists_in(text: str) -> int:
    return len(LISTS.findall(text))


@functools.lru_cache(TEXTS_KEPT)
def on_sqlite(text: str, ones: Ones = ()) -> str:
    """`ones`: of each "one of" whether its list is a single value."""
    if True in ones:
        left = iter(ones)
        text = LISTS.sub(lambda found: "IN (%s)" if next(left) else found[0], text)
    return text.format(**ON_SQLITE)


@functools.lru_cache(TEXTS_KEPT)
def in_sqlites(text: str, ones: Ones = ()) -> str:
    """The text with SQLite's own marks for parameters."""
    return re.sub("%[s%]", lambda found: "?" if found[0] == "%s" else "%", on_sqlite(text, ones))


@functools.lru_cache(TEXTS_KEPT)
def on_postgresql(text: str) -> bytes:
    """The text with PostgreSQL's numbered parameters."""
    numbers = itertools.count(1)
    whole = text.format(**ON_POSTGRESQL)
    return re.sub("%[s%]", lambda found: f"${next(numbers)}" if found[0] == "%s" else "%", whole).encode()


@functools.cache
def vendor() -> str:
    """Of the database: each look at a connection's own is a look for the connection."""
    return str(connections[DEFAULT_DB_ALIAS].vendor)


def stored_uuid(value: UUID) -> UUID | str:
    """A UUID as this database holds it."""
    return value if vendor() == "postgresql" else value.hex


def as_rows(rows: Iterable[Sequence[object]]) -> str:
    """The parameter for `{rows:…}`: each a list or tuple of numbers, texts, None, UUIDs and moments."""
    return json.dumps(list(rows), default=lambda value: value.hex if isinstance(value, UUID) else stored_moment(value))


def stored_moment(value: datetime) -> str:
    """A moment as a text that this database takes."""
    if value.tzinfo is UTC:
        text = value.isoformat(" ")
        return text if vendor() == "postgresql" else text[: -len("+00:00")]
    return str(connection.ops.adapt_datetimefield_value(value))


@overload
def read_uuid(value: UUID | str) -> UUID: ...
@overload
def read_uuid(value: UUID | str | None) -> UUID | None: ...
def read_uuid(value: UUID | str | None) -> UUID | None:
    """A UUID as it came from this database, or None."""
    return UUID(value) if isinstance(value, str) else value


@overload
def read_moment(value: datetime | str) -> datetime: ...
@overload
def read_moment(value: datetime | str | None) -> datetime | None: ...
def read_moment(value: datetime | str | None) -> datetime | None:
    """A moment as it came from this database, or None. SQLite's are in UTC and do not say so."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
