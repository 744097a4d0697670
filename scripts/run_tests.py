#!/usr/bin/env python
"""Runs all tests, in four runs that all count, and closes with one line for all of them.

1. The browser modules in Node. 2. Everything but the browser, on SQLite, with the real servers. 3. What runs inside
the test process once more, on PostgreSQL; this goes on beside the second, which spends half its time waiting, and is
shown after it. 4. The browser. Arguments go to pytest: `scripts/run_tests.py rooms -k join`.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from mindnet.tests.support import tools  # noqa: E402
from mindnet.tests.support.postgres import PostgresServer, create_database  # noqa: E402
from mindnet.tests.support.redis import RedisServer  # noqa: E402
from mindnet.tests.support.servers import OWN_VARIABLES  # noqa: E402

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
NO_TESTS = 5  # pytest's exit code
BUDGET_SECONDS = 900
PYTEST_COUNT = re.compile(r"(\d+) (passed|failed|skipped|error)")
NODE_COUNT = re.compile(r"^\S* ?(pass|fail|skipped) (\d+)$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def environment():
    """Ours, without what would point the tests at a database or a server in use.

    And without a ban on byte code: dozens of processes start in these runs, and each would compile everything anew.
    """
    banned = {*OWN_VARIABLES, "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in banned and not name.startswith("MINDNET_")}


class Run:
    """A command under way. `finish()` shows what it prints, and returns its exit code and its last lines."""

    def __init__(self, title, command, variables):
        self.title = title
        self.began = time.monotonic()
        # Into a file: a pipe that nobody reads would stop it.
        self.output = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            command, cwd=BASE_DIR, env=environment() | variables, stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def finish(self):
        say(f"\n>>> {self.title}")
        text, position = "", 0
        while True:
            ended = self.process.poll() is not None
            # Its own position: the file is shared with the process that writes at the end of it.
            chunk = os.pread(self.output.fileno(), 1 << 20, position)
            position += len(chunk)
            sys.stdout.write(chunk.decode(errors="replace"))
            sys.stdout.flush()
            text = (text + chunk.decode(errors="replace"))[-10_000:]
            if ended and not chunk:
                break
            if not chunk:
                time.sleep(0.1)
        self.output.close()
        return self.process.returncode, COLOUR.sub("", text).splitlines()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class PytestRun(Run):
    def __init__(self, title, arguments, variables):
        colour = ["--color=yes"] if sys.stdout.isatty() else []
        super().__init__(title, [sys.executable, "-m", "pytest", *colour, *arguments], variables)

    def counted(self):
        code, lines = self.finish()
        counts = {word: int(number) for number, word in PYTEST_COUNT.findall(lines[-1] if lines else "")}
        return self.title, time.monotonic() - self.began, code, Counter(counts)


def run_node(files):
    try:
        node = tools.find("node").path
    except tools.Missing:
        return "Node", 0, (1 if IN_CI else 0), Counter(skipped=len(files))
    run = Run("Node", [node, "--test", *files], {})
    code, lines = run.finish()
    words = {"pass": "passed", "fail": "failed", "skipped": "skipped"}
    counts = {words[word]: int(number) for word, number in NODE_COUNT.findall("\n".join(lines))}
    return "Node", time.monotonic() - run.began, code, Counter(counts)


def start(stack, server_class):
    """The server, or None where the machine has none and pip could not bring it."""
    try:
        server = server_class()
    except tools.Missing as missing:
        say(str(missing))
        return None
    stack.callback(server.remove)
    return stack.enter_context(server)


def all_runs(arguments, stack):
    """Yields the title, seconds, exit code and counts of each run."""
    files = sorted(str(path) for path in (BASE_DIR / "mindnet/tests/js").glob("**/*.test.*js"))
    if files and not arguments:
        yield run_node(files)
    postgres, redis = start(stack, PostgresServer), start(stack, RedisServer)
    shared = {}
    if postgres:
        shared["TEST_POSTGRES_URL"] = postgres.url("postgres")
    if redis:
        shared["TEST_REDIS_URL"] = redis.url
    beside = None
    if postgres:
        marked = ["-m", "not browser and not servers and not once", "-p", "no:cacheprovider"]
        own = {"DATABASE_URL": create_database(postgres.url("postgres"))}
        beside = PytestRun("PostgreSQL", [*marked, *arguments], shared | own)
        stack.callback(beside.stop)
    yield started(stack, "SQLite and servers", arguments, shared)
    yield beside.counted() if beside else ("PostgreSQL", 0, (1 if IN_CI else 0), Counter(skipped=1))
    yield started(stack, "browser", ["-m", "browser", *arguments], shared)


def started(stack, title, arguments, variables):
    run = PytestRun(title, arguments, variables)
    stack.callback(run.stop)
    return run.counted()


def main(arguments):
    began = time.monotonic()
    rows, total, failed = [], Counter(), False
    with ExitStack() as stack:
        for title, seconds, code, counts in all_runs(arguments, stack):
            # A selection may miss a run altogether; everything may not.
            bad = code != 0 and not (code == NO_TESTS and arguments)
            rows.append(f"{title:20} {seconds:5.0f} s  {'FAILED' if bad else 'ok':6}  {dict(counts)}")
            total += counts
            failed = failed or bad
    say("\n" + "\n".join(rows))
    say(f"{'all':20} {time.monotonic() - began:5.0f} s of {BUDGET_SECONDS} s")
    not_passed = total["failed"] + total["error"]
    if failed and not not_passed:
        say("A run ended badly without a failed test: see above.")
    say(f"mindnet: {total['passed']} passed, {not_passed} failed, {total['skipped']} skipped")
    return 1 if failed else 0


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
