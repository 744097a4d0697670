"""What a report keeps of the thing reported: plain JSON, so that an edit or a deletion takes nothing away.

Each function says how a thing is now. A report keeps that of the moment it was made; its page in the admin shows both.
"""

from datetime import datetime
from typing import Any

from messaging import sync
from messaging.models import Message, MessageType
from mindnet.base.moments import utc
from mindnet.realtime.shapes import MessageOut
from presence.models import Psychic
from rooms.models import Invitation, Role, Room

Evidence = dict[str, Any]

# Messages kept on either side of the one reported: a sentence is rarely understood without what it answers.
NEIGHBOURS = 3


def of_message(message: Message) -> Evidence:
    """The message, the room it was said in, and its neighbours on both sides."""
    around = Message.objects.filter(room=message.room_id)
    before = sync.read(around.before(message.seq)[:NEIGHBOURS])[::-1]
    [itself] = sync.read(Message.objects.filter(pk=message.pk))
    after = sync.read(around.after(message.seq)[:NEIGHBOURS])
    return {
        "kind": "message",
        "message": told(itself),
        "room": named_room(message.room),
        "before": [told(one) for one in before],
        "after": [told(one) for one in after],
    }


def told(message: MessageOut) -> Evidence:
    """A sealed envelope says nothing to the server, so none of it is kept."""
    is_sealed = message.message_type == MessageType.SEALED
    return {
        "id": message.id,
        "sender": message.sender.username,
        "message_type": message.message_type,
        "content": "" if is_sealed else message.content,
        "attachments": [one.name for one in message.attachments],
        "timestamp": moment(message.timestamp),
        "edited_at": moment(message.edited_at),
        "deleted": message.deleted,
    }


def of_psychic(psychic: Psychic) -> Evidence:
    """What they say of themselves. The picture by its key: the file goes when they change it."""
    return {
        "kind": "psychic",
        "username": psychic.username,
        "display_name": psychic.display_name,
        "bio": psychic.bio,
        "abilities": psychic.abilities,
        "avatar": psychic.avatar,
        "note": psychic.note,
    }


def of_room(room: Room) -> Evidence:
    owners = room.participant_rows.active().filter(role=Role.OWNER).order_by("joined_at", "pk")
    return {
        "kind": "room",
        **named_room(room),
        "description": room.description,
        "owners": list(owners.values_list("psychic__username", flat=True)),
        "is_active": room.is_active,
    }


def of_invitation(invitation: Invitation) -> Evidence:
    return {
        "kind": "invitation",
        "room": named_room(invitation.room),
        "by": invitation.created_by.username if invitation.created_by else None,
        "at": moment(invitation.created_at),
    }


def named_room(room: Room) -> Evidence:
    return {"id": room.pk, "name": room.name, "room_kind": str(room.kind)}


def moment(value: datetime | None) -> str | None:
    value = utc(value)
    return value.isoformat() if value else None
