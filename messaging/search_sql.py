"""The statements of a search: what it asks of the index, and of the messages that the index has not followed yet."""

import contextlib
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from django.db import OperationalError, connection, transaction

from messaging import search_keys
from mindnet.database.statements import Question, Row, Unprepared, ask, on_sqlite, question

# A search that takes longer gives what it has found by then.
SECONDS_MOST = 2.0
# Where only mentions are asked for, so many rooms are given to the index as keys; with more the mentions are quicker.
KEYED_ROOMS = 16
# PostgreSQL cannot tell how little a set of keys finds. It would read all messages to join them to ten, and compile the
# statement for 100 ms.
PLANNED = dict.fromkeys(("enable_hashjoin", "enable_mergejoin", "jit"), "off")
# SQLite asks after so many of its steps whether the time is up: every millisecond or so.
STEPS = 10_000

FROM_ENTRIES = "search_entries e JOIN messages m ON m.id = e.message_id"
# CROSS JOIN keeps SQLite to this order.
FROM_KEYS = """search_keys k CROSS JOIN search_entries e ON e.message_id = k.rowid
CROSS JOIN messages m ON m.id = k.rowid"""
# OFFSET 0 has PostgreSQL look into the index once for each set of keys.
FROM_LOOKS = """unnest(%s::text[]) AS looks(keys) CROSS JOIN LATERAL
(SELECT * FROM search_entries WHERE search_entries.keys @> looks.keys::integer[] OFFSET 0) AS e
JOIN messages m ON m.id = e.message_id"""
SAME_ON_POSTGRESQL = "m.edited_at IS NOT DISTINCT FROM e.edited_at"
SAME_ON_SQLITE = "m.edited_at IS e.edited_at"


# As `statements.ask`, in bounded time.
Look = Callable[..., list[list[Row]]]


class Clause(NamedTuple):
    """A condition, and the values of its places."""

    text: str
    values: tuple[Any, ...] = ()


class Window(NamedTuple):
    """Ids from `low` on and below `high`. `key` finds them in the index of PostgreSQL."""

    low: int
    high: int
    key: int


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def search_for(text: str, values: Sequence[Any]) -> Question:
    """Planned anew each time: a word in a room may stand in all of its messages or in none."""
    return question(Unprepared(text), *values)


def one_of(column: str, ids: Sequence[int]) -> Clause:
    """`column` is one of a list, whose length leaves the text as it is."""
    if on_postgresql():
        return Clause(f"{column} = ANY(%s::bigint[])", (list(ids),))
    return Clause(on_sqlite(f"{column} {{ids}}"), (str(list(ids)),))


def contains(column: str, word: str) -> Clause:
    return Clause(f"{'strpos' if on_postgresql() else 'instr'}({column}, %s) > 0", (word,))


def lacks(column: str, word: str) -> Clause:
    return Clause(f"{'strpos' if on_postgresql() else 'instr'}({column}, %s) = 0", (word,))


def joined(clauses: Sequence[Clause]) -> Clause:
    """All of them."""
    values = tuple(value for clause in clauses for value in clause.values)
    return Clause(" AND ".join(f"({clause.text})" for clause in clauses), values)


# The index


def windows(top: int, bottom: int) -> Iterator[Window]:
    """Where to look, from the newest on: ever wider, so that a common word is found at once and a rare one soon. FTS5
    does so by itself."""
    if not on_postgresql():
        yield Window(bottom, top, 0)
        return
    sizes = iter(search_keys.WINDOW_BITS)
    bits = next(sizes)
    while top > bottom:
        low = ((top - 1) >> bits) << bits
        is_small = (top - low) << 1 < 1 << bits
        if is_small and low > bottom and (wider := next(sizes, None)):
            bits = wider  # which has this one in it
            continue
        yield Window(max(low, bottom), top, search_keys.window_key(bits, top - 1))
        top, bits = low, next(sizes, bits)


def indexed(window: Window, keys: Sequence[Collection[int]], clauses: Sequence[Clause], most: int) -> Question:
    """For what the index has in a window under all the keys of one of `keys` (without any: of all), newest first, at
    most so many: ids, and whether the message has reactions and files.

    The clauses speak of `e`, the entry, and `m`, the message; one whose text is not that of the entry is not found.
    """
    source, order = FROM_ENTRIES, "e.message_id"
    having = [Clause("e.message_id >= %s AND e.message_id < %s", (window.low, window.high))]
    values: list[Any] = []
    if keys and on_postgresql():
        source = FROM_LOOKS
        values = [[as_array([*one, window.key]) for one in keys]]
    elif keys:
        source, order = FROM_KEYS, "k.rowid"
        having = [matching(keys), Clause("k.rowid >= %s AND k.rowid < %s", (window.low, window.high))]
    where = joined([*having, Clause(SAME_ON_POSTGRESQL if on_postgresql() else SAME_ON_SQLITE), *clauses])
    columns = "e.message_id, m.has_reactions, m.has_attachments"
    text = f"SELECT {columns} FROM {source} WHERE {where.text} ORDER BY {order} DESC LIMIT %s"  # noqa: S608 (texts of ours)
    return search_for(text, [*values, *where.values, most])


def as_array(keys: Iterable[int]) -> str:
    """An array as PostgreSQL reads it."""
    return "{" + ",".join(map(str, keys)) + "}"


def matching(keys: Iterable[Collection[int]]) -> Clause:
    sets = (" AND ".join(f'"{key}"' for key in one) for one in keys)
    return Clause("search_keys MATCH %s", (" OR ".join(f"({one})" for one in sets),))


# Time


class OutOfTime(Exception):
    """A search has taken SECONDS_MOST."""


@contextlib.contextmanager
def bounded(seconds: float = SECONDS_MOST) -> Iterator[Look]:
    """Gives what is asked with. Raises OutOfTime when statements within take longer: on SQLite together, on PostgreSQL
    each, of which there are few."""
    deadline = time.monotonic() + seconds
    with bounded_on_postgresql(seconds) if on_postgresql() else bounded_on_sqlite(deadline) as look:
        yield look


@contextlib.contextmanager
def bounded_on_postgresql(seconds: float) -> Iterator[Look]:
    """The bounds go along with each call of `look`, and end with it: there is no transaction between two calls, in
    which a request would keep its turn."""
    bounds = set_locally({"statement_timeout": str(int(seconds * 1000)), **PLANNED})
    unbounded = set_locally({"statement_timeout": "0", **dict.fromkeys(PLANNED, "on")})

    def look(*questions: Question) -> list[list[Row]]:
        if not connection.in_atomic_block:
            return ask(bounds, *questions)[1:]
        with transaction.atomic():  # what goes on is not what has failed
            return ask(bounds, *questions, unbounded)[1:-1]

    try:
        yield look
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise OutOfTime from error
        raise


def set_locally(settings: Mapping[str, str]) -> Question:
    """Until the transaction ends."""
    calls = ", ".join(f"set_config('{name}', %s, true)" for name in settings)
    return question(f"SELECT {calls}", *settings.values())


@contextlib.contextmanager
def bounded_on_sqlite(deadline: float) -> Iterator[Look]:
    connection.ensure_connection()
    link = connection.connection
    link.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        yield ask
    except OperationalError as error:
        if "interrupted" in str(error):
            raise OutOfTime from error
        raise
    finally:
        link.set_progress_handler(None, 0)
