"""What PostgreSQL answers, as rows.

Of a page of messages psycopg takes thirteen times as long for moments and UUIDs as for all else.
"""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg.abc import AdaptContext, Buffer
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


class TextRows(list[Row]):
    """Rows of the texts that PostgreSQL has sent, of which the values are made later, and not of all."""

    def __init__(self, result: PGresult, context: AdaptContext) -> None:
        super().__init__(rows_of(result, texts))
        self.result, self.context = result, context

    def values(self, numbers: Sequence[int]) -> list[Row]:
        """The rows of these numbers, as they would have come otherwise."""
        loader = Transformer(self.context)
        loader.set_pgresult(self.result)
        return [loader.load_row(number, tuple) for number in numbers]


def rows_of(result: PGresult, context: AdaptContext) -> list[Row]:
    if not result.nfields or not result.ntuples:
        return []
    loader = Transformer(context)
    loader.set_pgresult(result)
    return loader.load_rows(0, result.ntuples, tuple)
