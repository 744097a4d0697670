"""The load generators as seen from here: processes that take orders."""

import contextlib
import json
import subprocess
import sys
import time

from benchmarks.systems import CHECKOUT, clean_environment

START_AFTER_SECONDS = 0.1


class ClientFailed(Exception):
    """A load generator could not connect or died."""


class Clients:
    """`processes` load generators that share the sockets. Senders are sockets of the first one."""

    def __init__(self, system, sockets, processes=1, concurrency=20):
        self.system, self.sockets, self.processes = system, sockets, processes
        self.concurrency = concurrency
        self.popen = []

    def __enter__(self):
        for number in range(self.processes):
            popen = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.client"],
                cwd=CHECKOUT,
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            self.popen.append(popen)
            self.order(popen, {
                "dialect": self.system.dialect, "port": self.system.port, "concurrency": self.concurrency,
                "sockets": self.sockets[number :: self.processes],
            })  # fmt: skip
        self.connected = self.collect("connected")
        if failures := [text for each in self.connected for text in each["failures"]]:
            self.stop()
            raise ClientFailed(f"sockets could not connect: {failures}\n{self.system.process.log()[-3000:]}")
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for popen in self.popen:
            with contextlib.suppress(BrokenPipeError):
                popen.stdin.close()
            popen.terminate()
            popen.wait()

    @staticmethod
    def order(popen, words):
        try:
            popen.stdin.write(json.dumps(words) + "\n")
            popen.stdin.flush()
        except BrokenPipeError:
            raise ClientFailed("a load generator has ended") from None

    def collect(self, phase):
        """The next answer of every generator, which must be of this phase."""
        answers = []
        for popen in self.popen:
            line = popen.stdout.readline()
            answer = json.loads(line) if line else {"phase": "ended"}
            if answer.pop("phase") != phase:
                raise ClientFailed(f"the load generator said {line!r} where {phase!r} was due")
            answers.append(answer)
        return answers

    def run(self, run, world, **parameters):
        """One run on all generators. Returns their results and the CPU seconds everybody else used meanwhile."""
        before = world.cpu_seconds(self.system)
        start_ns = time.monotonic_ns() + int(START_AFTER_SECONDS * 1e9)
        for number, popen in enumerate(self.popen):
            extra = {"sends": number == 0} if run == "fanout" else {}
            self.order(popen, {"run": run, "start_ns": start_ns} | extra | parameters)
        self.collect("drained")
        after = world.cpu_seconds(self.system)
        return self.collect("result"), {name: after[name] - before[name] for name in after}
