"""Finding one message with permission: who may read its room may read it. Reads only."""

from messaging import sync
from messaging.models import Message
from mindnet.base.errors import not_found
from mindnet.base.ids import is_id
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
