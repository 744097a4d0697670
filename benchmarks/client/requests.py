"""HTTP requests over kept-alive connections, as plain as they can be written, and a check of every answer."""

import asyncio
import itertools
import time

import msgspec

from benchmarks.client import checks
from benchmarks.client.link import Link

ANSWER_SECONDS = 300  # when a run is over, for what is still under way
UNREADABLE = (msgspec.MsgspecError, LookupError, TypeError)


class Kind:
    """One kind of request, with the figures of its answers.

    `method`, `port`, `headers` and `paths` say what is asked; in `body` each `@@` becomes the number of the request.
    `check` is what `checks.made` takes.
    """

    def __init__(self, label, port, paths, method="GET", headers=(), body="", check=None):
        self.label, self.port, self.paths, self.body = label, port, paths, body
        lines = {"Host": f"127.0.0.1:{port}", **dict(headers)}
        if body:
            lines["Content-Type"] = "application/json"
        self.method, self.head = method, "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.check = checks.made(**(check or {}))
        self.numbers = itertools.count(1)
        self.waits_ns, self.receipts, self.wire_bytes, self.text_bytes = [], [], 0, 0
        self.requests = [self.request(path, "") for path in paths]

    def request(self, path, body):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        return f"{self.method} {path} HTTP/1.1\r\n{self.head}{length}\r\n{body}".encode()

    def next_request(self, place):
        """(the bytes of the request to the path at this place, its body)."""
        if not self.body:
            return self.requests[place], ""
        body = self.body.replace("@@", str(next(self.numbers)))
        return self.request(self.paths[place], body), body

    def places(self, worker, workers):
        """Those of the paths that this worker asks for, and nobody else."""
        return list(range(len(self.paths)))[worker::workers]

    def take(self, answer, wait_ns, place, sent):
        """Counts the answer; gives what is wrong with it."""
        self.waits_ns.append(wait_ns)
        self.wire_bytes += len(answer.body)
        if not self.text_bytes:
            self.text_bytes = len(answer.text)
        try:
            problem = self.check.problem(answer, place, sent)
        except UNREADABLE as error:
            problem = f"{error!r} in {answer.text[:200]!r}"
        if problem:
            return f"{self.label}, {self.paths[place]}: {problem}"
        if receipt := self.check.receipt(answer):
            self.receipts.append(receipt)
        return ""


class Worker:
    """Asks for one kind after the other, each over a connection to its server, until `ends` or through all paths."""

    def __init__(self, number, workers, kinds, ends):
        self.ends = ends
        turns = kinds[number % len(kinds) :] + kinds[: number % len(kinds)]
        lists = [(kind, kind.places(number, workers)) for kind in turns]
        if ends is None:
            self.asks = iter([(kind, place) for kind, places in lists for place in places])
        else:
            # Where there are fewer paths than workers, some ask for the same.
            cycles = [(kind, itertools.cycle(places or [number % len(kind.paths)])) for kind, places in lists]
            self.asks = ((kind, next(places)) for kind, places in itertools.cycle(cycles))
        self.links = {}
        self.problems = []
        self.done = asyncio.get_running_loop().create_future()

    async def connect(self, ports):
        loop = asyncio.get_running_loop()
        for port in ports:
            _, self.links[port] = await loop.create_connection(lambda: Link(self.take), "127.0.0.1", port)

    def go_on(self):
        following = next(self.asks, None)
        if following is None or (self.ends is not None and time.monotonic() > self.ends):
            self.done.set_result(None)
            return
        self.kind, self.place = following
        request, self.sent = self.kind.next_request(self.place)
        self.began = time.monotonic_ns()
        self.links[self.kind.port].ask(request)

    def take(self, answer):
        if self.done.done():
            return
        if answer is None:
            self.problems.append("the server has closed a connection")
            self.done.set_result(None)
            return
        if problem := self.kind.take(answer, time.monotonic_ns() - self.began, self.place, self.sent):
            self.problems.append(problem)
        self.go_on()

    def close(self):
        for link in self.links.values():
            link.transport.abort()


class Requests:
    """Mixed into Generator."""

    async def run_requests(self, *, drained, start_ns, kinds, concurrency, seconds=None):
        """Asks for these kinds in turn, `concurrency` requests at a time, for so long; without `seconds` for every
        path once. What Kind is made of, each of `kinds` names."""
        self.new_run()
        kinds = [Kind(**each) for each in kinds]
        await asyncio.sleep((start_ns - time.monotonic_ns()) / 1e9)
        ends = None if seconds is None else time.monotonic() + seconds
        workers = [Worker(number, concurrency, kinds, ends) for number in range(concurrency)]
        for worker in workers:
            await worker.connect({kind.port for kind in kinds})
        async with self.meter() as meter:
            for worker in workers:
                worker.go_on()
            await asyncio.wait_for(
                asyncio.gather(*(worker.done for worker in workers)), seconds and seconds + ANSWER_SECONDS
            )
        drained()
        for worker in workers:
            worker.close()
        problems = [problem for worker in workers for problem in worker.problems]
        return self.figures_of(meter, kinds, problems)

    def figures_of(self, meter, kinds, problems):
        figures = self.figures(meter)
        figures["errors"] += len(problems)
        figures["first_error"] = figures["first_error"] or "".join(problems[:1])
        return figures | {
            "waits_ns": {kind.label: kind.waits_ns for kind in kinds},
            "receipts": {kind.label: kind.receipts for kind in kinds},
            "wire_bytes": {kind.label: kind.wire_bytes for kind in kinds},
            "text_bytes": {kind.label: kind.text_bytes for kind in kinds},
        }
