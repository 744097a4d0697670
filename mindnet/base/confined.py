"""Work on what strangers have sent, in processes of its own that end within bounds.

Whatever reads a file of somebody's (a picture, a film) may be made to work for minutes, to take gigabytes, or to run
code that came with the file. Here a function does such work in a fresh interpreter, which has none of our sockets,
database connections and secrets, and is ended when it has taken too much:

    workshop.run("presence.drawing:squares", file, {"sides": [256, 72]}, Bounds(6, 2**30, 2**20), whose=psychic.pk)

calls `squares(source, sides=[256, 72])` there, with the file as a stream of bytes, and gives the list of bytes that it
returns. `workshop.parts` gives them as files, for what is too large to be held in memory. The module must not import
Django, nor anything that does: that takes longer than most pictures. The child's side is
`mindnet/base/confined_work.py`.

Where the server itself is killed, its children still end by themselves, WORK_SECONDS later at most.
"""

import contextlib
import io
import itertools
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple

import msgspec
from django.conf import settings

from mindnet.base.confined_work import HEAD_BYTES
from mindnet.base.errors import STATUS, DomainError
from mindnet.base.turns import waiting

logger = logging.getLogger(__name__)

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# Waiting and work together: the answer comes before the request is given up (mindnet/serving/deadline.py).
WORK_SECONDS = 8.0
WAIT_SECONDS = 4.0
# Where programs and libraries are. What else stands in our environment, passwords and keys, is none of their business.
PASSED_ON = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR")


class Bounds(NamedTuple):
    """What one piece of work may take: seconds of a processor, bytes of address space, and bytes of its answer, all
    parts together."""

    seconds: int
    memory_bytes: int
    answer_bytes: int


class Exceeded(Exception):
    """The work was ended, or died: `of` says of what, "seconds", "memory" or "anything else"."""

    def __init__(self, of: str) -> None:
        super().__init__(of)
        self.of = of


class Head(msgspec.Struct):
    """The first line of what a child answers: the sizes of the parts behind it, a refusal, or that memory ran out."""

    sizes: list[Annotated[int, msgspec.Meta(ge=0)]] = []
    code: str = ""
    detail: str = ""
    errors: dict[str, list[str]] | None = None
    is_out_of_memory: bool = False


class Part(io.RawIOBase):
    """`size` bytes of a file, from `begin` on, as a file to be read. The file outlives it and is not closed with it."""

    def __init__(self, file: IO[bytes], begin: int, size: int) -> None:
        self.file, self.begin, self.size, self.at = file, begin, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.size}[whence]
        self.at = max(0, origin + offset)
        return self.at

    def readinto(self, buffer: Any) -> int:
        most = max(0, min(len(buffer), self.size - self.at))
        content = os.pread(self.file.fileno(), most, self.begin + self.at)
        buffer[: len(content)] = content
        self.at += len(content)
        return len(content)


class Job:
    """One piece of work, from when it stands in line."""

    def __init__(self, whose: Hashable) -> None:
        self.whose = whose
        self.process: subprocess.Popen[bytes] | None = None
        self.is_ended = False  # the server stops


class Workshop:
    """Where such work is done: CONFINED_AT_ONCE pieces at a time, each of somebody else, while CONFINED_WAITING more
    wait in the order in which they came. Who comes on top of that is told to come back."""

    def __init__(self) -> None:
        self.line: list[Job] = []  # the first ones are under way
        self.moved = threading.Condition()

    def run(
        self, function: str, source: IO[bytes], arguments: Mapping[str, Any], bounds: Bounds, *, whose: Hashable
    ) -> list[bytes]:
        """As `parts`, and all of them read."""
        with self.parts(function, source, arguments, bounds, whose=whose) as parts:
            return [part.read() for part in parts]

    @contextlib.contextmanager
    def parts(
        self, function: str, source: IO[bytes], arguments: Mapping[str, Any], bounds: Bounds, *, whose: Hashable
    ) -> Iterator[list[IO[bytes]]]:
        """Has `function` ("module:name") work on what `source` has from its beginning, and gives what it returns as
        files, which are there as long as this is entered. `arguments` are plain values; `whose` is for whom it is
        done: nobody has two pieces of work in line.

        Raises what the function raises as DomainError, and Exceeded; `rate_limited` for somebody's second piece,
        `overloaded` where too many wait or time is up, `unavailable` where the server stops meanwhile.
        """
        with tempfile.TemporaryFile() as made:
            # Out of the line as soon as it is done: what the caller does with it keeps nobody waiting.
            code = self.work(function, source, arguments, bounds, whose, made)
            with contextlib.ExitStack() as opened:
                yield [
                    opened.enter_context(io.BufferedReader(Part(made, begin, size)))
                    for begin, size in answer_of(code, made, bounds)
                ]

    def work(
        self,
        function: str,
        source: IO[bytes],
        arguments: Mapping[str, Any],
        bounds: Bounds,
        whose: Hashable,
        made: IO[bytes],
    ) -> int:
        """Waits for its turn and runs the child; gives its exit code."""
        until = time.monotonic() + WORK_SECONDS
        job = Job(whose)
        with waiting(), self.place(job), tempfile.TemporaryFile() as given:
            source.seek(0)
            shutil.copyfileobj(source, given)
            given.seek(0)
            seconds = max(0.1, until - time.monotonic())
            code = self.carry_out(job, command(function, arguments, bounds, seconds), given, made, seconds)
        if job.is_ended:
            raise stopping()
        return code

    @contextlib.contextmanager
    def place(self, job: Job) -> Iterator[None]:
        """Entered when it is this one's turn, which lasts to the end."""
        at_once, more = int(settings.LIMITS["CONFINED_AT_ONCE"]), int(settings.LIMITS["CONFINED_WAITING"])
        with self.moved:
            if any(other.whose == job.whose for other in self.line):
                raise DomainError("rate_limited", "Your last file is still being worked on.", retry_after=2)
            if len(self.line) >= at_once + more:
                raise overloaded()
            self.line.append(job)
        try:
            with self.moved:
                is_turn = self.moved.wait_for(
                    lambda: self.line.index(job) < at_once or job.is_ended, timeout=WAIT_SECONDS
                )
            if job.is_ended:
                raise stopping()
            if not is_turn:
                raise overloaded()
            yield
        finally:
            with self.moved:
                self.line.remove(job)
                self.moved.notify_all()

    def carry_out(self, job: Job, command: list[str], given: IO[bytes], made: IO[bytes], seconds: float) -> int:
        """Runs the child to its end, and gives its exit code; that of an alarm where we had to end it."""
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, stdin=given, stdout=made, stderr=said, cwd=CHECKOUT, env=environment)
            try:
                with self.moved:
                    job.process = process
                    if job.is_ended:
                        process.kill()
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = -signal.SIGALRM
            finally:
                process.kill()
                process.wait()
            if code and not job.is_ended:
                logger.warning("confined work ended with %s: %r", code, last_words(said))
            return code

    def end(self) -> None:
        """Ends all that is in line: the server stops."""
        with self.moved:
            for job in self.line:
                job.is_ended = True
                if job.process is not None:
                    job.process.kill()
            self.moved.notify_all()


# One a process, whatever it is that is worked on: together it takes so many processors and so much memory.
workshop = Workshop()


def command(function: str, arguments: Mapping[str, Any], bounds: Bounds, seconds: float) -> list[str]:
    """What starts the child, which ends itself when these seconds are over."""
    # -B: it would leave half a file of bytecode, for others to fall over, where its answer may be shorter than that.
    program = [sys.executable, "-B", "-m", "mindnet.base.confined_work"]
    return [*program, function, json.dumps([*bounds, seconds]), json.dumps(arguments)]


def answer_of(code: int, made: IO[bytes], bounds: Bounds) -> list[tuple[int, int]]:
    """Where the parts stand in what a child made that ended with this code: (begin, size) of each. Somebody's code may
    have written it: nothing is believed."""
    if code == -signal.SIGALRM:
        raise overloaded()
    if code:
        raise Exceeded("seconds" if code == -signal.SIGXCPU else "anything else")
    made.seek(0)
    try:
        head = msgspec.json.decode(made.readline(HEAD_BYTES), type=Head)
    except msgspec.MsgspecError:
        raise Exceeded("anything else") from None
    if head.is_out_of_memory:
        raise Exceeded("memory")
    if head.code:
        raise DomainError(head.code if head.code in STATUS else "validation_error", head.detail, errors=head.errors)
    begins = list(itertools.accumulate(head.sizes, initial=made.tell()))
    if begins[-1] > os.fstat(made.fileno()).st_size or begins[-1] - begins[0] > bounds.answer_bytes:
        raise Exceeded("anything else")
    return list(zip(begins, head.sizes, strict=False))


def last_words(said: IO[bytes]) -> str:
    """The last line of what a child wrote to standard error: of a traceback, the one that says what it was."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - 500))
    return said.read().decode(errors="replace").strip().rpartition("\n")[2]


def overloaded() -> DomainError:
    return DomainError("overloaded", "Too many files are being worked on. Try again in a moment.", retry_after=5)


def stopping() -> DomainError:
    return DomainError("unavailable", "The server stops. Try again in a moment.", retry_after=2)
