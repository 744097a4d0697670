"""What each command carries. Unknown fields are refused."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from messaging.fields import URGENT_REASON


class Payload(Struct, forbid_unknown_fields=True, frozen=True):
    """Base of all command payloads."""


class Empty(Payload):
    pass


class RoomPayload(Payload):
    room: int


class JoinPayload(Payload):
    room: int
    invitation: str | None = None


class EnterPayload(Payload):
    room: int | None


class SendPayload(Payload):
    room: int
    content: str
    nonce: UUID | None = None
    message_type: Literal["text", "image", "file", "sealed"] = "text"
    reply_to: int | None = None
    attachments: Annotated[list[UUID], Meta(max_length=20)] = []
    urgent: bool = False
    # Why it cannot wait; only with `urgent`.
    urgent_reason: Annotated[str, Meta(min_length=1, max_length=URGENT_REASON.most)] | None = None


class EditPayload(Payload):
    id: int
    content: str


class MessagePayload(Payload):
    id: int


class ReactPayload(Payload):
    id: int
    emoji: str
    on: bool


class WatermarkPayload(Payload):
    room: int
    seq: int


class SyncPayload(Payload):
    rooms: Annotated[dict[str, int], Meta(max_length=300)]


class TypingPayload(Payload):
    room: int
    on: bool


class PresencePayload(Payload):
    status: Literal["online", "away", "meditating", "invisible"]
    note: Annotated[str, Meta(max_length=140)] | None = None
    until: datetime | None = None


class SessionPayload(Payload):
    room: int
    guide: int


class BroadcastPayload(Payload):
    content: str
    rooms: Annotated[list[int], Meta(max_length=100)] | None = None
    nonce: UUID | None = None
    require_ack: bool = False
