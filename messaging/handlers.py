"""The socket's door to messaging: parse, call, answer."""

import asyncio

from messaging import services, sync
from messaging.watermarks import Watermark
from mindnet.base.errors import invalid
from mindnet.database.threads import run
from mindnet.realtime import shapes
from presence.models import Status
from rooms import lookups as rooms


def send(context, payload):
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
    return context.runtime.writer.submit(draft)


def sent(stored):
    """The reply to `message.send` out of what the writer gives."""
    message = stored.message
    return shapes.SendReply(
        message.id, message.seq, message.timestamp, message.nonce, stored.duplicate, stored.held_for
    )


async def edit(context, payload):
    return await run(services.edit_message, psychic=context.psychic, message_id=payload.id, content=payload.content)


async def delete(context, payload):
    return await run(services.delete_message, psychic=context.psychic, message_id=payload.id)


async def react(context, payload):
    return await run(services.react, psychic=context.psychic, message_id=payload.id, emoji=payload.emoji, on=payload.on)


def delivered(context, payload):
    return confirm(context, payload, Watermark(context.psychic.pk, payload.room, payload.seq, 0))


def read(context, payload):
    return confirm(context, payload, Watermark(context.psychic.pk, payload.room, payload.seq, payload.seq))


def confirm(context, payload, watermark):
    """A future, like that of `send`: confirmations are the most frequent of all commands."""
    if not 0 <= payload.seq < 2**63:
        raise invalid("seq", "A number is 0 or more.")
    if payload.room not in context.connection.rooms:
        return asyncio.ensure_future(confirm_elsewhere(context, watermark))
    return advance(context, watermark)


async def confirm_elsewhere(context, watermark):
    """In a room that this connection has not heard of: they may have come into it a moment ago."""
    await run(rooms.require_participant, psychic=context.psychic, room_id=watermark.room_id)
    await advance(context, watermark)


def advance(context, watermark):
    if not context.connection.held:
        return context.runtime.watermarks.submit(watermark)
    still = asyncio.get_running_loop().create_future()  # a meditator's watermarks stand still
    still.set_result(None)
    return still


def confirmed(_):
    """The reply to `message.delivered` and `message.read`."""
    return {}


async def synchronise(context, payload):
    try:
        held = {int(room_id): seq for room_id, seq in payload.rooms.items() if room_id.isdecimal()}
    except ValueError:
        held = {}
    if len(held) != len(payload.rooms) or any(seq < 0 for seq in held.values()):
        raise invalid("rooms", 'Give numbers by room, as in {"12": 57}.')
    return await run(sync.sync, psychic=context.psychic, held=held)


async def typing(context, payload):
    """Passed on to those who look at the room; more often than the limit it is answered and not passed on."""
    if payload.room not in context.connection.rooms:
        await run(rooms.require_participant, psychic=context.psychic, room_id=payload.room)
    if context.connection.chosen_status in (Status.MEDITATING, Status.INVISIBLE):
        return {}
    if payload.room == context.runtime.everyones_room:  # nobody but operators has a voice there
        return {}
    if not payload.on or context.may_type(payload.room):
        services.announce_typing(psychic=context.psychic, room_id=payload.room, on=payload.on)
    return {}


async def broadcast(context, payload):
    return await run(
        services.broadcast,
        psychic=context.psychic,
        content=payload.content,
        rooms=payload.rooms,
        nonce=payload.nonce,
        require_ack=payload.require_ack,
    )


async def acknowledge(context, payload):
    await run(services.acknowledge, psychic=context.psychic, message_id=payload.id)
    return {}
