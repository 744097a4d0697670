"""One socket's confirmations: `message.delivered` and `message.read`.

Whoever reads along in a lively room confirms every message twice, which is no abuse and must not end their socket.
Confirmations only move forward, so above CONFIRM_RATE they are merged: the highest of each room is kept until the rate
allows, and then written for all of them. Those are answered at once. What is lost with the process is confirmed again
by the client, which is told in its next `hello` how far the server has heard.
"""

import asyncio
import time
from functools import partial

from django.conf import settings

from messaging.watermarks import Watermark, merged
from mindnet.base.errors import DomainError
from mindnet.base.rates import Bucket
from mindnet.database.group_commit import Batcher

# What could not be written is tried again after this.
RETRY_SECONDS = 1.0


class Confirmations:
    """`submit` in the loop's thread, `close` when the socket is gone."""

    __slots__ = ("watermarks", "bucket", "kept", "timer", "is_closed")

    def __init__(self, watermarks: Batcher[Watermark, None]) -> None:
        self.watermarks = watermarks
        self.bucket: Bucket | None = None
        self.kept: dict[int, Watermark] = {}  # by room; bounded by the rooms of one psychic
        self.timer: asyncio.TimerHandle | None = None
        self.is_closed = False

    def submit(self, mark: Watermark) -> asyncio.Future[None]:
        """A future that is done when the watermark is written, or at once when it is kept."""
        wait = self.wait()
        if not wait:
            return self.watermarks.submit(mark)
        self.keep(mark, wait)
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        answered.set_result(None)
        return answered

    def wait(self) -> float:
        """0 when another one may be written, otherwise the seconds until then."""
        if not settings.LIMITS_ENFORCED:
            return 0.0
        now = time.monotonic()
        if self.bucket is None:
            self.bucket = Bucket(settings.LIMITS["CONFIRM_RATE"], now)
        return self.bucket.take(now)

    def keep(self, mark: Watermark, seconds: float) -> None:
        known = self.kept.get(mark.room_id)
        self.kept[mark.room_id] = merged(known, mark) if known else mark
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(seconds, self.write)

    def write(self) -> None:
        """All that is kept, in one go."""
        self.timer = None
        kept, self.kept = self.kept, {}
        for mark in kept.values():
            try:
                future = self.watermarks.submit(mark)
            except DomainError:
                self.again(mark)
            else:
                future.add_done_callback(partial(self.written, mark))

    def written(self, mark: Watermark, future: asyncio.Future[None]) -> None:
        if future.cancelled() or future.exception() is not None:
            self.again(mark)

    def again(self, mark: Watermark) -> None:
        if not self.is_closed:
            self.keep(mark, RETRY_SECONDS)

    def close(self) -> None:
        """Writes what is kept."""
        self.is_closed = True
        if self.timer is not None:
            self.timer.cancel()
            self.write()
