"""What PostgreSQL answers, as rows.

Of a page of messages psycopg takes thirteen times as long for moments and UUIDs as for all else.
"""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq.abc import PGresult
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import TextLoader

Row = tuple[Any, ...]

# A megabyte and a half.
MOMENTS_KEPT = 8192


class MomentLoader(TimestamptzLoader):
    """In the place of Django's, for connections in UTC. The same rows are read again and again, and have two or three
    moments each."""

    timezone = UTC  # Django asks

    def load(self, data: Buffer) -> datetime:
        try:
            return stored_moment(bytes(data))
        except ValueError:  # no moment of Python's
            return super().load(data).replace(tzinfo=UTC)


@functools.lru_cache(MOMENTS_KEPT)
def stored_moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode()).astimezone(UTC)


# For columns of any kind: that is what stands under the number of none.
texts = AdaptersMap()
texts.register_loader(0, TextLoader)


class Loaders:
    """What reads the results of a connection, as PostgreSQL's texts or as values. To be made anew for each result they
    would cost more than its rows do, where these are few."""

    def __init__(self, link: psycopg.Connection[Any]) -> None:
        self.texts, self.values = Transformer(texts), Transformer(link)


def loaders_of(link: Any) -> Loaders:
    """Kept with the connection, and used like it by one thread at a time."""
    found: Loaders | None = getattr(link, "loaders", None)
    if found is None:
        found = link.loaders = Loaders(link)
    return found


class TextRows(list[Row]):
    """Rows of the texts that PostgreSQL has sent, of which the values are made later, and not of all."""

    def __init__(self, result: PGresult, loaders: Loaders) -> None:
        super().__init__(rows_of(result, loaders.texts))
        self.result, self.loader = result, loaders.values

    def values(self, numbers: Sequence[int]) -> list[Row]:
        """The rows of these numbers, as they would have come otherwise."""
        self.loader.set_pgresult(self.result)
        rows = [self.loader.load_row(number, tuple) for number in numbers]
        self.loader.set_pgresult(None)
        return rows


def rows_of(result: PGresult, loader: Any) -> list[Row]:
    """`loader`: one of a connection's Loaders."""
    if not result.nfields or not result.ntuples:
        return []
    loader.set_pgresult(result)
    rows: list[Row] = loader.load_rows(0, result.ntuples, tuple)
    loader.set_pgresult(None)  # or it would be kept until the next one
    return rows
