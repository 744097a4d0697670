"""Token buckets, kept per process. `settings.LIMITS` has the rates, MINDNET_LIMITS=off switches them off."""

import threading
import time
from collections.abc import Hashable

from django.conf import settings

from mindnet.base.errors import DomainError
from mindnet.base.limits import Rate

# Buckets that are full again are forgotten when so many are kept: memory stays bounded under a flood of addresses.
KEPT_BUCKETS = 50_000

lock = threading.Lock()
buckets: dict[tuple[str, Hashable], "Bucket"] = {}


class Bucket:
    """`burst` tokens at once, refilled at `per_second`. `now` is in seconds, by whatever clock the caller keeps to."""

    __slots__ = ("rate", "tokens", "at")

    def __init__(self, rate: Rate, now: float) -> None:
        self.rate = rate
        self.tokens = float(rate.burst)
        self.at = now

    def take(self, now: float, cost: float = 1.0) -> float:
        """0 when there were tokens for it, otherwise the seconds until there are. What costs more than the burst takes
        all of it."""
        cost = min(cost, self.rate.burst)
        self.tokens = min(self.rate.burst, self.tokens + (now - self.at) * self.rate.per_second)
        self.at = now
        if self.tokens >= cost:
            self.tokens -= cost
            return 0.0
        return (cost - self.tokens) / self.rate.per_second

    def wait(self, now: float) -> float:
        """As `take` of one, which is not taken."""
        tokens = min(self.rate.burst, self.tokens + (now - self.at) * self.rate.per_second)
        return max(0.0, (1 - tokens) / self.rate.per_second)

    def charge(self, now: float, cost: float) -> None:
        """Takes tokens that there may not be: what has been done was as much work as it was."""
        self.tokens = min(self.rate.burst, self.tokens + (now - self.at) * self.rate.per_second) - cost
        self.at = now

    def is_full(self, now: float) -> bool:
        return self.tokens + (now - self.at) * self.rate.per_second >= self.rate.burst


def take(name: str, key: Hashable, cost: float = 1.0) -> float:
    """0 when `key` may go on under the limit `name`, otherwise the seconds to wait."""
    if not settings.LIMITS_ENFORCED:
        return 0.0
    now = time.monotonic()
    with lock:
        return bucket_of(name, key, now).take(now, cost)


def look(name: str, key: Hashable) -> None:
    """As `check`, and takes nothing: for what counts only once it has succeeded, and then is charged."""
    if not settings.LIMITS_ENFORCED:
        return
    with lock:
        bucket = buckets.get((name, key))  # who has been charged nothing gets none
        wait = bucket.wait(time.monotonic()) if bucket else 0.0
    if wait:
        raise too_fast(wait)


def charge(name: str, key: Hashable, cost: float) -> None:
    """Takes `cost` tokens more for what `key` was let do: how much work it was is known afterwards. What they lack is
    waited for before the next."""
    if not settings.LIMITS_ENFORCED:
        return
    now = time.monotonic()
    with lock:
        bucket_of(name, key, now).charge(now, cost)


def bucket_of(name: str, key: Hashable, now: float) -> Bucket:
    """Under the lock."""
    bucket = buckets.get((name, key))
    if bucket is None:
        if len(buckets) >= KEPT_BUCKETS:
            forget_full(now)
        bucket = buckets[name, key] = Bucket(settings.LIMITS[name], now)
    return bucket


def forget_full(now: float) -> None:
    """A bucket that is full again knows no more than a new one."""
    for key in [key for key, bucket in buckets.items() if bucket.is_full(now)]:
        del buckets[key]


def check(name: str, key: Hashable, cost: float = 1.0) -> None:
    """Raises `rate_limited` with `retry_after` in seconds when `key` has used up the limit `name`. `cost`: tokens, for
    what is more work than another."""
    wait = take(name, key, cost)
    if wait:
        raise too_fast(wait)


def too_fast(wait: float) -> DomainError:
    """The refusal that names these seconds, rounded up to a tenth."""
    wait = round(wait + 0.05, 1)
    return DomainError("rate_limited", f"Too fast. Try again in {wait:g} seconds.", retry_after=wait)
