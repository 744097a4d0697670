"""The socket's door to messaging: parse, call, answer."""

import asyncio
from typing import Any, Protocol

from messaging import broadcasts, edits, reactions, services, sync
from messaging.confirmations import Confirmations
from messaging.drafts import Stored
from messaging.reactions import Gatherer
from messaging.watermarks import Watermark
from messaging.writer import Writer
from mindnet.base.errors import invalid
from mindnet.base.ids import GREATEST_ID
from mindnet.database.group_commit import Batcher
from mindnet.database.threads import run
from mindnet.realtime import shapes
from presence import context as presence
from presence.models import Status
from rooms import lookups as rooms


class Typing(Protocol):
    async def say(self, room_id: int, on: bool) -> None: ...
    def sending(self, room_id: int) -> None: ...


class Runtime(Protocol):
    """What runs beside the sockets, as much of it as messaging needs."""

    writer: Writer
    reactions: Gatherer
    watermarks: Batcher[Watermark, None]
    everyones_room: int

    @property
    def epoch(self) -> str:
        """Under which name the numbers of rooms are given."""


class Context(presence.Context, Protocol):
    runtime: Runtime
    confirmations: Confirmations

    @property
    def typing(self) -> Typing:
        """What this socket says of its typing."""


def send(context: Context, payload: Any) -> asyncio.Future[Stored]:
    """A future of the writer's result; the consumer goes on reading meanwhile and keeps the order."""
    draft = services.make_draft(
        psychic=context.psychic,
        room_id=payload.room,
        content=payload.content,
        nonce=payload.nonce,
        message_type=payload.message_type,
        reply_to=payload.reply_to,
        attachments=payload.attachments,
        urgent=payload.urgent,
        urgent_reason=payload.urgent_reason,
    )
    context.typing.sending(payload.room)
    return context.runtime.writer.submit(draft)


def sent(stored: Stored) -> shapes.SendReply:
    """The reply to `message.send` out of what the writer gives."""
    message = stored.message
    return shapes.SendReply(
        message.id, message.seq, message.timestamp, message.nonce, stored.duplicate, stored.held_for
    )


async def edit(context: Context, payload: Any) -> shapes.MessageOut:
    return await run(edits.edit_message, psychic=context.psychic, message_id=payload.id, content=payload.content)


async def delete(context: Context, payload: Any) -> shapes.MessageOut:
    return await run(services.delete_message, psychic=context.psychic, message_id=payload.id)


def react(context: Context, payload: Any) -> asyncio.Future[shapes.MessageOut]:
    """A future: it may wait for a moment, so that others' reactions are told with it."""
    toggle = reactions.make_toggle(psychic=context.psychic, message_id=payload.id, emoji=payload.emoji, on=payload.on)
    return context.runtime.reactions.submit(payload.id, toggle)


def reacted(message: shapes.MessageOut) -> shapes.MessageOut:
    """The reply to `message.react`."""
    return message


def delivered(context: Context, payload: Any) -> asyncio.Future[None]:
    return confirm(context, payload, Watermark(context.psychic.pk, payload.room, payload.seq, 0))


def read(context: Context, payload: Any) -> asyncio.Future[None]:
    return confirm(context, payload, Watermark(context.psychic.pk, payload.room, payload.seq, payload.seq))


def confirm(context: Context, payload: Any, watermark: Watermark) -> asyncio.Future[None]:
    """A future, like that of `send`: confirmations are the most frequent of all commands."""
    if not 0 <= payload.seq <= GREATEST_ID:
        raise invalid("seq", "A number is 0 or more.")
    if payload.room not in context.connection.rooms:
        return asyncio.ensure_future(confirm_elsewhere(context, watermark))
    return advance(context, watermark)


async def confirm_elsewhere(context: Context, watermark: Watermark) -> None:
    """In a room that this connection has not heard of: they may have come into it a moment ago."""
    await run(rooms.require_participant, psychic=context.psychic, room_id=watermark.room_id)
    await advance(context, watermark)


def advance(context: Context, watermark: Watermark) -> asyncio.Future[None]:
    """The watermark on its way into the table."""
    if not context.connection.is_held:
        return context.confirmations.submit(watermark)
    still: asyncio.Future[None] = asyncio.get_running_loop().create_future()  # a meditator's watermarks stand still
    still.set_result(None)
    return still


def confirmed(_: None) -> dict[str, Any]:
    """The reply to `message.delivered` and `message.read`."""
    return {}


async def synchronise(context: Context, payload: Any) -> dict[str, Any]:
    """Room ids are the keys of a JSON object, and so they are texts."""
    try:
        held = {int(room_id): seq for room_id, seq in payload.rooms.items() if room_id.isdecimal()}
    except ValueError:
        held = {}
    if len(held) != len(payload.rooms) or any(seq < 0 for seq in held.values()):
        raise invalid("rooms", 'Give numbers by room, as in {"12": 57}.')
    is_void = payload.epoch is not None and payload.epoch != context.runtime.epoch
    return await run(sync.sync, psychic=context.psychic, held=held, is_void=is_void)


async def typing(context: Context, payload: Any) -> dict[str, Any]:
    """Passed on to those who look at the room; what comes more often than the limit waits for its turn."""
    if payload.room not in context.connection.rooms:
        await run(rooms.require_participant, psychic=context.psychic, room_id=payload.room)
    if context.connection.chosen_status in (Status.MEDITATING, Status.INVISIBLE):
        return {}
    if payload.room == context.runtime.everyones_room:  # nobody but operators has a voice there
        return {}
    await context.typing.say(payload.room, payload.on)
    return {}


async def broadcast(context: Context, payload: Any) -> shapes.BroadcastReply:
    return await run(
        broadcasts.broadcast,
        psychic=context.psychic,
        content=payload.content,
        rooms=payload.rooms,
        nonce=payload.nonce,
        require_ack=payload.require_ack,
    )


async def acknowledge(context: Context, payload: Any) -> dict[str, Any]:
    await run(broadcasts.acknowledge, psychic=context.psychic, message_id=payload.id)
    return {}
