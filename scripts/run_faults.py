#!/usr/bin/env python
"""Runs the fault suite (`make faults`): two runs beside each other, shown one after the other.

What is marked `waits` spends a minute on waiting for a lease or a silent link, and next to nothing on the processor: it
goes beside everything else, so that the whole stays within twelve minutes. Arguments go to pytest. FAULTS_SEED repeats
the dice of an earlier run.
"""

import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack

from runs import NO_TESTS, PytestRun, say, say_failures

FOLDER = "mindnet/tests/faults"
BUDGET_SECONDS = 720


def main(arguments):
    began = time.monotonic()
    seed = {"FAULTS_SEED": os.environ.get("FAULTS_SEED") or str(random.SystemRandom().randrange(1_000_000))}
    total, failed = Counter(), False
    with ExitStack() as stack:
        runs = []
        for title, marks in (("faults", "faults and not waits"), ("faults that wait", "faults and waits")):
            run = PytestRun(title, [FOLDER, "-m", marks, "-p", "no:cacheprovider", *arguments], seed)
            stack.callback(run.stop)
            runs.append(run)
        for run in runs:
            _, _, code, counts = run.counted()
            failed = failed or (code != 0 and not (code == NO_TESTS and arguments))
            total += counts
    say_failures()
    bad = total["failed"] + total["error"]
    say(f"\nall {time.monotonic() - began:.0f} s of {BUDGET_SECONDS} s; FAULTS_SEED={seed['FAULTS_SEED']}")
    say(f"mindnet faults: {total['passed']} passed, {bad} failed, {total['skipped']} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
