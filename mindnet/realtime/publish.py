"""Telling all processes what has happened. The only callers of `group_send`.

Called by services alone, and only after the commit (`transaction.on_commit`). A publish never fails and never blocks
its caller: the database is the truth, and what a process misses here it finds there within 3 s. In a process that
serves sockets the hub takes the message at once and hands it on to the channel layer in its own time; elsewhere (a
management command) it is sent from here, with a time limit.

Every message has a `type` that names what the hub does with it; their shapes stand in `messages.py`.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from mindnet.realtime import groups
from mindnet.realtime.messages import (
    Attach,
    Detach,
    InRoom,
    Message,
    Numbered,
    OfSession,
    Presence,
    ToPsychic,
    ToPsychics,
    Typing,
)
from mindnet.realtime.readers import Head

logger = logging.getLogger(__name__)

# Nobody waits on Redis longer than this.
LAYER_TIMEOUT_SECONDS = 1.5


class LocalHub(Protocol):
    def publish_soon(self, group: str, message: Message) -> None: ...


# The hub of this process, where one runs; set by the hub itself.
local_hub: LocalHub | None = None


async def group_send(group: str, message: Message) -> str | None:
    """One guarded `group_send`, with LAYER_TIMEOUT_SECONDS. Gives None, or what was wrong when the layer did not take
    it."""
    try:
        async with asyncio.timeout(LAYER_TIMEOUT_SECONDS):
            await get_channel_layer().group_send(groups.on_the_wire(group), message)
    except Exception as error:  # whatever the layer's client raises: a lost hint is made good by the head check
        return str(error) or type(error).__name__
    return None


def publish(group: str, message: Message) -> None:
    """Hands a message to a group: every process with a member of it, or all of them (`groups.NODES`)."""
    if local_hub is not None:
        local_hub.publish_soon(group, message)
    else:
        groups.installation()  # here, where the database may be asked
        problem = async_to_sync(group_send)(group, message)
        if problem:
            logger.warning("publish to %s failed: %s", group, problem)


def numbered(room_id: int, first: int, last: int, lines: list[str], senders: Sequence[int] = ()) -> None:
    """Numbered events first..last of a room, one line each. `senders`: ids of who has said something and so does not
    type it any more."""
    message: Numbered = {"type": "numbered", "room": room_id, "first": first, "last": last, "lines": lines}
    if senders:
        message["senders"] = list(senders)
    publish(groups.room(room_id), message)


def to_room(room_id: int, line: str, *, viewers_only: bool = False) -> None:
    """An event without a number, or several with newlines between, to the participants or only to those who look at
    the room."""
    publish(groups.room(room_id), {"type": "room", "room": room_id, "line": line, "viewers_only": viewers_only})


def fact(room_id: int, revision: int, line: str) -> None:
    """How a room or somebody in it is now, to the participants. `revision` is the room's, which has risen by one with
    it; with an empty line nothing is told."""
    message: InRoom = {"type": "room", "room": room_id, "line": line, "viewers_only": False, "revision": revision}
    publish(groups.room(room_id), message)


def receipts(room_id: int, count: int, line: str) -> None:
    """Receipts of a room, several with newlines between. `count` is the room's, which has risen by one with them."""
    message: InRoom = {"type": "room", "room": room_id, "line": line, "viewers_only": False, "receipts": count}
    publish(groups.room(room_id), message)


def session(room_id: int, event: str, version: list[int], line: str, *, viewers_only: bool = False) -> None:
    """An event of a guided session. `version` ([session id, count]) rises with every event of its kind in a room, so
    that a hub which has told it already tells it to nobody again. Meditators who look at the room get it too."""
    publish(groups.room(room_id), session_message(room_id, event, version, line, viewers_only=viewers_only))


def session_message(
    room_id: int, event: str, version: list[int], line: str, *, viewers_only: bool = False
) -> OfSession:
    return {
        "type": "session",
        "room": room_id,
        "event": event,
        "version": version,
        "line": line,
        "viewers_only": viewers_only,
    }


def to_psychic(psychic_id: int, line: str) -> None:
    """An event to all connections of a psychic."""
    publish(groups.NODES, {"type": "psychic", "psychic": psychic_id, "line": line})


def to_psychics(psychic_ids: list[int], line: str) -> None:
    """An event to all connections of these psychics, in one message; who meditates is not disturbed."""
    message: ToPsychics = {"type": "psychics", "psychics": psychic_ids, "line": line}
    publish(groups.NODES, message)


def own_receipt(psychic_id: int, line: str, receipt: tuple[int, int, int]) -> None:
    """A psychic's own receipt (room, delivered, read) to their connections."""
    publish(groups.NODES, receipt_message(psychic_id, line, receipt))


def receipt_message(psychic_id: int, line: str, receipt: tuple[int, int, int]) -> ToPsychic:
    return {"type": "psychic", "psychic": psychic_id, "line": line, "receipt": receipt}


def own_unread(psychic_id: int, room_id: int, line: str) -> None:
    """What of a room is unread for a psychic, to their connections; to those that are held at the bell, the last of
    each room."""
    publish(groups.NODES, {"type": "unread", "psychic": psychic_id, "room": room_id, "line": line})


def room_added(psychic_id: int, room_id: int, delivered_seq: int, head: Head, line: str, version: int) -> None:
    """All connections of a psychic come into a room: they get `line` (room.added), then what is above `head`. `version`
    is the revision of their row."""
    message: Attach = {
        "type": "attach",
        "psychic": psychic_id,
        "room": room_id,
        "delivered_seq": delivered_seq,
        "last_seq": head.seq,
        "revision": head.revision,
        "receipts": head.receipts,
        "line": line,
        "version": version,
    }
    publish(groups.NODES, message)


def room_removed(psychic_id: int, room_id: int, line: str, version: int) -> None:
    """All connections of a psychic leave a room at once; `line` is room.removed, `version` the room's revision with
    it."""
    message: Detach = {"type": "detach", "psychic": psychic_id, "room": room_id, "line": line, "version": version}
    publish(groups.NODES, message)


def typing(room_id: int, psychic_id: int, username: str, on: bool, *, is_final: bool = False) -> None:
    """`is_final`: what says otherwise and arrives a moment later was said before."""
    message: Typing = {"type": "typing", "room": room_id, "psychic": psychic_id, "username": username, "on": on}
    if is_final:
        message["is_final"] = True
    publish(groups.room(room_id), message)


def presence(changes: list[Presence]) -> None:
    """Each hub gathers these changes for who looks at one of their rooms."""
    publish(groups.NODES, {"type": "presence", "changes": changes})


def chosen_status(psychic_id: int, status: str) -> None:
    """A psychic has chosen a status, or "" for none: while they meditate their connections are held."""
    publish(groups.NODES, {"type": "status", "psychic": psychic_id, "status": str(status)})


def urgent(psychic_id: int, message_id: int, line: str) -> None:
    """A message that a meditator is shown at once, on all their held connections."""
    publish(groups.NODES, {"type": "urgent", "psychic": psychic_id, "id": message_id, "line": line})


def look_for_closings() -> None:
    """Some connections were marked to be closed in the table: every process looks now, not at its next round."""
    publish(groups.NODES, {"type": "closings"})
