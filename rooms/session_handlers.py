"""Guided sessions on the socket: one function a command."""

from typing import Any

from mindnet.database.threads import run
from mindnet.realtime import shapes
from presence.context import Context
from rooms import piece, sessions, sittings
from rooms.shapes import session_out


async def start(context: Context, payload: Any) -> shapes.SessionOut:
    session = await run(sessions.start_session, psychic=context.psychic, room_id=payload.room, guide_id=payload.guide)
    return session_out(session)


async def end(context: Context, payload: Any) -> shapes.SessionOut:
    return session_out(await run(sessions.end_session, psychic=context.psychic, room_id=payload.room))


async def look(context: Context, payload: Any) -> shapes.SessionState:
    return await run(sittings.look, psychic=context.psychic, room_id=payload.room)


async def sit(context: Context, payload: Any) -> shapes.SessionState:
    return await run(sittings.sit, psychic=context.psychic, room_id=payload.room)


async def rise(context: Context, payload: Any) -> shapes.SessionState:
    return await run(sittings.rise, psychic=context.psychic, room_id=payload.room)


async def ask(context: Context, payload: Any) -> shapes.PieceOut:
    return await run(piece.ask_for_piece, psychic=context.psychic, room_id=payload.room)


async def pass_on(context: Context, payload: Any) -> shapes.PieceOut:
    return await run(piece.pass_piece, psychic=context.psychic, room_id=payload.room)
