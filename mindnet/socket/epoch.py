"""Which epoch the numbers are of that this process deals in, and the end of it; see `rooms.epochs`."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from messaging import sync
from mindnet.database.threads import run_vital
from mindnet.realtime import codes
from mindnet.realtime.hub import Hub
from mindnet.realtime.readers import Head
from rooms import epochs


class Reader(sync.Reader):
    """The hub's door to the database, which notices when a number has gone back."""

    # Who reads through it, once there is one.
    hub: Hub

    def __init__(self, on_gone_back: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.on_gone_back = on_gone_back

    async def heads(self, room_ids: list[int]) -> dict[int, Head]:
        # As of before the question: what arrives while it is asked may be news to the answer.
        received = {room_id: room.received for room_id, room in self.hub.rooms.items()}
        heads = await super().heads(room_ids)
        if any(head.seq < received.get(room_id, 0) for room_id, head in heads.items()):
            await self.on_gone_back()
        return heads


class Watch:
    """Ends all sockets of this process when the epoch has become another: they come back and read anew."""

    # From `start` on.
    epoch: str

    def __init__(self, hub: Hub, spread: Callable[[], float]) -> None:
        self.hub = hub
        self.spread = spread

    async def start(self) -> None:
        """Before this process leaves a trace in the database."""
        self.epoch = await run_vital(epochs.begin)

    async def look(self) -> None:
        """Whether another process, or `manage.py new_epoch`, has begun one."""
        self.take(await run_vital(epochs.current))

    async def renew(self, since: datetime) -> None:
        """The database has gone back, at some time after `since`."""
        self.take(await run_vital(epochs.renew, since))

    def take(self, epoch: str) -> None:
        if epoch == self.epoch:
            return
        self.epoch = epoch
        self.hub.moves.clear()  # watermarks and revisions may have gone back as well
        for connection in list(self.hub.connections.values()):
            # Out of the rooms at once: who comes next must not find how far these had got.
            for room_id in list(connection.rooms):
                self.hub.detach(connection, room_id)
            connection.close(codes.RESTART, "The server's data were restored.", retry_after=self.spread())
