"""Finding messages by their ids, with permission: who may read a room may read what is said there. Reads only."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from messaging import sync
from messaging.models import Message
from mindnet.base.errors import not_found
from mindnet.base.ids import is_id
from mindnet.database.prepared import Bound, OneOf, PreparedShapes, fetch
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms.lookups import get_room


def get_row(*, psychic: Psychic, message_id: int) -> Message:
    """The row, its `room` with `my_role`. Raises not_found for who may not read the room."""
    message = Message.objects.filter(pk=message_id).first() if is_id(message_id) else None
    if message is None:
        raise not_found()
    message.room = get_room(psychic=psychic, room_id=message.room_id)
    return message


def get_message(*, psychic: Psychic, message_id: int) -> MessageOut:
    """The message as it is now; a deleted one without its words. Raises not_found."""
    get_row(psychic=psychic, message_id=message_id)
    [message] = sync.read(Message.objects.filter(pk=message_id))
    return message


def answered_by(messages: Sequence[MessageOut]) -> list[MessageOut]:
    """What these messages answer and is not among them. An answer stays in its room: who may read it may read that."""
    asked = asked_of(messages)
    return sync.whole(fetch(*asked)[0]) if asked else []


def asked_of(messages: Sequence[MessageOut]) -> list[Bound[sync.Bare]]:
    """What `answered_by` asks first, if anything."""
    wanted = {message.reply_to for message in messages if message.reply_to} - {message.id for message in messages}
    return [quoted(sorted(wanted))] if wanted else []


def rows_of(ids: list) -> QuerySet[Message, tuple[Any, ...]]:  # type: ignore[type-arg]  # by its annotation it is one parameter
    return Message.objects.filter(OneOf("pk", ids)).values_list(*sync.FIELDS)


quoted = PreparedShapes(rows_of, sync.bare)


def seq_of(message_id: int, *, room_id: int) -> int | None:
    """The number of a message in this room, None where it is not in there."""
    found = Message.objects.filter(pk=message_id, room=room_id) if is_id(message_id) else Message.objects.none()
    return found.values_list("seq", flat=True).first()
