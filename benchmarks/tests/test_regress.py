"""Nobody adds work to every delivery without noticing: counted, so that a busy machine changes nothing."""

import json
import subprocess
import sys

import pytest

from benchmarks.regress import BOUNDS, Counted, Instructions, is_too_much
from mindnet.tests.support.tools import BASE_DIR

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def figures():
    """In a process of its own: counting slows down everything that a thread does meanwhile."""
    command = [sys.executable, "-m", "benchmarks.regress", "--json"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.startswith("{"), done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_delivery_takes_no_more_work_than_it_did(figures, name):
    bound = BOUNDS[name]
    assert not is_too_much(name, figures[name]), (
        f"{figures[name]:.2f} {bound.meaning}; at most {bound.most:g} were allowed. `python -m benchmarks.regress` "
        "shows all figures, and its head says what to do."
    )


def test_everything_is_counted(figures):
    assert set(figures) == set(BOUNDS)
    assert figures["calls_per_delivery"] > 1 and figures["writes_per_delivery"] == 1


def test_added_work_is_seen():
    def deliver(recipients, is_slower):
        for recipient in recipients:
            if is_slower:
                json.loads("[]")
            len(str(recipient))

    def work(is_slower):
        with Counted() as counted:
            deliver(range(10), is_slower)
        with Instructions() as instructions:
            deliver(range(10), is_slower)
        return counted.calls, instructions.count

    calls, instructions = work(False)
    assert work(False) == (calls, instructions), "the same work, the same counts"
    more_calls, more_instructions = work(True)
    assert more_calls >= calls + 10 and more_instructions >= instructions + 50
