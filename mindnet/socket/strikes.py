"""Refusals for haste, and how many of them a socket may have."""

import time

from mindnet.base.errors import DomainError

STRIKE_SECONDS = 60


def too_late() -> DomainError:
    return DomainError("overloaded", "Too much was asked before this. Nothing was done; ask again.", retry_after=1)


def too_many_frames(wait: float) -> DomainError:
    wait = round(wait + 0.05, 2)
    return DomainError("rate_limited", f"Too many frames. Wait {wait:g} s.", retry_after=wait)


class Strikes:
    """Counts offences within a minute; `add` says whether there were `most`."""

    __slots__ = ("most", "times")

    def __init__(self, most: int) -> None:
        self.most = most
        self.times: tuple[float, ...] = ()

    def add(self) -> bool:
        now = time.monotonic()
        self.times = (*self.times, now)[-self.most :]
        return len(self.times) == self.most and now - self.times[0] < STRIKE_SECONDS
