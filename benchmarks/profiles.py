"""Where a server's CPU time goes, by function: py-spy looks a few hundred times a second at who holds the interpreter.

That leaves out threads that wait, and what they do without holding it.
"""

import contextlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

SAMPLES_PER_SECOND = 250
SHOWN = 60


@contextlib.contextmanager
def profiled(options, system, title):
    """Profiles what happens inside the block, when `--profile` asks for it. Rows made so are slower than others."""
    if not options.profile:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        stacks = Path(folder) / "stacks"
        spy = subprocess.Popen(
            [py_spy(), "record", "--pid", str(system.process.pid), "--subprocesses", "--rate", str(SAMPLES_PER_SECOND),
             "--format", "raw", "--duration", "3600", "--threads", "--gil", "--output", stacks],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield
        finally:
            spy.send_signal(signal.SIGINT)
            spy.wait(30)
        lines = stacks.read_text().splitlines() if stacks.exists() else []
    sys.stderr.write(f"\nprofile: {system.name}, {title}\n{summary(lines)}\n\n")


def py_spy():
    beside = Path(sys.executable).parent / "py-spy"
    return str(beside) if beside.exists() else shutil.which("py-spy") or "py-spy"


def summary(lines):
    """Of stacks `process;thread;outer;…;inner count`: each function's own share, and its share with all it calls."""
    own, whole, threads, total = Counter(), Counter(), Counter(), 0
    for line in lines:
        stack, _, count = line.rpartition(" ")
        process, thread, *functions = [without_line(part) for part in stack.split(";")]
        if not functions:
            continue
        thread = f"{process.partition(':')[0]}, {thread}"
        total += int(count)
        threads[thread] += int(count)
        own[functions[-1]] += int(count)
        for function in set(functions):
            whole[function] += int(count)
    if not total:
        return "no samples (is py-spy installed, and may it look?)"
    parts = [f"{count / total:7.1%} {thread}" for thread, count in threads.most_common(8)]
    parts += ["", "    own   with callees"]
    ranked = sorted(own, key=own.get, reverse=True)[:SHOWN]
    parts += [f"{own[name] / total:7.1%} {whole[name] / total:7.1%}  {name}" for name in ranked]
    parts += ["", "with callees"]
    parts += [f"{count / total:7.1%}  {name}" for name, count in whole.most_common(SHOWN)]
    return "\n".join(parts)


def without_line(part):
    """`dispatch (consumers.py:41)` → `dispatch (consumers.py)`."""
    name, colon, number = part.rpartition(":")
    return f"{name})" if colon and number.rstrip(")").isdecimal() else part
