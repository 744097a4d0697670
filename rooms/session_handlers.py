"""Guided sessions on the socket: one function a command."""

from mindnet.database.threads import run
from rooms import piece, sessions, sittings
from rooms.shapes import session_out


async def start(context, payload):
    session = await run(sessions.start_session, psychic=context.psychic, room_id=payload.room, guide_id=payload.guide)
    return session_out(session)


async def end(context, payload):
    return session_out(await run(sessions.end_session, psychic=context.psychic, room_id=payload.room))


async def look(context, payload):
    return await run(sittings.look, psychic=context.psychic, room_id=payload.room)


async def sit(context, payload):
    return await run(sittings.sit, psychic=context.psychic, room_id=payload.room)


async def rise(context, payload):
    return await run(sittings.rise, psychic=context.psychic, room_id=payload.room)


async def ask(context, payload):
    return await run(piece.ask_for_piece, psychic=context.psychic, room_id=payload.room)


async def pass_on(context, payload):
    return await run(piece.pass_piece, psychic=context.psychic, room_id=payload.room)
