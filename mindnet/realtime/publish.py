"""Telling all processes what has happened. The only callers of `group_send`.

Called by services alone, and only after the commit (`transaction.on_commit`). A publish never fails and never blocks
its caller: the database is the truth, and what a process misses here it finds there within 3 s. In a process that
serves sockets the hub takes the message at once and hands it on to the channel layer in its own time; elsewhere (a
management command) it is sent from here, with a time limit.

Every message is a dict with a `type` that names what the hub does with it; the texts in it are encoded lines.
"""

import asyncio
import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from mindnet.realtime import groups

logger = logging.getLogger(__name__)

# Nobody waits on Redis longer than this.
LAYER_TIMEOUT_SECONDS = 1.5

# The hub of this process, where one runs; set by the hub itself.
local_hub = None


async def group_send(group, message):
    """One guarded `group_send`. Gives None, or what was wrong when the layer did not take it."""
    try:
        async with asyncio.timeout(LAYER_TIMEOUT_SECONDS):
            await get_channel_layer().group_send(groups.on_the_wire(group), message)
    except Exception as error:  # whatever the layer's client raises: a lost hint is made good by the head check
        return str(error) or type(error).__name__
    return None


def publish(group, message):
    if local_hub is not None:
        local_hub.publish_soon(group, message)
    else:
        groups.installation()  # here, where the database may be asked
        problem = async_to_sync(group_send)(group, message)
        if problem:
            logger.warning("publish to %s failed: %s", group, problem)


def numbered(room_id, first, last, lines):
    """Numbered events first..last of a room, one line each."""
    publish(groups.room(room_id), {"type": "numbered", "room": room_id, "first": first, "last": last, "lines": lines})


def to_room(room_id, line, *, viewers_only=False):
    """An event without a number, or several with newlines between, to the participants or only to those who look at
    the room."""
    publish(groups.room(room_id), {"type": "room", "room": room_id, "line": line, "viewers_only": viewers_only})


def session(room_id, event, version, line, *, viewers_only=False):
    """An event of a guided session. `version` ([session id, count]) rises with every event of its kind in a room, so
    that a hub which has told it already tells it to nobody again. Meditators who look at the room get it too."""
    publish(groups.room(room_id), session_message(room_id, event, version, line, viewers_only=viewers_only))


def session_message(room_id, event, version, line, *, viewers_only=False):
    return {
        "type": "session",
        "room": room_id,
        "event": event,
        "version": version,
        "line": line,
        "viewers_only": viewers_only,
    }


def to_psychic(psychic_id, line):
    """An event to all connections of a psychic."""
    publish(groups.NODES, {"type": "psychic", "psychic": psychic_id, "line": line})


def room_added(psychic_id, room_id, delivered_seq, last_seq, line):
    """All connections of a psychic come into a room: they get `line` (room.added), then what is above `last_seq`."""
    message = {
        "type": "attach",
        "psychic": psychic_id,
        "room": room_id,
        "delivered_seq": delivered_seq,
        "last_seq": last_seq,
        "line": line,
    }
    publish(groups.NODES, message)


def room_removed(psychic_id, room_id, line):
    """All connections of a psychic leave a room at once; `line` is room.removed."""
    publish(groups.NODES, {"type": "detach", "psychic": psychic_id, "room": room_id, "line": line})


def typing(room_id, psychic_id, username, on):
    publish(
        groups.room(room_id),
        {"type": "typing", "room": room_id, "psychic": psychic_id, "username": username, "on": on},
    )


def presence(changes):
    """`changes`: [(encoded presence, psychic id, ids of the psychic's rooms)]; each hub gathers them for who looks."""
    publish(groups.NODES, {"type": "presence", "changes": changes})


def chosen_status(psychic_id, status):
    """A psychic has chosen a status, or "" for none: while they meditate their connections are held."""
    publish(groups.NODES, {"type": "status", "psychic": psychic_id, "status": str(status)})


def urgent(psychic_id, message_id, line):
    """A message that a meditator is shown at once, on all their held connections."""
    publish(groups.NODES, {"type": "urgent", "psychic": psychic_id, "id": message_id, "line": line})


def look_for_closings():
    """Some connections were marked to be closed in the table: every process looks now, not at its next round."""
    publish(groups.NODES, {"type": "closings"})
