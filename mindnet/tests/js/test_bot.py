"""The pages' own client outside of a browser: with a token, in Node, against a real server."""

import asyncio
import contextlib
from asyncio.subprocess import PIPE
from pathlib import Path

from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

BOT = Path(__file__).with_name("bot.mjs")


async def test_a_bot_runs_on_the_client_of_the_pages(embedded):
    node = need(lambda: tools.find("node"))
    ada, bot = embedded.person("ada"), embedded.person("bot")
    room = ada.create_room()["id"]
    bot.join(room)
    async with ada.connect() as socket, started(node, embedded.url, bot.token, str(room)) as process:
        assert (await socket.event("message.created", timeout=20)).payload["content"] == "Hello"
        await socket.call("message.send", {"room": room, "content": "Are you there?"})
        answer = await socket.event("message.created", where=lambda event: event.payload["sender"]["id"] == bot.id)
        assert answer.payload["content"] == f"{ada.username} said: Are you there?"
        printed = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0, printed


@contextlib.asynccontextmanager
async def started(node, *arguments):
    # Node 20 has a WebSocket, but only for who asks for it.
    command = [node.path, "--experimental-websocket", BOT, *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
