"""A client of the socket for tests, on a plain WebSocket library.

    async with connect(world.ws_url, token=ada.token) as socket:
        hello = await socket.hello
        reply = await socket.call("message.send", {"room": 12, "content": "hello"})
        event = await socket.event("message.created", room=12)

Whatever a test is about, each client also watches what must always hold, and the `async with` fails at its end when it
did not: `hello` comes first, a frame is one JSON object a line, a command has exactly one reply, a room's numbers
strictly rise (so nothing comes twice and nothing comes out of order), and the server never closes with 1011.
"""

import asyncio
import itertools
import json
import time

import msgspec
import websockets
from websockets.asyncio.client import connect as open_link

NUMBERED = ("message.created", "message.updated")
INTERNAL_ERROR = 1011


class ReplyError(Exception):
    """A reply with `ok: false`."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('detail')}")
        self.error = error
        self.code = error.get("code")
        self.detail = error.get("detail")
        self.retry_after = error.get("retry_after")


class Line(dict):
    """One reply or event. `text` is the line as it came."""

    def __init__(self, text):
        super().__init__(json.loads(text))
        self.text = text

    type = property(lambda self: self.get("type"))
    room = property(lambda self: self.get("room"))
    seq = property(lambda self: self.get("seq"))
    payload = property(lambda self: self.get("payload"))

    @property
    def payload_text(self):
        """The payload's own bytes, for comparing them with what REST sent."""
        return raw_field(self.text, "payload")


def raw_field(text, *path):
    """The exact JSON text of a value inside an object (or, by number, a list)."""
    for step in path:
        kind = list[msgspec.Raw] if isinstance(step, int) else dict[str, msgspec.Raw]
        text = bytes(msgspec.json.decode(text, type=kind)[step])
    return text.decode() if isinstance(text, bytes) else text


class SocketClient:
    def __init__(self, link):
        self.link = link
        self.hello = asyncio.get_running_loop().create_future()
        self.bye = None
        self.events = []  # all, in the order they came
        self.lines = []  # replies too
        self.refusals = []  # replies to malformed frames, which have no ref
        self.problems = []
        self.last_seq = {}  # room -> the newest number seen
        self._unread = []  # events that no `event()` has taken yet
        self._replies = {}
        self._answered = set()
        self._refs = itertools.count(1)
        self._arrived = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    # What a test does

    async def call(self, type, payload=None, *, timeout=10):
        """Sends a command and returns the payload of its reply. Raises ReplyError."""
        reply = await asyncio.wait_for(await self.start(type, payload), timeout)
        if not reply["ok"]:
            raise ReplyError(reply["error"])
        return reply["payload"]

    async def start(self, type, payload=None, *, ref=None):
        """Sends a command and returns a future of its whole reply, so that many can be under way."""
        ref = ref or str(next(self._refs))
        future = self._replies[ref] = asyncio.get_running_loop().create_future()
        await self.raw(json.dumps({"type": type, "ref": ref, "payload": payload or {}}))
        return future

    async def raw(self, frame):
        """Sends a frame as it is: text, or bytes for a binary one."""
        await self.link.send(frame)

    async def event(self, type, *, room=None, where=None, timeout=5):
        """The first event of this type (and room, and for which `where(event)` holds) that was not taken yet.

        It is waited for. Others stay for later calls, in their order.
        """

        def matches(event):
            return event.type == type and (room is None or event.room == room) and (where is None or where(event))

        deadline = time.monotonic() + timeout
        while True:
            for position, event in enumerate(self._unread):
                if matches(event):
                    return self._unread.pop(position)
            await self._wait(deadline, f"no {type}{f' of room {room}' if room else ''} within {timeout} s")

    async def refusal(self, *, timeout=5):
        """The error of the next reply without a ref."""
        deadline = time.monotonic() + timeout
        while not self.refusals:
            await self._wait(deadline, f"no reply to a malformed frame within {timeout} s")
        return self.refusals.pop(0)["error"]

    async def quiet(self, seconds=0.5, *, type=None):
        """Asserts that no event (of this type) comes for a while, and that none is left from before."""
        await asyncio.sleep(seconds)
        heard = [event for event in self._unread if type in (None, event.type)]
        assert not heard, f"should be quiet, but there came {heard}"

    async def closed(self, *, timeout=5):
        """Waits until the server has closed, and returns the close code. `bye` holds what it said before."""
        await asyncio.wait_for(asyncio.shield(self._reader), timeout)
        return self.link.close_code

    def taken(self):
        """Forgets the events so far, and returns them."""
        events, self._unread = self._unread, []
        return events

    def messages(self, room):
        """What this client knows of a room: id -> message, by the rule of the protocol."""
        held = {}
        for event in self.events:
            if event.type in NUMBERED and event.room == room:
                message = event.payload
                if message["id"] not in held or held[message["id"]]["changed_seq"] < message["changed_seq"]:
                    held[message["id"]] = message
        return held

    def assert_gap_free(self, room):
        """Every number from the first seen to the last. Only for who was connected all the time."""
        numbers = [event.seq for event in self.events if event.type in NUMBERED and event.room == room]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True, numbers

    def check(self):
        """Raises AssertionError when something happened that never may."""
        assert not self.problems, "\n".join(self.problems)

    async def close(self):
        await self.link.close()
        await self._reader

    # What comes in

    async def _read(self):
        try:
            async for frame in self.link:
                if isinstance(frame, bytes):
                    self.problems.append(f"a binary frame: {frame[:200]!r}")
                    continue
                for text in frame.split("\n"):
                    self._take(text)
                self._arrived.set()
        except websockets.ConnectionClosedError:
            pass
        finally:
            if self.link.close_code == INTERNAL_ERROR:
                self.problems.append("the server closed with 1011")
            self._end()

    def _take(self, text):
        try:
            line = Line(text)
        except (ValueError, TypeError):
            self.problems.append(f"a line that is no JSON object: {text[:200]!r}")
            return
        if not self.lines and line.type not in ("hello", "bye"):
            self.problems.append(f"something before hello: {text[:200]}")
        self.lines.append(line)
        if line.type == "reply":
            self._take_reply(line)
        else:
            self._take_event(line)

    def _take_reply(self, line):
        ref = line.get("ref")
        if ref is None:
            self.refusals.append(line)
        elif ref in self._answered:
            self.problems.append(f"a second reply to {ref}: {line.text[:200]}")
        elif ref not in self._replies:
            self.problems.append(f"a reply to nothing: {line.text[:200]}")
        else:
            self._answered.add(ref)
            future = self._replies.pop(ref)
            if not future.done():
                future.set_result(line)

    def _take_event(self, line):
        if line.type == "hello":
            self.hello.set_result(line.payload)
            return
        if line.type == "bye":
            self.bye = line.payload
        if line.type in NUMBERED:
            self._check_number(line)
        self.events.append(line)
        self._unread.append(line)

    def _check_number(self, line):
        message, last = line.payload, self.last_seq.get(line.room, 0)
        if line.seq <= last:
            self.problems.append(f"room {line.room}: {line.seq} after {last}: {line.text[:200]}")
        self.last_seq[line.room] = max(last, line.seq)
        is_new = message["changed_seq"] == message["seq"]
        if (message["room"], message["changed_seq"]) != (line.room, line.seq):
            self.problems.append(f"room or seq beside the message are not its own: {line.text[:300]}")
        if is_new != (line.type == "message.created"):
            self.problems.append(f"{line.type} of a message with these numbers: {line.text[:300]}")

    def _end(self):
        gone = ConnectionError(f"the socket was closed with {self.link.close_code} ({self.bye})")
        for future in (self.hello, *self._replies.values()):
            if not future.done():
                future.set_exception(gone)
                future.exception()  # Seen: who still waits gets it all the same.
        self._arrived.set()

    async def _wait(self, deadline, complaint):
        """Returns when something more has come."""
        self._arrived.clear()
        try:
            if self._reader.done():
                raise TimeoutError
            await asyncio.wait_for(self._arrived.wait(), max(0, deadline - time.monotonic()))
        except TimeoutError:
            seen = ", ".join(f"{event.type}{f'[{event.room}]' if event.room else ''}" for event in self.events[-20:])
            state = f"closed with {self.link.close_code}" if self._reader.done() else "open"
            raise AssertionError(f"{complaint}; the socket is {state}; came: {seen or 'nothing'}") from None


class connect:
    """`async with connect(url, token=…) as client`. A refused handshake raises websockets.InvalidStatus.

    `headers` are further ones (`Cookie`, `Origin`); `options` go to the WebSocket library.
    """

    def __init__(self, url, *, token=None, headers=None, **options):
        self.url = url
        self.headers = dict(headers or {}) | ({"Authorization": f"Token {token}"} if token else {})
        # Without a proxy, whatever the environment says: these links stay on the machine.
        self.options = {"max_size": None, "proxy": None, "close_timeout": 2} | options

    async def __aenter__(self):
        link = await open_link(self.url, additional_headers=self.headers, **self.options)
        self.client = SocketClient(link)
        try:
            await asyncio.wait_for(asyncio.shield(self.client.hello), 10)
        except BaseException:
            await self.client.close()
            raise
        return self.client

    async def __aexit__(self, kind, error, traceback):
        await self.client.close()
        if kind is None:
            self.client.check()
        elif self.client.problems:
            error.add_note("\n".join(["The socket also saw:", *self.client.problems]))
