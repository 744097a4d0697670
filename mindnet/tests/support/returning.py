"""A client that behaves like the page: outbox under nonces, reconnect with full jitter, sync from what it holds.

    async with ReturningClient(ada, history, addresses) as client:
        client.say(room, "hello")
        await client.settled()

It keeps a message in its outbox until the server has acknowledged it or refused it for good, and tries again under the
same nonce on the next connection, at the next address.
"""

import asyncio
import contextlib
import itertools
import random
import time
import uuid

import websockets
from websockets.asyncio.client import connect as open_link

from mindnet.tests.support.history import NUMBERED
from mindnet.tests.support.sockets import ReplyError, SocketClient

AGAIN = ("unavailable", "overloaded", "rate_limited")
ANSWER_SECONDS = 10
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 4.0


class Socket(SocketClient):
    def __init__(self, link, on_event):
        self.on_event = on_event
        super().__init__(link)

    def _take_event(self, line):
        super()._take_event(line)
        self.on_event(line)


class ReturningClient:
    """`addresses`: WebSocket addresses, tried in turn. `rng` makes pauses repeatable."""

    def __init__(self, person, history, addresses=None, *, first=0, rng=None, ping_seconds=5, label=None):
        self.person = person
        self.name = label or person.username
        self.history = history
        self.addresses = addresses or person.world.ws_urls
        self.next_address = first
        self.rng = rng or random.Random()
        self.ping_seconds = ping_seconds
        self.held = {}  # room -> {message id: changed_seq}
        self.complete_to = {}  # room -> everything up to here is held
        self.seen = {}  # room -> numbers above that
        self.outbox = {}  # nonce -> (room, content)
        self.more = asyncio.Event()
        self.online = asyncio.Event()
        self.socket = None
        self.visit = None
        self.attempt = 0
        self.back_at = []  # when each connection was complete

    async def __aenter__(self):
        self.task = asyncio.create_task(self.live())
        await asyncio.wait_for(self.online.wait(), 20)
        return self

    async def __aexit__(self, kind, error, traceback):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    # What a test does

    def say(self, room, content):
        nonce = str(uuid.uuid4())
        self.history.sending(self.person.username, room, content, nonce)
        self.outbox[nonce] = (room, content)
        self.more.set()
        return nonce

    def head(self, room):
        return self.complete_to.get(room, 0)

    # The life of it

    async def live(self):
        while True:
            retry_after = None
            try:
                retry_after = await self.visit_once()
            except (OSError, TimeoutError, websockets.WebSocketException, ConnectionError):
                pass
            finally:
                self.online.clear()
            longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**self.attempt)
            self.attempt += 1
            await asyncio.sleep(self.rng.uniform(0, longest) if retry_after is None else retry_after)

    async def visit_once(self):
        """One connection, to its end. Gives the server's wish when to come back."""
        address = self.addresses[self.next_address % len(self.addresses)]
        self.next_address += 1
        link = await open_link(
            address, additional_headers={"Authorization": f"Token {self.person.token}"}, proxy=None, max_size=None,
            open_timeout=5, close_timeout=1, ping_interval=self.ping_seconds, ping_timeout=self.ping_seconds,
        )  # fmt: skip
        self.visit = self.history.opened(self.name, address)
        self.socket = Socket(link, self.take)
        try:
            hello = await asyncio.wait_for(asyncio.shield(self.socket.hello), ANSWER_SECONDS)
            self.visit.heads = {entry["id"]: entry["last_seq"] for entry in hello["rooms"]}
            await self.catch_up(hello)
            self.attempt = 0
            self.back_at.append(time.monotonic())
            self.online.set()
            pumping = asyncio.create_task(self.pump())
            try:
                await asyncio.wait([pumping, self.socket._reader], return_when=asyncio.FIRST_COMPLETED)
            finally:
                pumping.cancel()
                await asyncio.gather(pumping, return_exceptions=True)
        finally:
            link.transport.abort()
            await asyncio.gather(self.socket._reader, return_exceptions=True)
            self.visit.closed_at, self.visit.code = time.monotonic(), link.close_code
            self.visit.bye = self.socket.bye
            self.history.problems += self.socket.problems
        return self.socket.bye["retry_after"] if self.socket.bye else None

    async def catch_up(self, hello):
        for entry in hello["rooms"]:
            room = entry["id"]
            complete = self.complete_to.get(room, 0) >= entry["last_seq"]
            while not complete:
                answer = await self.call("sync", {"rooms": {str(room): self.complete_to.get(room, 0)}})
                answer = answer["rooms"][str(room)]
                for message in answer["messages"]:
                    self.keep(message)
                self.complete_to[room] = max(self.complete_to.get(room, 0), answer["seq"])
                self.join_on(room)
                complete = answer["complete"]

    async def call(self, type, payload):
        """Commands other than sends: again until the database is there."""
        while True:
            try:
                return await self.timed(type, payload)
            except ReplyError as error:
                if error.code not in AGAIN:
                    raise
                await asyncio.sleep(min(1, error.retry_after or 1))

    async def timed(self, type, payload):
        began = time.monotonic()
        try:
            return await self.socket.call(type, payload, timeout=ANSWER_SECONDS)
        except TimeoutError:
            raise ConnectionError("no answer") from None
        finally:
            if not self.socket._reader.done():
                self.history.answer_seconds.append(time.monotonic() - began)

    async def pump(self):
        """Sends what is in the outbox, in order, one after the other."""
        while True:
            if not self.outbox:
                self.more.clear()
                await self.more.wait()
            nonce, (room, content) = next(iter(self.outbox.items()))
            send = self.history.sends[nonce]
            send.tries += 1
            try:
                reply = await self.timed("message.send", {"room": room, "content": content, "nonce": nonce})
            except ReplyError as error:
                if error.code in AGAIN:
                    await asyncio.sleep(min(1, error.retry_after or 1))
                    continue
                send.refusals.append(error.code)
            except (ConnectionError, websockets.WebSocketException):
                return
            else:
                send.answers.append((reply["id"], reply["seq"]))
            del self.outbox[nonce]

    def take(self, line):
        if line.type in NUMBERED:
            self.visit.sightings.append(line.payload)
            self.keep(line.payload)
            self.join_on(line.room)

    def keep(self, message):
        room = message["room"]
        held = self.held.setdefault(room, {})
        held[message["id"]] = max(held.get(message["id"], 0), message["changed_seq"])
        self.seen.setdefault(room, set()).add(message["changed_seq"])

    def join_on(self, room):
        seen, number = self.seen.get(room, set()), self.complete_to.get(room, 0)
        while number + 1 in seen:
            number += 1
            seen.discard(number)
        self.complete_to[room] = number


async def talk(clients, room, *, until, pause=0.02, rng=None, count=None):
    """Each client in turn says something, until the event is set. A client with much unsent waits."""
    rng = rng or random.Random()
    for number in itertools.count(1):
        if until.is_set() or (count is not None and number > count):
            return number - 1
        client = clients[number % len(clients)]
        if len(client.outbox) < 20:
            client.say(room, f"{client.name} {number}")
        await asyncio.sleep(rng.uniform(0, 2 * pause))


async def everyone_complete(clients, room, head, *, timeout):
    """Seconds until all clients hold everything up to `head()` and have nothing left to send.

    `head`: a number, or a function that is asked again and again (in a thread).
    """
    began = time.monotonic()
    while True:
        number = await asyncio.to_thread(head) if callable(head) else head
        if all(client.head(room) >= number and not client.outbox for client in clients):
            return time.monotonic() - began
        if time.monotonic() - began > timeout:
            state = {client.name: (client.head(room), len(client.outbox)) for client in clients}
            raise AssertionError(f"not complete {timeout} s later: the head is {number}, (held, unsent) are {state}")
        await asyncio.sleep(0.05)
