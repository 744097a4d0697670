"""Every noun that crosses the wire, in replies, events and REST answers alike. No I/O, no Django.

REST answers with the same structs as the socket, so that a message has the same bytes on both doors, and both published
documents are made from them.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct


class PsychicOut(Struct, frozen=True):
    id: int
    username: str


class PresenceOut(Struct, frozen=True):
    """A psychic where presence is meant."""

    id: int
    username: str
    status: str
    note: str
    until: datetime | None
    last_online: datetime | None


class MessageOut(Struct):
    id: int
    room: int
    seq: int
    changed_seq: int
    sender: PsychicOut
    message_type: str
    content: str
    timestamp: datetime
    edited_at: datetime | None
    deleted: bool
    reply_to: int | None
    attachments: list[Any]
    reactions: dict[str, list[int]]
    nonce: UUID
    urgent: bool


class RoomOut(Struct):
    id: int
    name: str
    description: str
    kind: str
    max_participants: int
    participants: int
    created_by: PsychicOut | None
    created_at: datetime
    is_active: bool
    slow_mode_seconds: int
    last_seq: int
    # Left out (UNSET) in events, which are one text for everybody.
    my_role: str | None | msgspec.UnsetType = msgspec.UNSET


class ParticipantOut(Struct):
    room: int
    psychic: PresenceOut
    role: str
    joined_at: datetime
    delivered_seq: int
    read_seq: int


class RoomEntry(Struct):
    """One room in `hello`, and the payload of `room.added`."""

    id: int
    name: str
    kind: str
    role: str
    last_seq: int
    delivered_seq: int
    read_seq: int
    unread: int


class SendReply(Struct):
    id: int
    seq: int
    timestamp: datetime
    nonce: UUID
    duplicate: bool
    held_for: list[PsychicOut]


class PingReply(Struct):
    server_time: datetime


class PresenceCounts(Struct):
    """How many of a room's participants are how. Who is invisible counts as offline."""

    online: int
    away: int
    meditating: int
    offline: int


class StepOut(Struct):
    """`at` and `seconds` count from the session's start; `kind` is bell, prompt, breath, silence or sharing."""

    at: int | float
    kind: str
    text: str
    seconds: int | float


class GuideOut(Struct):
    id: int
    name: str
    description: str
    steps: list[StepOut]


class SessionOut(Struct):
    """`guide` is null when it was deleted meanwhile; the steps are as they were at the start."""

    id: int
    room: int
    guide: int | None
    started_at: datetime
    ended_at: datetime | None
    steps: list[StepOut]


class CircleOut(Struct):
    """Who leads a session, and how many sit in it."""

    room: int
    session: int
    name: str
    leader: PsychicOut | None
    sitting: int


class PieceOut(Struct):
    """The talking piece of a sharing round: who holds it, until when while others wait, and who they are."""

    room: int
    session: int
    holder: PsychicOut | None
    until: datetime | None
    queue: list[PsychicOut]


class SittingOut(Struct):
    """How long somebody sat in a session: `left_at` is null while they sit. `name` is the guide's."""

    id: int
    session: int
    room: int
    name: str
    psychic: PsychicOut
    joined_at: datetime
    left_at: datetime | None
    seconds: float


class SessionState(Struct):
    """A running session as one psychic finds it: `sitting` is their own, null when they have not sat in it."""

    session: SessionOut
    circle: CircleOut
    piece: PieceOut
    sitting: SittingOut | None
    presence: PresenceOut


class EnterReply(Struct):
    """`counts` stands in rooms that more people look at than `lookers_listed` of `hello`'s limits: `participants` is
    empty there, and can be read page by page over REST. In other rooms it names the 500 who have been in for longest.
    """

    room: RoomOut
    participants: list[ParticipantOut]
    typing: list[PsychicOut]
    session: SessionOut | None
    counts: PresenceCounts | msgspec.UnsetType = msgspec.UNSET


class SyncedRoom(Struct, omit_defaults=True):
    """`complete: false` means ask again from `seq`; `reset: true`, forget what you hold."""

    messages: list[MessageOut]
    seq: int
    complete: bool
    reset: bool = False


class SyncReply(Struct):
    rooms: dict[str, SyncedRoom]


class BroadcastPlace(Struct):
    room: int
    id: int
    seq: int


class BroadcastReply(Struct):
    messages: list[BroadcastPlace]
    recipients: int


class Hello(Struct):
    protocol: int
    connection_id: UUID
    psychic: PsychicOut
    heartbeat_seconds: int
    server_time: datetime
    limits: dict[str, float]
    rooms: list[RoomEntry]


class Bye(Struct):
    code: int
    reason: str
    reconnect: bool
    retry_after: float | None
    until: datetime | None


class RoomGap(Struct):
    room: int
    after: int
    last_seq: int


class RoomRemoval(Struct):
    room: int
    kind: Literal["left", "kick", "ban", "closed"]
    reason: str | None
    until: datetime | None


class Receipt(Struct):
    room: int
    psychic: PsychicOut
    delivered_seq: int
    read_seq: int


class TypingChange(Struct):
    room: int
    psychics: list[PsychicOut]


class PresenceChange(Struct):
    """`counts` stands in rooms that more people look at than `lookers_listed` of `hello`'s limits: `changes` is empty
    then. When changes come again after counts, `room.enter` gives the list they change.
    """

    room: int
    changes: list[PresenceOut]
    counts: PresenceCounts | msgspec.UnsetType = msgspec.UNSET


def to_builtins(value):
    """What a JSON renderer takes, with times and ids already as strings."""
    return msgspec.to_builtins(value)
