"""Checking a password, for all doors: the login pages, `POST /auth/token`, and wherever it is asked for once more.

Failures are counted by name and address, and by address under whatever names, by axes in its table; those under way
count too, so that a hundred guesses at once are no more than five one after the other.
"""

import collections
import contextlib
import math
import threading
from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import auth
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.addresses import counted_address
from mindnet.base.errors import DomainError
from mindnet.base.rules import most_of
from presence import hashing
from presence.fields import PASSWORD, USERNAME
from presence.models import Psychic
from presence.passwords import normalised

# Checks of this process whose end is not yet in the table.
under_way: collections.Counter[Hashable] = collections.Counter()
lock = threading.Lock()


def authenticate(*, request: HttpRequest, username: str, password: str) -> Psychic | None:
    """The psychic of this name and password, as Django has it. An unknown name takes as long as a wrong password.

    Raises `rate_limited` after too many failures or successes, `overloaded` where too many passwords are being checked;
    then nothing was hashed.
    """
    succeed = count_successes(request, username)
    # A connection that waits its turn is given back: before anything is asked of the database.
    with counted(request, username), hashing.turn():
        psychic = auth.authenticate(request, username=username, password=bounded(password))
        if psychic is None and was_refused(request):
            raise too_many_failures(1)  # another process has counted one more in this moment
        if psychic is not None:
            succeed()
        return psychic


def bounded(password: str) -> str:
    """What is given for a password, no longer than one can be: hashing more would be work for nothing."""
    return password if len(normalised(password)) <= most_of(PASSWORD) else password[: most_of(PASSWORD) + 1]


@contextlib.contextmanager
def counted(request: HttpRequest, username: str) -> Iterator[None]:
    """Raises `rate_limited` where the failures so far, with the checks under way, are as many as there may be."""
    if not settings.LIMITS_ENFORCED:
        yield
        return
    name, address = attempted_username(request, {"username": username}), request_address(request)
    by_address = AccessAttempt.objects.filter(ip_address=address)
    counts = [
        ((name, address), by_address.filter(username=name), int(settings.LIMITS["LOGIN_FAILURES"])),
        (address, by_address, int(settings.LIMITS["LOGIN_FAILURES_PER_ADDRESS"])),
    ]
    with contextlib.ExitStack() as places:
        # Counted before the table is read: what is in neither has not begun.
        at_once = [places.enter_context(place(key)) for key, _, _ in counts]
        for number, (_, attempts, most) in zip(at_once, counts, strict=True):
            wait = seconds_to_wait(attempts, most - number)
            if wait:
                raise too_many_failures(wait)
        yield


def count_successes(request: HttpRequest, username: str) -> Callable[[], None]:
    """Gives what is to be called for a right password. Raises `rate_limited` where this name, or this address, has had
    too many. Wrong ones are not counted here: nobody's guesses from elsewhere keep the owner out."""
    counts = [("LOGIN_RATE", attempted_username(request, {"username": username}))]
    if address := request_address(request):
        counts.append(("LOGIN_ADDRESS_RATE", address))
    for limit, key in counts:
        rates.look(limit, key)

    def succeed() -> None:
        for limit, key in counts:
            rates.charge(limit, key, 1)

    return succeed


@contextlib.contextmanager
def place(key: Hashable) -> Iterator[int]:
    """Gives how many others of this key are under way."""
    with lock:
        others = under_way[key]
        under_way[key] += 1
    try:
        yield others
    finally:
        with lock:
            under_way[key] -= 1
            if not under_way[key]:
                del under_way[key]


def seconds_to_wait(attempts: "QuerySet[AccessAttempt]", most: int) -> int:
    """How long until there are less than `most` failures within the quarter of an hour; 0 where there are."""
    if most <= 0:
        return 1  # those under way end soon
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    recent = attempts.filter(attempt_time__gt=since).order_by("-attempt_time")
    rows: list[tuple[datetime, int]] = list(recent.values_list("attempt_time", "failures_since_start")[:most])
    failures = 0
    for at, count in rows:
        failures += count
        if failures >= most:
            return max(1, math.ceil((at - since).total_seconds()))
    return 0


def was_refused(request: HttpRequest) -> bool:
    """Whether axes turned this attempt away unlooked at. The failure that fills the count was still looked at."""
    return getattr(request, "axes_locked_out", False) and getattr(request, "axes_failures_since_start", None) is None


def too_many_failures(wait: int) -> DomainError:
    return DomainError("rate_limited", f"Too many failed attempts. Try again in {wait} seconds.", retry_after=wait)


# For axes


def request_address(request: HttpRequest) -> str | None:
    """The address that failed attempts are counted under."""
    return counted_address(request.META) or None


def attempted_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Names without case. What cannot be a name counts as one, and never reaches a log line."""
    username = str((credentials or {}).get("username") or "")
    return username.lower() if USERNAME.fits(username) else "(no name)"
