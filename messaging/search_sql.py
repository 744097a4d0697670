"""The statements of a search: what it asks of the index, and of the messages that the index has not followed yet."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
from django.db import OperationalError, connection, transaction

from messaging import search_keys
from mindnet.database.statements import on_sqlite

# A search that takes longer gives what it has found by then.
SECONDS_MOST = 2.0
# Of so many rooms a search gives the keys to the index; of more it looks at whatever has the words.
KEYED_ROOMS = 16
# SQLite asks after so many of its steps whether the time is up: every millisecond or so.
STEPS = 10_000

FROM_ENTRIES = "search_entries e JOIN messages m ON m.id = e.message_id"
# CROSS JOIN keeps SQLite to this order.
FROM_KEYS = """search_keys k CROSS JOIN search_entries e ON e.message_id = k.rowid
CROSS JOIN messages m ON m.id = k.rowid"""
SAME_ON_POSTGRESQL = "m.edited_at IS NOT DISTINCT FROM e.edited_at"
SAME_ON_SQLITE = "m.edited_at IS e.edited_at"


class Clause(NamedTuple):
    """A condition, and the values of its places."""

    text: str
    values: tuple[Any, ...] = ()


class Window(NamedTuple):
    """Ids from `low` on and below `high`. `key` finds them in the index, None in all of it."""

    low: int
    high: int
    key: int | None


def on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def fetch(text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


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
        yield Window(bottom, top, None)
        return
    sizes = iter(search_keys.WINDOW_BITS)
    bits = next(sizes)
    while top > bottom:
        low = ((top - 1) >> bits) << bits
        yield Window(max(low, bottom), top, search_keys.window_key(bits, top - 1))
        top, bits = low, next(sizes, bits)


def newest_entry() -> int:
    [(newest,)] = fetch("SELECT MAX(message_id) FROM search_entries", [])
    return newest or 0


def indexed(
    window: Window, keys: Sequence[int], any_of: Sequence[int], clauses: Sequence[Clause], most: int
) -> list[int]:
    """Ids of what the index has in a window under all of the keys and one of `any_of` (if any), newest first.

    The clauses speak of `e`, the entry, and `m`, the message; one whose text is not that of the entry is not found.
    """
    is_keyed, source, order = bool(keys or any_of), FROM_ENTRIES, "e.message_id"
    having: list[Clause] = []
    if is_keyed and on_postgresql():
        having = [keyed_on_postgresql(keys, any_of, window.key)]
    elif is_keyed:
        having, source, order = keyed_on_sqlite(keys, any_of, window), FROM_KEYS, "k.rowid"
    bounds = Clause("e.message_id >= %s AND e.message_id < %s", (window.low, window.high))
    where = joined([*having, bounds, Clause(SAME_ON_POSTGRESQL if on_postgresql() else SAME_ON_SQLITE), *clauses])
    text = f"SELECT e.message_id FROM {source} WHERE {where.text} ORDER BY {order} DESC LIMIT %s"  # noqa: S608 (texts of ours)
    return [pk for (pk,) in fetch(text, [*where.values, most])]


def keyed_on_postgresql(keys: Sequence[int], any_of: Sequence[int], window_key: int | None) -> Clause:
    own = [] if window_key is None else [window_key]
    sets = [[*keys, *own, one] for one in any_of] or [[*keys, *own]]
    return Clause(" OR ".join(["e.keys @> %s::integer[]"] * len(sets)), tuple(sets))


def keyed_on_sqlite(keys: Sequence[int], any_of: Sequence[int], window: Window) -> list[Clause]:
    parts = [f'"{key}"' for key in keys]
    if any_of:
        parts.append("(" + " OR ".join(f'"{key}"' for key in any_of) + ")")
    match = Clause("search_keys MATCH %s", (" AND ".join(parts),))
    return [match, Clause("k.rowid >= %s AND k.rowid < %s", (window.low, window.high))]


# Time


class OutOfTime(Exception):
    """A search has taken SECONDS_MOST."""


@contextlib.contextmanager
def bounded(seconds: float = SECONDS_MOST) -> Iterator[None]:
    """Raises OutOfTime when the statements within take longer together."""
    deadline = time.monotonic() + seconds
    with bounded_on_postgresql(seconds) if on_postgresql() else bounded_on_sqlite(deadline):
        yield


@contextlib.contextmanager
def bounded_on_postgresql(seconds: float) -> Iterator[None]:
    """Each statement. Their number is small."""
    try:
        with transaction.atomic():
            fetch("SELECT set_config('statement_timeout', %s, true)", [str(int(seconds * 1000))])
            yield
            fetch("SELECT set_config('statement_timeout', '0', true)", [])
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise OutOfTime from error
        raise


@contextlib.contextmanager
def bounded_on_sqlite(deadline: float) -> Iterator[None]:
    connection.ensure_connection()
    link = connection.connection
    link.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error):
            raise OutOfTime from error
        raise
    finally:
        link.set_progress_handler(None, 0)
