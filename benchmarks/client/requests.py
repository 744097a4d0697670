"""REST requests over kept-alive connections, as plain as they can be written."""

import asyncio
import itertools
import json
import random
import time


class Requests:
    """Mixed into Generator."""

    async def run_requests(self, *, drained, start_ns, seconds, kinds, concurrency):
        """`kinds`: [{label, port, token, method, paths, body}], asked in turn by so many at a time, paths at random."""
        self.new_run()
        chosen = random.Random(1)
        lists = {kind["label"]: [] for kind in kinds}
        wrong = []
        await asyncio.sleep((start_ns - time.monotonic_ns()) / 1e9)
        ends = time.monotonic() + seconds

        async def ask_on(worker):
            links = {}
            for kind in itertools.islice(itertools.cycle(kinds), worker, None):
                if time.monotonic() > ends:
                    break
                if kind["port"] not in links:
                    links[kind["port"]] = await asyncio.open_connection("127.0.0.1", kind["port"])
                request = request_bytes(kind, chosen.choice(kind["paths"]))
                began = time.monotonic_ns()
                status, body = await exchange(*links[kind["port"]], request)
                lists[kind["label"]].append(time.monotonic_ns() - began)
                if not 200 <= status < 300:
                    wrong.append(f"{kind['label']}: {status} {body[:200]!r}")
            for _, writer in links.values():
                writer.close()

        async with self.meter() as meter:
            await asyncio.gather(*(ask_on(worker) for worker in range(concurrency)))
        drained()
        figures = self.figures(meter)
        figures["errors"] += len(wrong)
        figures["first_error"] = figures["first_error"] or "".join(wrong[:1])
        return figures | {"waits_ns": lists}


def request_bytes(kind, path):
    body = json.dumps(kind["body"]).encode() if kind.get("body") else b""
    head = (
        f"{kind['method']} {path} HTTP/1.1\r\nHost: 127.0.0.1:{kind['port']}\r\n"
        f"Authorization: Token {kind['token']}\r\nAccept: application/json\r\n"
    )
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def exchange(reader, writer, request):
    """(status, body) of the answer, whether it comes with its length or in chunks."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(lines[0].split()[1]), body
