"""What the short way does for a request (`mindnet.serving.short_way`): the action of a view, for whoever asks."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from django.db import Error as DatabaseFailure
from django.db import close_old_connections

from mindnet.base.errors import DomainError
from mindnet.base.turns import Turns
from mindnet.database.carried import carrying
from mindnet.database.in_step import in_step
from mindnet.database.statements import Row
from mindnet.rest.rendering import encoder
from mindnet.rest.short import Change, Tried
from mindnet.serving.plain import Plain
from presence.callers import Lookup, NotTheirs
from presence.models import Psychic
from presence.sql import psychic_of

logger = logging.getLogger(__name__)


class Done(NamedTuple):
    status: int
    body: bytes


# `Tried` was counted and did not come to an answer; None was not even counted.
Outcome = Done | Tried | None


def in_thread(turns: Turns, asked: Plain) -> Outcome:
    """Of one read, in its thread, when it is its turn."""
    with turns.turn():
        [(_, outcome)] = over_one_connection([asked], [None])
        return outcome


def over_one_connection(asked: Sequence[Plain], bodies: Sequence[Any]) -> Iterator[tuple[int, Outcome]]:
    """(place, outcome) of several requests, as soon as it is there. Who asks is looked up together, and so on
    PostgreSQL is what reads ask, which have no bodies; changes of one kind are one transaction."""
    calls: list[Callable[[], Outcome]] = []
    waiting = dict.fromkeys(range(len(asked)))
    close_old_connections()
    try:
        lookup = Lookup([one.credential for one in asked])
        if len(asked) == 1 and lookup.guesses:
            outcome, is_done = at_a_guess(asked[0], bodies[0], lookup, lookup.guesses[0])
            if is_done:
                del waiting[0]
                yield 0, outcome
                return
        for one, body, psychic in zip(asked, bodies, lookup.look(), strict=True):
            view = counted(one, psychic) if psychic is not None else None
            calls.append(nothing if view is None else Call(one, view, body))
        for place, outcome in done(calls):
            del waiting[place]
            yield place, outcome
    except DatabaseFailure:
        # The long way meets the same, and says it.
        for place in waiting:
            yield place, Tried() if place < len(calls) and calls[place] is not nothing else None
    finally:
        close_old_connections()


@dataclass(slots=True)
class Call:
    """The action of a view, for its request. Who asks was counted."""

    asked: Plain
    view: Any
    body: Any

    def __call__(self) -> Outcome:
        return acted(self.asked, self.view, self.body)


def done(calls: Sequence[Callable[[], Outcome]]) -> Iterator[tuple[int, Outcome]]:
    """(place, outcome) of each."""
    alike: dict[Change, dict[int, Call]] = {}
    for place, call in enumerate(calls):
        if isinstance(call, Call) and isinstance(way := call.asked.operation.way, Change):
            alike.setdefault(way, {})[place] = call
    if not alike:
        yield from in_step(calls)
        return
    left = dict(enumerate(calls))
    for way, some in alike.items():
        for place, outcome in zip(some, changed_together(way, list(some.values())), strict=False):
            del left[place]
            yield place, outcome
    for place, call in left.items():
        yield place, call()


def changed_together(way: Change, calls: Sequence[Call]) -> list[Outcome]:
    """The outcome of each; empty where they are to be done one by one."""
    if len(calls) < 2:
        return []
    try:
        found = way.together([(one.view.request.user, one.body, one.asked.path) for one in calls])
    except Exception:
        logger.warning("%d changes together failed, trying one by one", len(calls), exc_info=True)
        return []
    return [Tried(one) if isinstance(one, DomainError) else Done(200, encoder.encode(one)) for one in found]


def at_a_guess(asked: Plain, body: Any, lookup: Lookup, guess: int) -> tuple[Outcome, bool]:
    """The outcome of a request, and whether there is one: who asks is looked up together with the first that the action
    reads, which until then knows no more of them than their id. Nothing is done and nothing told that is not theirs."""
    psychic = psychic_of(["id"], [guess])
    view = view_for(asked, psychic)

    def take(answers: list[list[Row]]) -> None:
        [found] = lookup.read(answers)
        if found is None or not lookup.is_right([found]):
            raise NotTheirs
        psychic.__dict__.update(found.__dict__)
        if not is_within_rates(view):
            raise NotTheirs

    try:
        with carrying(lookup.questions, take) as carried:
            outcome = acted(asked, view, body)
    except NotTheirs:
        return None, True
    return outcome, carried.is_taken


def nothing() -> Outcome:
    """Of a request that was not even counted."""
    return None


def acted(asked: Plain, view: Any, body: Any) -> Outcome:
    """What the action answers. Of whatever it raises, a mistake of ours too, the long way makes its answer."""
    if body is not None:
        view.body = lambda: msgspec.structs.asdict(body)
    try:
        response = getattr(view, asked.operation.action)(asked.asked, **asked.path)
        return Done(response.status_code, encoder.encode(response.data))
    except Exception as error:
        return Tried(error)


def counted(asked: Plain, psychic: Psychic) -> Any:
    """The view, with its request, which has been counted under the psychic's rates; None where they are above them."""
    view = view_for(asked, psychic)
    return view if is_within_rates(view) else None


def view_for(asked: Plain, psychic: Psychic) -> Any:
    operation, request = asked.operation, asked.asked
    request.user = psychic
    view = operation.view(**operation.initkwargs)
    view.request, view.action, view.action_map, view.kwargs = request, operation.action, operation.actions, asked.path
    return view


def is_within_rates(view: Any) -> bool:
    """Counts its request under the rates of who asks."""
    try:
        for throttle in view.throttle_classes:
            throttle().allow_request(view.request, view)
    except DomainError:
        return False
    return True
