"""The child's side of `mindnet/base/confined.py`, run as a program of its own: bounds itself, does the work, writes the
answer to standard output. It takes what is to be worked on from standard input. It imports little: every import is paid
for each time."""

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindnet.base.errors import DomainError

# The first line of an answer: how large the parts behind it are, or a refusal, or that memory did not suffice.
HEAD_BYTES = 4096
# Others go first: chat is quicker than pictures.
NICENESS = 5


def main(function: str, bounds: str, arguments: str) -> None:
    confine(*json.loads(bounds))
    head, parts = outcome(function, json.loads(arguments))
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    sys.stdout.buffer.writelines(parts)


def confine(seconds: int, memory_bytes: int, answer_bytes: int, wall_seconds: float) -> None:
    """From here on this process ends when it takes more. Each bound is a signal of the kernel's, which no decoder can
    keep waiting, or an error where it asks for more."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C, which a terminal sends to us as well: no traceback
    signal.setitimer(signal.ITIMER_REAL, wall_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (answer_bytes + HEAD_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS bounds no memory
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # Linux: when memory runs out it is this process that goes, and not the server
        Path("/proc/self/oom_score_adj").write_text("1000")


def outcome(function: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], Sequence[bytes]]:
    """What the function answers, refuses, or could not finish; see `Head` in `mindnet/base/confined.py`."""
    module, _, name = function.partition(":")
    work = getattr(importlib.import_module(module), name)
    try:
        parts: Sequence[bytes] = work(sys.stdin.buffer, **arguments)
    except DomainError as refusal:
        return {"code": refusal.code, "detail": refusal.detail, "errors": refusal.errors}, []
    except MemoryError:
        return {"is_out_of_memory": True}, []
    return {"sizes": [len(part) for part in parts]}, parts


if __name__ == "__main__":
    main(*sys.argv[1:])
