"""Rooms on the socket: one function a command."""

from typing import Any, Protocol

import msgspec

from mindnet.base.errors import DomainError
from mindnet.database.group_commit import Batcher
from mindnet.database.threads import run
from mindnet.realtime import shapes
from mindnet.realtime.hub import Hub
from presence import context as presence
from rooms import lists, lookups, services
from rooms.shapes import participant_out


class Runtime(Protocol):
    """What runs beside the sockets, as much of it as rooms need."""

    lists: Batcher[int, msgspec.Raw]


class Context(presence.Context, Protocol):
    runtime: Runtime
    hub: Hub

    def looks_at(self, room_id: int | None) -> None:
        """Notes in the table which room this connection looks at."""


async def join(context: Context, payload: Any) -> shapes.ParticipantOut:
    row, _ = await run(services.join_room, psychic=context.psychic, room_id=payload.room, invitation=payload.invitation)
    return participant_out(row)


async def leave(context: Context, payload: Any) -> dict[str, Any]:
    await run(services.leave_room, psychic=context.psychic, room_id=payload.room)
    return {}


async def enter(context: Context, payload: Any) -> dict[str, Any]:
    """From now on presence and typing of this room follow, and of no other."""
    connection, hub = context.connection, context.hub
    if payload.room is None:
        hub.look_at(connection, None)
        context.looks_at(None)
        return {}
    hub.look_at(connection, payload.room)  # before reading, so that no change falls in between
    try:
        counts = await hub.crowds.counts(payload.room)
        entered = await run(lookups.enter_room, psychic=context.psychic, room_id=payload.room, has_list=counts is None)
        entered["participants"] = [] if counts else await participants(context, entered["room"])
    except DomainError:
        hub.look_at(connection, None)
        raise
    context.looks_at(payload.room)
    entered["typing"] = hub.typing(payload.room)
    return entered | ({"counts": counts} if counts else {})


async def participants(context: Context, room: shapes.RoomOut) -> msgspec.Raw:
    """The list of who is in a room: the one that all share, where all may see the same."""
    if lists.is_shared(room.kind):
        return await context.runtime.lists.submit(room.id)
    return await run(lists.own, psychic=context.psychic, room_id=room.id)
