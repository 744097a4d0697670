"""Reads that are done together: what each of them fetches travels in one exchange with what the others do.

An exchange with PostgreSQL costs the process as much as the rows of a list do: it is written, waited for while others
run, and read. SQLite is asked by a call of its library, and there is nothing to spare.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection

from mindnet.database.prepared import Answers, Bound, Unanswered, answered_by, read_now

Given = TypeVar("Given")


def in_step(calls: Sequence[Callable[[], Given]]) -> Iterator[tuple[int, Given]]:
    """(place, what it gives) of each of them, as soon as it is there.

    On PostgreSQL a call that fetches what has not been read for it is stopped, by an exception that is no Exception,
    and called again with that read, from its start. So a call writes nothing, counts nothing, and takes little time
    until it fetches. Each has the rows that were read for it, also where others ask the same. What one of them raises
    ends it all.
    """
    if connection.vendor != "postgresql" or len(calls) < 2:
        for place, call in enumerate(calls):
            yield place, call()
        return
    answers = [Answers() for _ in calls]
    under_way: Sequence[int] = range(len(calls))
    while under_way:
        asked: list[tuple[int, Bound[Any]]] = []
        for place in under_way:
            try:
                with answered_by(answers[place]):
                    given = calls[place]()
            except Unanswered as stopped:
                asked += [(place, one) for one in stopped.asked]
            else:
                yield place, given
        if any(one.key in answers[place] for place, one in asked):
            raise RuntimeError("asked for what it was told already")  # and so for ever
        for (place, one), rows in zip(asked, read_now([one for _, one in asked]), strict=True):
            answers[place][one.key] = rows
        under_way = list(dict.fromkeys(place for place, _ in asked))
