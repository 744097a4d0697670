"""Commands under way whose end is counted: runs of pytest, and of Node's own test runner."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from mindnet.tests.support import tools  # noqa: E402
from mindnet.tests.support.servers import OWN_VARIABLES  # noqa: E402

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
NO_TESTS = 5  # pytest's exit code
PYTEST_COUNT = re.compile(r"(\d+) (passed|failed|skipped|error)")
NODE_COUNT = re.compile(r"^\S* ?(pass|fail|skipped) (\d+)$", re.MULTILINE)
# (title of the run, test, lines that say why), of all runs so far.
failures: list[tuple[str, ...]] = []
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
        self.ended = None
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

    def ends(self):
        """Waits for its end, and gives the exit code."""
        code = self.process.wait()
        self.ended = time.monotonic()
        return code

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class PytestRun(Run):
    def __init__(self, title, arguments, variables):
        colour = ["--color=yes"] if sys.stdout.isatty() else []
        self.failures = tempfile.NamedTemporaryFile("r")  # noqa: SIM115
        options = [*colour, "-p", "mindnet.tests.support.failures"]
        super().__init__(
            title, [sys.executable, "-m", "pytest", *options, *arguments],
            variables | {"TEST_FAILURES": self.failures.name},
        )  # fmt: skip

    def counted(self):
        """The title, seconds, exit code and counts. What failed is kept for `say_failures`."""
        code, lines = self.finish()
        with self.failures:
            failures.extend((self.title, *json.loads(line)) for line in self.failures)
        counts = {word: int(number) for number, word in PYTEST_COUNT.findall(lines[-1] if lines else "")}
        return self.title, (self.ended or time.monotonic()) - self.began, code, Counter(counts)


def run_node(files):
    """The title, seconds, exit code and counts, like `PytestRun.counted`."""
    try:
        node = tools.find("node").path
    except tools.Missing:
        return "Node", 0, (1 if IN_CI else 0), Counter(skipped=len(files))
    run = Run("Node", [node, "--test", *files], {})
    code, lines = run.finish()
    words = {"pass": "passed", "fail": "failed", "skipped": "skipped"}
    counts = {words[word]: int(number) for word, number in NODE_COUNT.findall("\n".join(lines))}
    return "Node", time.monotonic() - run.began, code, Counter(counts)


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say_failures():
    """Once more what failed, since thousands of lines stand between."""
    for title, test, *why in failures:
        say("\n".join([f"\nFailed in {title}: {test}", *(f"    {line}" for line in why)]))
