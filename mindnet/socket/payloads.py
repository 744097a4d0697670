"""What each command carries. Unknown fields are refused.

Lengths and choices come from the rules of the apps' `fields.py`. Most of them are only documented here: the services
check them, and word the refusal. What msgspec itself refuses says so by `Literal` or a length of its own.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from messaging import fields as messaging
from mindnet.base.rules import Bound, Many, Rule, Text, value_of
from presence import fields as presence
from rooms import fields as rooms

# As many as `hello` may name, and some more: a psychic takes part in at most ROOMS_PER_PSYCHIC and everyone's.
SYNC_ROOMS = 300


def documented(rule: Rule, *, title: str | None = None, most: Bound = None) -> Meta:
    return Meta(extra_json_schema=rule.json_schema(), title=title, max_length=value_of(most))


def enforced(rule: Text | Many) -> Meta:
    """Documented, and its lengths, which have to be numbers, checked by msgspec."""
    return Meta(extra_json_schema=rule.json_schema(), min_length=value_of(rule.least), max_length=value_of(rule.most))


# A title names the class that a generator makes of an enumeration.
PostedType = Annotated[
    Literal[*messaging.MESSAGE_TYPE.of],  # type: ignore[valid-type]  # to mypy a Literal is written out
    documented(messaging.MESSAGE_TYPE, title="PostedType"),
]
ChosenStatus = Annotated[
    Literal[*presence.CHOSEN_STATUS.of],  # type: ignore[valid-type]  # to mypy a Literal is written out
    documented(presence.CHOSEN_STATUS, title="ChosenStatus"),
]
Nonce = Annotated[UUID, documented(messaging.NONCE)]
# An empty list is refused by the service.
BroadcastRooms = Annotated[list[int], documented(messaging.BROADCAST_ROOMS, most=messaging.BROADCAST_ROOMS.most)]


class Payload(Struct, forbid_unknown_fields=True, frozen=True):
    """Base of all command payloads."""


class Empty(Payload, frozen=True):
    pass


class RoomPayload(Payload, frozen=True):
    room: int


class JoinPayload(Payload, frozen=True):
    room: int
    invitation: Annotated[str, documented(rooms.INVITATION_CODE)] | None = None


class EnterPayload(Payload, frozen=True):
    room: int | None


class SendPayload(Payload, frozen=True):
    room: int
    content: Annotated[str, documented(messaging.CONTENT)]
    nonce: Nonce | None = None
    message_type: PostedType = "text"
    reply_to: Annotated[int, documented(messaging.REPLY_TO)] | None = None
    attachments: Annotated[list[UUID], enforced(messaging.ATTACHMENTS)] = []
    urgent: bool = False
    urgent_reason: Annotated[str, enforced(messaging.URGENT_REASON)] | None = None


class EditPayload(Payload, frozen=True):
    id: int
    content: Annotated[str, documented(messaging.CONTENT)]


class MessagePayload(Payload, frozen=True):
    id: int


class ReactPayload(Payload, frozen=True):
    id: int
    emoji: Annotated[str, documented(messaging.EMOJI)]
    on: bool


class WatermarkPayload(Payload, frozen=True):
    room: int
    seq: Annotated[int, documented(messaging.SEQ)]


class SyncPayload(Payload, frozen=True):
    rooms: Annotated[dict[str, int], Meta(max_length=SYNC_ROOMS, description="The number held, by the room's id.")]
    epoch: Annotated[str, Meta(max_length=64, description="Of the `hello` under which they were given.")] | None = None


class TypingPayload(Payload, frozen=True):
    room: int
    on: bool


class PresencePayload(Payload, frozen=True):
    status: ChosenStatus
    note: Annotated[str, enforced(presence.NOTE)] | None = None
    until: Annotated[datetime, documented(presence.UNTIL)] | None = None


class SessionPayload(Payload, frozen=True):
    room: int
    guide: int


class BroadcastPayload(Payload, frozen=True):
    content: Annotated[str, documented(messaging.TEXT)]
    rooms: BroadcastRooms | None = None
    nonce: Nonce | None = None
    require_ack: bool = False
