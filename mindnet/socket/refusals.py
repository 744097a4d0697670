"""Handshakes that are turned away, written down: the first at once, then what has gathered, once a minute.

Who knocks three thousand times is one line of the log with a number, not three thousand lines. A line is of an
address, a reason and a person.
"""

import asyncio
import logging

from mindnet.base.errors import DomainError
from mindnet.database.group_commit import Batcher
from presence.registry import Item, Refused

logger = logging.getLogger(__name__)

GATHER_SECONDS = 60.0
# Lines that are counted for; what comes from further addresses meanwhile is counted together, without one.
LINES_MOST = 10_000

# A refusal without its user agent, which a client makes up.
Key = tuple[int | None, str | None, str]


class Gathered:
    """Refusals of one line since the last was written."""

    __slots__ = ("refused", "count", "timer")

    def __init__(self, refused: Refused, timer: asyncio.TimerHandle) -> None:
        self.refused = refused
        self.count = 0
        self.timer = timer


class Refusals:
    """`register` writes to the table. All in the loop's thread."""

    def __init__(self, register: Batcher[Item, None]) -> None:
        self.register = register
        self.lines: dict[Key, Gathered] = {}

    def add(self, refused: Refused) -> None:
        """One handshake was refused."""
        key: Key = (refused.psychic_id, refused.address, refused.reason)
        if key not in self.lines and len(self.lines) >= LINES_MOST:
            refused = refused._replace(psychic_id=None, address=None, user_agent="")
            key = (None, None, refused.reason)
        if key in self.lines:
            self.lines[key].count += 1
        else:
            self.begin(key, refused)
            self.write(refused)

    def begin(self, key: Key, refused: Refused) -> None:
        timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self.end, key)
        self.lines[key] = Gathered(refused, timer)

    def end(self, key: Key) -> None:
        """A minute is over: whoever has gone on has a line, and another minute."""
        gathered = self.lines.pop(key)
        if gathered.count:
            self.begin(key, gathered.refused)
            self.write(gathered.refused._replace(times=gathered.count))

    def write(self, refused: Refused) -> None:
        logger.info("refused a socket from %s, %d times: %s", refused.address, refused.times, refused.reason)
        try:
            future = self.register.submit(refused)
        except DomainError:
            logger.warning("the register is full, not recorded: %s", refused)
        else:
            future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def close(self) -> None:
        """Writes what has gathered, before the process ends."""
        lines, self.lines = self.lines, {}
        for gathered in lines.values():
            gathered.timer.cancel()
            if gathered.count:
                self.write(gathered.refused._replace(times=gathered.count))
