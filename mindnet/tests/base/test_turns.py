"""One request runs at a time, first come, first served, and those that wait let others run meanwhile."""

import contextlib
import threading

import pytest

from mindnet.base.turns import Turns, waiting

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
    requests.begin("a", requests.gate("a", lets_others_run=True))
    requests.until("a")
    requests.begin("b", requests.gate("b", lets_others_run=False))
    requests.until("a", "b")
    requests.begin("c")
    requests.in_line(requests.turns.line, 1)
    requests.open("a")
    requests.in_line(requests.turns.back, 1)
    requests.open("b")
    requests.end()
    assert requests.begun == ["a", "b", "b again", "a again", "c"]


def test_who_is_at_it_for_long_is_passed_by_and_gives_nothing_back():
    requests = Requests(Turns(0.01))
    requests.begin("a", requests.gate("a", lets_others_run=False))
    requests.until("a")
    requests.begin("b", requests.gate("b", lets_others_run=False))
    requests.until("a", "b")
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

    requests.begin("a", step)
    requests.until("a")
    requests.begin("b", requests.gate("b", lets_others_run=False))
    requests.until("a", "b")
    requests.open("a")
    requests.in_line(requests.turns.back, 1)
    requests.open("b")
    requests.end()
    assert requests.begun == ["a", "b", "b again", "a again"]
