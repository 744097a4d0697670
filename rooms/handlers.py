"""Rooms on the socket: one function a command."""

from mindnet.base.errors import DomainError
from mindnet.database.threads import run
from rooms import lookups, services
from rooms.shapes import participant_out


async def join(context, payload):
    row, _ = await run(services.join_room, psychic=context.psychic, room_id=payload.room, invitation=payload.invitation)
    return participant_out(row)


async def leave(context, payload):
    await run(services.leave_room, psychic=context.psychic, room_id=payload.room)
    return {}


async def enter(context, payload):
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
    except DomainError:
        hub.look_at(connection, None)
        raise
    context.looks_at(payload.room)
    entered["typing"] = hub.typing(payload.room)
    return entered | ({"counts": counts} if counts else {})
