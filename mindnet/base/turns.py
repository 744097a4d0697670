"""Whose turn it is among the threads of requests: one of them runs at a time, and who waits lets others run.

Python runs one thread at a time. Each more that wants to run makes the others wait longer and change places oftener,
the event loop and the threads that store messages among them: with two requests at work a message took ten times as
long to its readers, and with eight a request took twice as much CPU as with one. But who waits for a database, for a
batch, for a hash or a picture does not run, and says so by `waiting`: who stood behind them would wait for nothing.

A batch of messages goes before them (`first`): whose turn begins or comes back while one is under way stands aside
until it is done. It goes to and fro between its thread, the database and the event loop, and each time it would have
to wait for the interpreter once more.
"""

import collections
import contextlib
import threading
import time
from collections.abc import Iterator

# Who has been at it for so long without a pause is passed by: it waits for something that says nothing, or has a long
# way to go. A page takes a tenth of it, and all of it on a machine that has ten others to run.
LONG_SECONDS = 0.25
# A request stands aside for so long, all in all. A batch takes 5 ms, and a room's page 14: even where a batch is always
# under way, pages come at two fifths of their rate.
ASIDE_SECONDS = 0.02


class First:
    """What goes before the requests. One at a time: who begins while another is under way takes its place."""

    def __init__(self) -> None:
        self.until = 0.0  # it need not end: its time runs out
        self.over = threading.Event()

    def begin(self) -> None:
        self.over.clear()
        self.until = time.monotonic() + ASIDE_SECONDS

    def end(self) -> None:
        self.until = 0.0
        self.over.set()


first = First()


class Place:
    """Of one request. `gate` is open for its thread alone, when it is its turn. `patience`: for so long it may still
    stand aside."""

    __slots__ = ("gate", "patience", "since", "turns")

    def __init__(self, turns: "Turns") -> None:
        self.turns = turns
        self.gate = threading.Lock()
        self.gate.acquire()
        self.since = 0.0
        self.patience = ASIDE_SECONDS

    def stand_aside(self) -> None:
        """With its turn: nobody else begins meanwhile."""
        began = time.monotonic()
        if (seconds := min(self.patience, first.until - began)) > 0:
            first.over.wait(seconds)
            self.patience -= time.monotonic() - began


class Turns:
    """First come, first served; before them those who have begun and waited for something."""

    def __init__(self, long_seconds: float = LONG_SECONDS) -> None:
        self.long_seconds = long_seconds
        self.lock = threading.Lock()
        self.at_work: Place | None = None
        self.line: collections.deque[Place] = collections.deque()
        self.back: collections.deque[Place] = collections.deque()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Around the work of one request, in its thread."""
        place = Place(self)
        self.take(place, self.line)
        own.place = place
        try:
            yield
        finally:
            own.place = None
            self.give(place)

    def take(self, place: Place, line: collections.deque[Place]) -> None:
        with self.lock:
            line.append(place)
            if self.at_work is None:
                self.let_next_in()
        while not place.gate.acquire(timeout=self.long_seconds):
            self.pass_by()
        if first.until:
            place.stand_aside()

    def pass_by(self) -> None:
        with self.lock:
            if self.at_work is not None and time.monotonic() - self.at_work.since >= self.long_seconds:
                self.let_next_in()

    def give(self, place: Place) -> None:
        """Nothing happens where it has been passed by."""
        with self.lock:
            if self.at_work is place:
                self.let_next_in()

    def let_next_in(self) -> None:
        line = self.back or self.line
        self.at_work = line.popleft() if line else None
        if self.at_work is not None:
            self.at_work.since = time.monotonic()
            self.at_work.gate.release()


class Own(threading.local):
    """What this thread has: nothing, if it is none of the requests'."""

    place: Place | None = None


own = Own()


def pause() -> None:
    """Between two pieces of a request's work that does not wait for anything: lets go first what goes first."""
    if first.until and (place := own.place) is not None:
        place.stand_aside()


class waiting(contextlib.ContextDecorator):
    """Around whatever waits for anything but the interpreter. In threads of requests others have their turn meanwhile;
    in any other nothing happens."""

    __slots__ = ("place",)

    def __enter__(self) -> None:
        self.place = place = own.place
        if place is not None:
            own.place = None  # what waits within a wait has nothing to give
            place.turns.give(place)

    def __exit__(self, *_: object) -> None:
        place = self.place
        if place is not None:
            place.turns.take(place, place.turns.back)
            own.place = place
