"""Questions that go along with what is read next, and are answered before it: who asks, mostly.

An exchange with PostgreSQL is a wait, and to wake up from it costs the process as much as what it reads. Whose a
request is, and what it wants to know, need not be two of them: it is done at a guess, and ends there where the guess
was wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

from mindnet.database.statements import Question, Row, ask


class Carried:
    """`take` gets the rows of each question. What it raises comes out of whatever was asked, and as long as it has not
    taken them they are asked again before anything else is."""

    def __init__(self, questions: Sequence[Question], take: Callable[[list[list[Row]]], None]) -> None:
        self.questions = questions
        self.take = take
        self.is_taken = False

    def ask(self, *questions: Question) -> list[list[Row]]:
        """As `ask` does, and with the first of them ours."""
        if self.is_taken or not questions:
            return ask(*questions)
        return self.ask_both(questions)

    def ask_both(self, questions: Sequence[Question]) -> list[list[Row]]:
        connection.execute_wrappers.remove(self.go_first)
        try:
            answers = ask(*self.questions, *questions)
            self.take(answers[: len(self.questions)])
        except BaseException:
            connection.execute_wrappers.append(self.go_first)
            raise
        self.is_taken = True
        return answers[len(self.questions) :]

    def go_first(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Before any other statement, which may write: ours by themselves."""
        self.ask_both([])
        return execute(*arguments)


going: ContextVar[Carried | None] = ContextVar("going", default=None)


@contextmanager
def carrying(questions: Sequence[Question], take: Callable[[list[list[Row]]], None]) -> Iterator[Carried]:
    """Inside, what is read first by `mindnet.database.prepared` has these questions with it; `take` has their answers
    before anybody has those of the rest, and before anything is written. Where nothing is asked, neither are they."""
    carried = Carried(questions, take)
    connection.execute_wrappers.append(carried.go_first)
    token = going.set(carried)
    try:
        yield carried
    finally:
        going.reset(token)
        if not carried.is_taken:
            connection.execute_wrappers.remove(carried.go_first)


def ask_with_carried(*questions: Question) -> list[list[Row]]:
    carried = going.get()
    return ask(*questions) if carried is None else carried.ask(*questions)
