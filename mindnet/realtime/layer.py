"""The hub's link to the channel layer: one channel a process, subscribed to the groups its connections need.

The layer may be slow, hanging or gone: nothing here is waited for by anybody who serves a socket. Sends go through a
bounded queue (full: dropped, the head check makes it good), subscriptions are brought in line in the background.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from channels.layers import InMemoryChannelLayer, get_channel_layer

from mindnet.realtime import groups, publish
from mindnet.realtime.messages import Message

if TYPE_CHECKING:
    from mindnet.realtime.hub import Hub

logger = logging.getLogger(__name__)

QUEUED_SENDS = 10_000
# What has gathered while the last was under way is looked at together, at most so much.
SENT_TOGETHER = 200
# A message costs the layer's client ten times what its content costs. So from this many on they go out as one, to all
# processes, whether they have connections in these rooms or not; unless there are so many processes that what none of
# them needs would outweigh it.
COMBINED_FROM = 4
COMBINING_PROCESSES = 16
# What has waited longer, because the layer hung, has been found in the database by now, or nobody is typing any more.
STALE_SECONDS = 5.0
RETRY_SECONDS = 1.0


class Queued(NamedTuple):
    at: float  # the loop's time
    group: str
    message: Message


class LayerLink:
    """Of a hub. What goes wrong here is logged, and made good by the hub's head check."""

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.wanted: set[str] = set()
        self.subscribed: set[str] = set()
        self.changed = asyncio.Event()
        self.outgoing: asyncio.Queue[Queued] = asyncio.Queue(QUEUED_SENDS)
        self.channel: str | None = None
        self.tasks: list[asyncio.Task[None]] = []
        # False while the layer does not take what we send; /readyz tells.
        self.is_well = True
        # Processes that share this layer, as the heartbeat counts them.
        self.processes = 1

    def start(self) -> None:
        self.tasks = [asyncio.create_task(job()) for job in (self.receiving, self.sending, self.subscribing)]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def want(self, group: str) -> None:
        self.wanted.add(group)
        self.changed.set()

    def unwant(self, group: str) -> None:
        self.wanted.discard(group)
        self.changed.set()

    def judge(self, problem: str | None) -> None:
        """Says once that the layer is away, and once that it is back."""
        if problem and self.is_well:
            logger.warning("the channel layer is away, messages are found in the database: %s", problem)
        elif not problem and not self.is_well:
            logger.warning("the channel layer is back")
        self.is_well = not problem

    def is_heard(self, group: str) -> bool:
        """Whether anybody else would have what is sent to a group. A layer in memory ends with the process and knows
        who listens; another one is taken to be heard."""
        layer = get_channel_layer()
        if not isinstance(layer, InMemoryChannelLayer):
            return True
        listeners = layer.groups.get(groups.on_the_wire(group), ())
        return len(listeners) > (self.channel in listeners)

    def send(self, group: str, message: Message) -> None:
        """From the hub; a full queue drops it."""
        if not self.is_heard(group):
            return
        try:
            self.outgoing.put_nowait(Queued(self.hub.loop.time(), group, message))
        except asyncio.QueueFull:
            self.is_well = False

    async def sending(self) -> None:
        """The task that sends what has gathered, but what is older than STALE_SECONDS."""
        while True:
            waiting = [await self.outgoing.get()]
            while len(waiting) < SENT_TOGETHER and not self.outgoing.empty():
                waiting.append(self.outgoing.get_nowait())
            oldest = self.hub.loop.time() - STALE_SECONDS
            sends = [(queued.group, queued.message) for queued in waiting if queued.at > oldest]
            for group, message in self.combined(sends):
                self.judge(await publish.group_send(group, message))

    def combined(self, sends: list[tuple[str, Message]]) -> list[tuple[str, Message]]:
        """One message for all processes instead of many for those concerned, where that is less work for all."""
        if len(sends) < COMBINED_FROM or self.processes > COMBINING_PROCESSES:
            return sends
        messages = [message for _, message in sends]
        return [(groups.NODES, {"type": "several", "messages": messages, "origin": self.hub.id})]

    async def receiving(self) -> None:
        """The task that hands messages of other processes to the hub."""
        layer = get_channel_layer()
        while True:
            try:
                if self.channel is None:
                    self.channel = await asyncio.wait_for(layer.new_channel(), publish.LAYER_TIMEOUT_SECONDS)
                    self.subscribed.clear()
                    self.changed.set()
                message = await layer.receive(self.channel)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # whatever the layer's client raises when its server is away
                self.judge(str(error) or type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if message.get("origin") != self.hub.id:
                self.hub.receive(message)

    async def subscribing(self) -> None:
        """The task that brings subscriptions in line with the groups that are wanted."""
        layer = get_channel_layer()
        while True:
            await self.changed.wait()
            self.changed.clear()
            if self.channel is None:
                continue
            try:
                added = list(self.wanted - self.subscribed)
                for group in added:
                    adding = layer.group_add(groups.on_the_wire(group), self.channel)
                    await asyncio.wait_for(adding, publish.LAYER_TIMEOUT_SECONDS)
                    self.subscribed.add(group)
                for group in self.subscribed - self.wanted:
                    discarding = layer.group_discard(groups.on_the_wire(group), self.channel)
                    await asyncio.wait_for(discarding, publish.LAYER_TIMEOUT_SECONDS)
                    self.subscribed.discard(group)
            except Exception as error:  # see receiving
                self.judge(str(error) or type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                self.changed.set()
                continue
            # What was published between the connection's look at the database and the subscription is read now.
            named = {groups.room(room_id): room_id for room_id in self.hub.rooms}
            fresh = [named[group] for group in added if group in named]
            if fresh:
                self.hub.spawn(self.hub.healing.check_heads(fresh))
