"""What runs beside the sockets of one process: the hub, the batchers, the node's heartbeat and the watch over who may
still be connected. One an event loop, started with the server (lifespan) or by the first socket (daphne)."""

import asyncio
import logging
import random
import weakref
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from analytics.services import prune_logs as prune
from messaging import attachment_sweep, reports, retention, search_index, unread, urgent, watermarks
from messaging.reactions import Gatherer
from messaging.watermarks import Watermark
from messaging.writer import Writer
from mindnet.base import moments
from mindnet.base.asgi import Scope
from mindnet.base.confined import workshop
from mindnet.base.errors import DomainError
from mindnet.database.group_commit import Batcher
from mindnet.database.threads import run, run_long, run_vital
from mindnet.realtime import codes, groups
from mindnet.realtime.hub import Hub
from mindnet.realtime.readers import Place
from mindnet.socket import epoch, handshake
from mindnet.socket.refusals import Refusals
from presence import nodes
from presence.accounts import remove_expired_tokens
from presence.avatars import remove_orphans
from presence.models import NODE_HEARTBEAT_SECONDS, Node
from presence.registry import Item, Register
from rooms import crowds, epochs, lists, reconcile, renames, session_news, session_sweep
from rooms import lookups as rooms
from rooms import services as participation

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2
AUTHORITY_SECONDS = 1
# What was missed is looked for this far back: a transaction may take a while until it is seen.
LOOK_BACK = timedelta(seconds=20)
# A message that is a few seconds too old has lain there for an hour at least.
RETENTION_SECONDS = 5
# What was deleted is refused at once; its files go within a minute.
FILES_SECONDS = 5
TIDY_SECONDS = 3600
# On a restart everyone is told to come back within this span, each at a time of their own.
RETURN_SPREAD_SECONDS = 5
DRAIN_SECONDS = 5
# How long what is waiting may take to be stored at the end.
STOP_SECONDS = 3

runtimes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, "asyncio.Future[Runtime]"] = weakref.WeakKeyDictionary()


def running() -> "Runtime | None":
    """The runtime of this event loop, once it has started."""
    started = runtimes.get(asyncio.get_running_loop())
    if started is None or not started.done() or started.cancelled() or started.exception() is not None:
        return None
    return started.result()


async def get() -> "Runtime":
    """The runtime of this event loop, started if it was not."""
    if (runtime := running()) is not None:
        return runtime
    loop = asyncio.get_running_loop()
    started = runtimes.get(loop)
    if started is None:
        started = runtimes[loop] = asyncio.ensure_future(start())
    try:
        return await asyncio.shield(started)
    except Exception:
        runtimes.pop(loop, None)  # the next one to ask tries again
        raise


async def start() -> "Runtime":
    runtime = Runtime()
    await runtime.start()
    return runtime


class Runtime:
    """One is had from `get`."""

    # From `start` on.
    node: Node
    register: Batcher[Item, None]
    refusals: Refusals
    everyones_room: int

    def __init__(self) -> None:
        reader = epoch.Reader(self.begin_epoch)
        self.hub = Hub(reader, on_closings=self.watch_authority, choices=urgent.choices, crowds=crowds.Reader())
        reader.hub = self.hub
        self.watch = epoch.Watch(self.hub, self.spread)
        self.writer = Writer(self.hub.pace)
        self.reactions = Gatherer()
        self.watermarks: Batcher[Watermark, None] = Batcher("watermarks", watermarks.advance, batch=1000)
        self.credentials: Batcher[Scope, handshake.Admitted] = Batcher("credentials", handshake.authenticate, batch=100)
        self.places: Batcher[int, list[Place]] = Batcher("places", read_places, batch=200)
        self.lists: Batcher[int, msgspec.Raw] = Batcher("lists", lists.shared, batch=10)
        self.jobs: list[asyncio.Task[None]] = []
        self.is_draining = False
        self.is_stuck = False

    async def start(self) -> None:
        await run(groups.installation)
        await self.watch.start()
        self.node = await run(nodes.start)
        await run(epochs.note, self.node.heartbeat_at)
        self.everyones_room = (await run(rooms.everyone_room)).pk
        self.register = Batcher("register", Register(self.node).record, batch=500)
        self.refusals = Refusals(self.register)
        self.hub.start()
        self.writer.start()
        self.reactions.start()
        self.jobs = [
            asyncio.create_task(self.every(NODE_HEARTBEAT_SECONDS, self.heartbeat)),
            asyncio.create_task(self.every(SWEEP_SECONDS, self.sweep)),
            asyncio.create_task(self.every(SWEEP_SECONDS, self.watch.look)),
            asyncio.create_task(self.every(SWEEP_SECONDS, self.sweep_sessions)),
            asyncio.create_task(self.every(SWEEP_SECONDS, self.watch_sessions)),
            asyncio.create_task(self.every(AUTHORITY_SECONDS, self.watch_authority)),
            asyncio.create_task(self.every(SWEEP_SECONDS, self.watch_rooms)),
            asyncio.create_task(self.every(SWEEP_SECONDS, self.watch_receipts)),
            asyncio.create_task(self.every(RETENTION_SECONDS, self.keep_retention)),
            asyncio.create_task(self.every(SWEEP_SECONDS, self.keep_index)),
            asyncio.create_task(self.every(FILES_SECONDS, self.remove_files)),
            asyncio.create_task(self.every(TIDY_SECONDS, self.tidy)),
        ]

    async def every(self, seconds: float, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs `job` again and again; the pauses differ a little, so that nodes do not march in step."""
        while True:
            await asyncio.sleep(seconds * random.uniform(0.9, 1.1))  # noqa: S311 (no secret)
            try:
                await job()
            except Exception as error:  # the database is away: the next round tries again
                logger.warning("%s: %s", job.__name__, error)

    async def heartbeat(self) -> None:
        """And if the others have taken this process for dead, what is to be done about it."""
        was_alive, self.hub.layer.processes = await run_vital(nodes.heartbeat, self.node)
        if not was_alive:
            if await run_vital(nodes.has_gone_back, self.node):
                await self.begin_epoch()
            logger.warning("this process was taken for dead; its connections are entered again")
            for connection_id in await run_vital(nodes.revive, self.node, list(self.hub.connections)):
                connection = self.hub.connections.get(connection_id)
                if connection is not None and connection.is_open:
                    connection.close(codes.RESTART, "The server was away.", retry_after=self.spread())
        await run_vital(epochs.note, self.node.heartbeat_at)

    async def begin_epoch(self) -> None:
        """The database has forgotten what it had told this process."""
        await self.watch.renew(self.node.heartbeat_at)

    @property
    def epoch(self) -> str:
        return self.watch.epoch

    def spread(self) -> float:
        """Seconds after which one of many shall come back."""
        return round(random.uniform(0.2, RETURN_SPREAD_SECONDS), 2)  # noqa: S311 (no secret)

    async def sweep(self) -> None:
        await run_vital(nodes.sweep)

    async def sweep_sessions(self) -> None:
        await run_vital(session_sweep.sweep)

    async def watch_sessions(self) -> None:
        """What has happened in guided sessions without this process having heard of it."""
        if self.hub.rooms:
            since = timezone.now() - LOOK_BACK
            for message in await run_vital(session_news.recent_changes, since, set(self.hub.rooms)):
                self.hub.receive(message)

    async def watch_authority(self) -> None:
        """Closes the sockets that somebody has marked in the table, and those of who may not be here any more.

        Called at once when a process says so, and every second, since word may be lost and tables may be changed past
        the services.
        """
        for connection_id, code, reason, until in await run_vital(nodes.to_close, self.node):
            connection = self.hub.connections.get(connection_id)
            if connection is not None:
                connection.close(code, reason or "Your connection was closed.", until=moments.utc(until))

    async def watch_rooms(self) -> None:
        """Who has come into a room or gone out of one without this process having heard of it, and closed accounts,
        which go out."""
        await run_vital(participation.sweep)
        seen = await run_vital(reconcile.recent_changes, timezone.now() - LOOK_BACK)
        missed = [
            row_id for row_id, psychic_id, room_id, is_in in seen if self.hub.is_missed(psychic_id, room_id, is_in)
        ]
        if missed:
            for message in await run_vital(reconcile.messages, missed):
                self.hub.receive(message)

    async def watch_receipts(self) -> None:
        """How far people have read on other processes, in rooms too large to tell everybody."""
        if self.hub.by_psychic:
            for message in await run_vital(watermarks.moved_lately, timezone.now() - LOOK_BACK):
                self.hub.receive(message)

    async def keep_retention(self) -> None:
        """Deletes what has become older than its room keeps: a batch of each room, a pause for whoever talks there, and
        again while there is more."""
        while due := await run_vital(retention.due_rooms):
            for room_id in due:
                await run_vital(retention.empty_next, room_id)
            await asyncio.sleep(SWEEP_SECONDS)

    async def keep_index(self) -> None:
        """Has searches follow what was said. The pauses leave two thirds of the time to whoever writes, also while the
        history of a database is entered that had no index."""
        while True:
            began = self.hub.loop.time()
            if await run_long(search_index.index_next) < search_index.BATCH:
                return  # many at once cost less than some at a time; searches read them themselves until then
            await asyncio.sleep(2 * (self.hub.loop.time() - began))

    async def remove_files(self) -> None:
        """Those of deleted messages, and those that were never sent."""
        await run_long(attachment_sweep.sweep)

    async def tidy(self) -> None:
        """Deletes what is kept for a while only, and mends names that fell behind. Several nodes doing so at once do no
        harm."""
        await run_long(prune, timezone.now() - timedelta(days=settings.LIMITS["LOG_DAYS"]))
        await run_long(reports.remove_answered, timezone.now() - timedelta(days=settings.LIMITS["REPORT_DAYS"]))
        await run_long(remove_expired_tokens)
        await run_long(remove_orphans)
        await run_long(renames.mend)

    async def drain(self) -> None:
        """`bye` and 1012 for everyone, then what is waiting is stored. Uploads that are worked on are given up: uvicorn
        waits for no request as long as one may take."""
        self.is_draining = True
        workshop.end()
        for connection in list(self.hub.connections.values()):
            connection.close(codes.RESTART, "The server restarts.", retry_after=self.spread())
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        while self.hub.connections and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 (once in a life)
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stores what is waiting, within STOP_SECONDS; `is_stuck` says that it could not."""
        await self.drain()
        self.refusals.close()
        for job in self.jobs:
            job.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.reactions.stop()
                await self.writer.stop()
                gathering: list[Batcher[Any, Any]] = [self.credentials, self.places, self.lists]
                storing: list[Batcher[Any, Any]] = [self.watermarks, self.register]
                for batcher in (*gathering, *storing):
                    await batcher.close()
                await self.hub.stop()
                await run(nodes.stop, self.node)
        except (TimeoutError, DomainError) as error:
            # What could not be stored was not acknowledged, and the other nodes close this one's connections.
            logger.warning("the database does not answer at the end: %s", error or "time is up")
            self.is_stuck = True
        runtimes.pop(asyncio.get_running_loop(), None)


def read_places(psychic_ids: list[int]) -> list[list[Place]]:
    """The rooms of each psychic, for hello; gathered like writes, so that a crowd coming back costs few queries."""
    places = unread.places(psychic_ids)
    return [places[psychic_id] for psychic_id in psychic_ids]


# The rates that can refuse a command, and with RATE_STRIKES refusals within a minute close the socket: what one of them
# is called and what several. In `hello` they are `message_burst` and `messages_per_second`.
TOLD_RATES = {
    "frame": "frames", "message": "messages", "urgent": "urgents", "presence": "presences", "join": "joins",
    "enter": "enters", "sync": "syncs", "session": "sessions", "sitting": "sittings", "broadcast": "broadcasts",
    "typing": "typings", "reaction": "reactions",
}  # fmt: skip


def limits() -> dict[str, float]:
    """What `hello` tells a client of the limits that concern it."""
    names = (
        "FRAME_BYTES", "SERVER_FRAME_BYTES", "MESSAGE_CODE_POINTS", "SEALED_BYTES", "QUEUE_MESSAGES", "SYNC_MESSAGES",
        "SYNC_REPLY_MESSAGES", "TYPING_SECONDS", "LOOKERS_LISTED", "SOCKETS_PER_PSYCHIC", "RATE_STRIKES",
        "BAD_FRAME_STRIKES", "UPLOAD_BYTES",
    )  # fmt: skip
    told = {name.lower(): settings.LIMITS[name] for name in names}
    for one, several in TOLD_RATES.items():
        rate = settings.LIMITS[f"{one.upper()}_RATE"]
        told |= {f"{one}_burst": rate.burst, f"{several}_per_second": rate.per_second}
    return told
