#!/usr/bin/env python
"""Runs the tests, and closes with one line for all of them.

All of them are seven runs that all count: 1. The browser modules in Node. 2. What starts real servers. 3. What runs
inside the test process, on SQLite. 4. What others' programs say of our types and documents. 5. The third once more, on
PostgreSQL. 6. What says the same on any database, there too. 7. The browser. After the first, one more goes on at a
time than there are processors, since the second spends half its time waiting: the long ones begin, and whichever ends
makes room for the next, so that no long one is left alone at the end. They are shown in the order in which they begin.

Arguments go to pytest: `scripts/run_tests.py rooms -k join`. Such a part is run once, on SQLite, and in the browser if
there is something for it; programs are brought and servers are started only where a test asks for them. TEST_ALL=1
runs the part on PostgreSQL too. In CI nothing is left out.
"""

import json
import os
import shlex
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread

import bring_tools
from runs import BASE_DIR, IN_CI, NO_TESTS, PytestRun, run_node, say, say_failures

from mindnet.tests.support import tools
from mindnet.tests.support.postgres import PostgresServer, create_database
from mindnet.tests.support.redis import RedisServer
from mindnet.tests.support.templates import Templates

BUDGET_SECONDS = 1200
AT_ONCE = (os.cpu_count() or 1) + 1
NODE_TESTS = "mindnet/tests/js"
LEFT_OUT = "Left out: {tests} once more on PostgreSQL. With it: make test ARGS={arguments} TEST_ALL=1"


def start_run(stack, title, part, arguments, variables):
    """Of what is selected, one part (see mindnet/tests/support/selection.py)."""
    options = ["-p", "mindnet.tests.support.selection", "-m", "not slow_fault", "--reuse-db"]
    run = PytestRun(title, [*options, *arguments], variables | {"TEST_PART": part})
    stack.callback(run.stop)
    return run


def start_server(stack, server_class):
    """The server, or None where the machine has none and pip could not bring it."""
    try:
        server = server_class()
    except tools.Missing as missing:
        say(str(missing))
        return None
    stack.callback(server.remove)
    return stack.enter_context(server)


def every_run(stack, arguments):
    """Yields the title, seconds, exit code and counts of each run."""
    for name in bring_tools.BRING:
        bring_tools.bring(name)
    if not arguments:
        yield run_node(node_tests([NODE_TESTS]))
    postgres, redis = start_server(stack, PostgresServer), start_server(stack, RedisServer)
    shared = {}
    if postgres:
        shared["TEST_POSTGRES_URL"] = postgres.url("postgres")
    if redis:
        shared["TEST_REDIS_URL"] = redis.url
    # Migrating a database takes eight seconds of a processor: it is done once, for seven that want one.
    templates = Templates(Path(stack.enter_context(tempfile.TemporaryDirectory())))
    shared |= templates.share(shared.get("TEST_POSTGRES_URL"))
    # One of them keeps pytest's cache, or they would overwrite it for each other.
    beside = ["-p", "no:cacheprovider", *arguments]
    # The longest first, so that the last ones end together.
    starts = {"servers": partial(start_run, stack, "servers", "servers", arguments, shared)}
    if postgres:
        starts["once"] = partial(start_run, stack, "once", "once", beside, shared | own_database(postgres))
        starts["browser"] = partial(start_run, stack, "browser", "browser", beside, shared)
        starts["PostgreSQL"] = partial(
            start_run, stack, "PostgreSQL", "database", beside, shared | own_database(postgres)
        )
    else:
        yield "PostgreSQL", 0, (1 if IN_CI else 0), Counter(skipped=1)
        starts["browser"] = partial(start_run, stack, "browser", "browser", beside, shared)
    on_sqlite = "database" if postgres else "database,once"
    starts |= {
        "SQLite": partial(start_run, stack, "SQLite", on_sqlite, beside, shared),
        "documents and types": partial(start_run, stack, "documents and types", "tools", beside, shared),
    }
    for title, begun in begin(starts).items():
        run = begun.get()
        yield run.counted() if run else (title, 0, 1, Counter())


def own_database(postgres):
    """The variables of a test process with a database of its own."""
    # Fifty at once must not wait for each other: on a busy machine that takes longer than a pool allows.
    return {"DATABASE_URL": create_database(postgres.url("postgres")), "DATABASE_POOL": "60"}


def begin(starts):
    """Begins to run {title: start} in this order, AT_ONCE at a time. Gives {title: queue}: into its queue comes each
    run once it has begun, or None if it could not begin or one before it was killed."""
    begun = {title: SimpleQueue() for title in starts}
    waiting, killed = deque(starts.items()), Event()
    for _ in range(AT_ONCE):
        Thread(target=take_turns, args=(waiting, begun, killed), daemon=True).start()
    return begun


def take_turns(waiting, begun, killed):
    """Starts one of what waits when the one before has ended. Others do the same beside it."""
    with suppress(IndexError):  # all have been taken
        while True:
            title, start = waiting.popleft()
            run = None
            if not killed.is_set():
                try:
                    run = start()
                except OSError as error:
                    say(f"{title}: {error}")
            begun[title].put(run)
            if run and run.ends() < 0:
                killed.set()


def few_runs(stack, arguments):
    """The same for a part of the tests: only what it needs."""
    if files := node_tests(arguments):
        yield run_node(files)
        arguments = [name for name in arguments if not (BASE_DIR / name).is_file() or name.endswith(".py")]
        if not arguments:
            return
    told = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "selected.json"
    bringing = {"TEST_BRING": "1"}
    yield start_run(
        stack, "SQLite and servers", "servers,once,database,tools", arguments, bringing | {"TEST_SELECTED": str(told)}
    ).counted()
    selected = Counter(json.loads(told.read_text()) if told.exists() else {})
    if selected["browser"]:
        yield start_run(stack, "browser", "browser", arguments, bringing).counted()
    if selected["database"]:
        tests = "1 test" if selected["database"] == 1 else f"{selected['database']} tests"
        say("\n" + LEFT_OUT.format(tests=tests, arguments=shlex.quote(shlex.join(arguments))))


def node_tests(arguments):
    """The files of Node's tests that these paths name."""
    found = [path for name in arguments if name.startswith(NODE_TESTS)
             for path in [BASE_DIR / name, *(BASE_DIR / name).glob("**/*.test.*js")]]  # fmt: skip
    return sorted({str(path) for path in found if path.is_file()})


def runs(stack, arguments):
    if not arguments or IN_CI or os.environ.get("TEST_ALL"):
        return every_run(stack, arguments)
    return few_runs(stack, arguments)


def main(arguments):
    began = time.monotonic()
    rows, total, failed = [], Counter(), False
    with ExitStack() as stack:
        for title, seconds, code, counts in runs(stack, arguments):
            # A selection may miss a run altogether; everything may not.
            bad = code != 0 and not (code == NO_TESTS and arguments)
            rows.append(f"{title:20} {seconds:5.0f} s  {'FAILED' if bad else 'ok':6}  {dict(counts)}")
            total += counts
            failed = failed or bad
    say_failures()
    say("\n" + "\n".join(rows))
    say(f"{'all':20} {time.monotonic() - began:5.0f} s of {BUDGET_SECONDS} s")
    not_passed = total["failed"] + total["error"]
    if failed and not not_passed:
        say("A run ended badly without a failed test: see above.")
    say(f"mindnet: {total['passed']} passed, {not_passed} failed, {total['skipped']} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # A shell that begins it in the background has it ignore Ctrl-C, and so would the servers that tests send it to.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
