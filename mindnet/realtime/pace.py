"""How far apart the messages of a busy room are stored, so that one frame to its many sockets carries several.

A message to two hundred sockets costs two hundred writes to the kernel, a transaction and a publish; two messages in
one batch cost the same. So while more messages come to a large room than anybody reads, they wait for each other, for
no longer than anybody notices. They wait before they are stored, not behind it: then all that follows is shared too.
"""

# Measured with 200 sockets and 50 messages a second (docs/performance.md).
PAUSE_SECONDS_A_SOCKET = 0.00018
PAUSE_SECONDS_MOST = 0.036
# A shorter one is not worth a timer: rooms of up to 27 sockets never wait.
PAUSE_SECONDS_LEAST = 0.005


class Pace:
    """The steps of one room. The first message after a quiet time never waits."""

    __slots__ = ("next_at", "is_awaited")

    def __init__(self) -> None:
        self.next_at = 0.0  # nothing is stored before, unless some other room's messages take it along
        self.is_awaited = False  # whether anything waits, or has waited, for `next_at`

    def wait(self, sockets: int, now: float) -> float:
        """Seconds for which a message that comes now may wait for others; 0 where it is to be stored at once.

        `sockets` is how many of this process it is for, `now` the event loop's time.
        """
        pause = min(sockets * PAUSE_SECONDS_A_SOCKET, PAUSE_SECONDS_MOST)
        if pause < PAUSE_SECONDS_LEAST:
            return 0.0
        if self.is_awaited and self.next_at <= now < self.next_at + pause:
            self.next_at += pause  # those who waited have gone just now
        elif self.next_at <= now:
            self.next_at = now + pause
            self.is_awaited = False
            return 0.0
        self.is_awaited = True
        return self.next_at - now
