"""A client that sends as fast as it can, in a process of its own so that it takes no time from who measures.

    python -m mindnet.tests.support.flooder <address> <token> <command> <room> <seconds>

Prints {"frames": n, "codes": [what it was closed with]}.
"""

import asyncio
import json
import os
import sys
import time

import websockets
from websockets.asyncio.client import connect


async def flood(address, token, command, room, seconds):
    payload = {} if command == "ping" else {"room": room, "content": "loud"}
    ends = time.monotonic() + seconds
    sent, codes = 0, []
    while time.monotonic() < ends:
        headers = {"Authorization": f"Token {token}"}
        link = await connect(address, additional_headers=headers, proxy=None, close_timeout=0.2)
        reading = asyncio.create_task(read_away(link))
        try:
            while time.monotonic() < ends:
                await link.send(json.dumps({"type": command, "ref": str(sent), "payload": payload}))
                sent += 1
                if sent % 50 == 0:
                    await asyncio.sleep(0)  # or it would not even notice that it was closed
        except websockets.ConnectionClosed:
            codes.append(link.close_code)
        await link.close()
        await reading
    return {"frames": sent, "codes": codes}


async def read_away(link):
    try:
        async for _ in link:
            pass
    except websockets.ConnectionClosed:
        pass


if __name__ == "__main__":
    os.nice(10)  # it shall cost the server, not the machine
    address, token, command, room, seconds = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(flood(address, token, command, int(room), float(seconds)))))
