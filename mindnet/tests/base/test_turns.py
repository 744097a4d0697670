"""One request runs at a time, first come, first served, and those that wait let others run meanwhile."""

import contextlib
import threading
import time

import pytest

from mindnet.base import turns
from mindnet.base.turns import Turns, first, own, pause, waiting

SOON_SECONDS = 10


class Requests:
    """Requests in threads of their own. Each runs its steps, one whenever it is told to, and says what it has begun."""

    def __init__(self, turns):
        self.turns, self.begun, self.threads, self.gates = turns, [], [], {}
        self.changed = threading.Condition()

    def begin(self, name, *steps):
        thread = threading.Thread(target=self.work, args=(name, steps))
        self.threads.append(thread)
        thread.start()

    def work(self, name, steps):
        with self.turns.turn():
            self.say(name)
            for step in steps:
                step()
                self.say(f"{name} again")

    def say(self, what):
        with self.changed:
            self.begun.append(what)
            self.changed.notify_all()

    def gate(self, name, *, lets_others_run):
        """A step that ends when `open` says so."""
        gate = self.gates[name] = threading.Event()

        def step():
            with waiting() if lets_others_run else contextlib.nullcontext():
                gate.wait(SOON_SECONDS)

        return step

    def begin_two(self, *steps):
        """Both stand before their gates then: the first of these steps, which are a's, lets b run or is passed by."""
        self.begin("a", *steps)
        self.until("a")
        self.begin("b", self.gate("b", lets_others_run=False))
        self.until("a", "b")

    def open(self, name):
        self.gates[name].set()

    def until(self, *begun):
        with self.changed:
            assert self.changed.wait_for(lambda: self.begun == list(begun), SOON_SECONDS), self.begun

    def in_line(self, line, count):
        """Until so many stand there, so that what follows has its order."""
        pause = threading.Event()
        for _ in range(1000):
            if len(line) == count:
                return
            pause.wait(0.005)
        raise AssertionError(len(line))

    def end(self):
        for thread in self.threads:
            thread.join(SOON_SECONDS)
            assert not thread.is_alive()
        assert self.turns.at_work is None and not self.turns.line and not self.turns.back


@pytest.fixture
def requests():
    return Requests(Turns(3600))


def test_they_come_in_their_order(requests):
    requests.begin("a", requests.gate("a", lets_others_run=False))
    requests.until("a")
    for number, name in enumerate("bcd", 1):
        requests.begin(name)
        requests.in_line(requests.turns.line, number)
    requests.open("a")
    requests.end()
    assert requests.begun == ["a", "a again", "b", "c", "d"]


def test_who_waits_lets_others_run_and_comes_back_before_those_who_have_not_begun(requests):
    requests.begin_two(requests.gate("a", lets_others_run=True))
    requests.begin("c")
    requests.in_line(requests.turns.line, 1)
    requests.open("a")
    requests.in_line(requests.turns.back, 1)
    requests.open("b")
    requests.end()
    assert requests.begun == ["a", "b", "b again", "a again", "c"]


def test_who_is_at_it_for_long_is_passed_by_and_gives_nothing_back():
    requests = Requests(Turns(0.01))
    requests.begin_two(requests.gate("a", lets_others_run=False))
    requests.turns.long_seconds = 3600
    requests.open("a")
    requests.until("a", "b", "a again")
    requests.begin("c")
    requests.in_line(requests.turns.line, 1)
    assert requests.begun == ["a", "b", "a again"]
    requests.open("b")
    requests.end()


def test_a_request_that_fails_gives_its_turn_back_whether_it_waited_or_not(requests):
    with pytest.raises(ValueError, match="no"), requests.turns.turn():
        raise ValueError("no")
    with pytest.raises(ValueError, match="no"), requests.turns.turn(), waiting():
        raise ValueError("no")
    requests.end()


def test_a_wait_within_a_wait_gives_nothing_twice(requests):
    wait = requests.gate("a", lets_others_run=True)

    def step():
        with waiting():
            wait()

    requests.begin_two(step)
    requests.open("a")
    requests.in_line(requests.turns.back, 1)
    requests.open("b")
    requests.end()
    assert requests.begun == ["a", "b", "b again", "a again"]


class Over(threading.Event):
    """Says that somebody stands aside for it."""

    def __init__(self):
        super().__init__()
        self.is_waited_for = threading.Event()

    def wait(self, timeout=None):
        self.is_waited_for.set()
        return super().wait(timeout)


@pytest.fixture
def over(monkeypatch):
    over = Over()
    monkeypatch.setattr(first, "over", over)
    yield over
    first.end()


@pytest.mark.parametrize("way", ["begins", "comes back", "pauses"])
def test_who_gets_its_turn_while_a_batch_is_under_way_stands_aside_until_that_is_done(requests, over, monkeypatch, way):
    monkeypatch.setattr(turns, "ASIDE_SECONDS", 3600)
    is_there = {"begins": [], "comes back": ["a"], "pauses": ["a"]}[way]

    def step():
        first.begin()
        if way == "pauses":
            pause()
        else:
            with waiting():
                pass

    if way == "begins":
        first.begin()
    requests.begin("a", *([] if way == "begins" else [step]))
    assert over.is_waited_for.wait(SOON_SECONDS)
    requests.begin("b")
    requests.in_line(requests.turns.line, 1)
    assert requests.begun == is_there
    first.end()
    requests.end()
    assert requests.begun == (["a", "b"] if way == "begins" else ["a", "a again", "b"])


def test_a_request_has_its_patience_once(requests, over, monkeypatch):
    monkeypatch.setattr(turns, "ASIDE_SECONDS", 0.01)
    first.begin()
    first.until = time.monotonic() + 3600
    left = []
    requests.begin("a", lambda: left.append(own.place.patience), pause)
    requests.end()
    assert over.is_waited_for.is_set() and left[0] < 0.001


def test_what_has_begun_and_never_ended_holds_up_nobody(requests, over, monkeypatch):
    monkeypatch.setattr(turns, "ASIDE_SECONDS", 0.01)
    first.begin()
    monkeypatch.setattr(turns, "ASIDE_SECONDS", 3600)
    requests.begin("a")
    requests.end()
    assert requests.begun == ["a"]
