"""Run by `benchmarks.clients`: takes its orders as JSON lines on standard input, answers on standard output.

First line: which server, which sockets. Then one line a run. Every run answers `drained` the moment the last delivery
is in, so that the server's CPU time can be read at once, and `result` when it has added up.
"""

import asyncio
import gc
import json
import sys

import uvloop

from benchmarks.client.runs import Generator


def say(**words):
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def main():
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    generator = Generator(json.loads(await orders.readline()))
    say(phase="connected", **await generator.connect())
    gc.collect()
    gc.disable()  # no pause of ours shall look like a pause of the server's
    while line := await orders.readline():
        order = json.loads(line)
        result = await getattr(generator, f"run_{order.pop('run')}")(drained=lambda: say(phase="drained"), **order)
        say(phase="result", **result)


if __name__ == "__main__":
    uvloop.run(main())
