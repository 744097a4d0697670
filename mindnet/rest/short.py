"""The short way: the most asked requests, answered without Django's request, middleware and dispatch.

A viewset puts an action on it by naming it in `short`, with what its plain requests are like:

    class RoomMessageViewSet(View):
        short = {"list": Read(BY_SEQ), "create": Post(NewMessageIn, prepare, submit, answer)}

`Read(parameters)` calls the action itself, in a request's thread, with an `Asked` in place of DRF's request; its
parameters are those of `extend_schema`, and it is for answers that say all they say by their data and status.
`Change(body)` does so with a body, which `self.body()` gives. `Post` is for what goes through a batcher, and holds no
thread while it waits.

Only what is plain in every respect goes this way, and only successes come out of it. Anything else goes the long way
as if nothing had been tried: an unusual header, a body that is not quite right, somebody who may not. What was done
already stands in the scope (`TRIED`): that the request was counted, and what the service refused it with, so that it
is neither counted nor done twice.

`mindnet/serving/plain.py` says which requests these are, `mindnet/serving/at_once.py` answers those that are here in
one piece and `mindnet/serving/short_way.py` the others, and `mindnet/tests/serving/test_short_way.py` asks everything
all ways.
"""

import itertools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

# In the scope of a request that goes the long way after all: a `Tried`.
TRIED = "mindnet.tried"


class Tried(NamedTuple):
    """A request that was counted under its caller's rates. `error`: what came of it, None where it was not begun."""

    error: Exception | None = None


class Read:
    """A GET that writes nothing. `parameters`: what its query may have, as `extend_schema` says it, with a serializer
    for all its fields. `is_alone`: it may take long, or counts something by itself; any other is done together with
    what comes at the same time (`mindnet.serving.together`), and may be called again from its start."""

    def __init__(self, parameters: Sequence[Any] = (), *, is_alone: bool = False) -> None:
        self.is_alone = is_alone
        names = [[each.name] if isinstance(each, OpenApiParameter) else each().fields for each in parameters]
        self.names = frozenset(itertools.chain(*names))


class Change:
    """A write in the request's thread. `body`: the msgspec struct of a plain one; what its serializer refuses, it must
    refuse too.

    `together(asked)` carries out several that come at the same time, (psychic, body, path) of each. It gives what each
    is answered with under 200, or what it is refused with; where it raises they are done one by one."""

    names: frozenset[str] = frozenset()

    def __init__(self, body: type[Any], together: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        self.body = body
        self.together = together


class Post(NamedTuple):
    """A write through a batcher, from the event loop.

    `submit(credential, make, body, told, **path)` has `told` called with the result, or with why there is none. In the
    batcher's thread `make` is called with whom the credential lets in, or None, and gives what
    `prepare(psychic, body, **path)` does, which checks and counts; what that raises is said by the long way, which does
    so again. `answer(result)` is status and data.
    """

    body: type[Any]
    prepare: Callable[..., Any]
    submit: Callable[..., None]
    answer: Callable[[Any], tuple[int, Any]]

    @property
    def names(self) -> frozenset[str]:
        return frozenset()


class Asked:
    """What an action asks of its request, by the names that DRF's has. `origin`: scheme and host."""

    user: Any

    def __init__(self, method: str, path: str, origin: str, query: str) -> None:
        self.method = method
        self.path = path
        self.origin = origin
        self.query = query

    @cached_property
    def query_params(self) -> QueryDict:
        return QueryDict(self.query)

    def build_absolute_uri(self, location: str) -> str:
        """Of a path of ours."""
        return self.origin + location


def tried(request: Any) -> Tried | None:
    """What the short way has done already for a request of Django."""
    found: Tried | None = getattr(request, "scope", {}).get(TRIED)
    return found
