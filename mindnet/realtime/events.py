"""Every line the server sends: the table of events, replies, and how each is encoded.

A line is encoded once, and the text is then shared by all sockets. The AsyncAPI document is made from the same table.
"""

from typing import Any

import msgspec
from msgspec import Struct

from mindnet.realtime.shapes import (
    BroadcastReminder,
    Bye,
    CircleOut,
    DevicesChange,
    Hello,
    MessageOut,
    ParticipantOut,
    PieceOut,
    PresenceChange,
    Receipt,
    RoomEntry,
    RoomGap,
    RoomOut,
    RoomRemoval,
    SessionOut,
    TypingChange,
    UnreadChange,
)

# Every event: type -> (payload, summary). Those of RoomEvent and NumberedEvent have `room`, and `seq`, beside it.
EVENTS: dict[str, tuple[type[Struct], str]] = {
    "hello": (Hello, "The first event: who you are, the limits, and each room as of this instant."),
    "message.created": (MessageOut, "A new message, in the room's order."),
    "message.updated": (MessageOut, "A message was edited, deleted or reacted to: the whole of it."),
    "message.urgent": (MessageOut, "A message a meditator lets through; at the bell it comes again, in its place."),
    "participant.joined": (ParticipantOut, "Somebody takes part now."),
    "participant.left": (ParticipantOut, "Somebody takes part no longer."),
    "participant.updated": (ParticipantOut, "Somebody has another role."),
    "room.updated": (RoomOut, "Name, description or a setting changed."),
    "room.added": (RoomEntry, "You are in a room now, on all your connections."),
    "room.removed": (RoomRemoval, "You are out of a room."),
    "room.gap": (RoomGap, "More was missed than is pushed: sync for it."),
    "receipt.updated": (Receipt, "Somebody's watermarks moved; in rooms of at most 50."),
    "unread.updated": (UnreadChange, "Your marker, or what mentions you, changed otherwise than by a new message."),
    "typing.changed": (TypingChange, "Who is typing: the whole list, to those who look at the room."),
    "presence.changed": (PresenceChange, "Whose presence changed, to those who look at the room; above 100 counts."),
    "session.started": (SessionOut, "A guided session has begun."),
    "session.ended": (SessionOut, "It is over."),
    "circle.changed": (CircleOut, "Another leader or another number of sitters, to those who look at the room."),
    "piece.changed": (PieceOut, "The talking piece moved, or its queue, to those who look at the room."),
    "broadcast.reminder": (BroadcastReminder, "You are reminded of a broadcast that you have not acknowledged yet."),
    "devices.changed": (
        DevicesChange,
        "Your devices, or of somebody you share a mind-link with, are others now.",
    ),
    "bye": (Bye, "The server is about to close, and why."),
}


class Reply(Struct, tag_field="type", tag="reply"):
    ref: str | None
    ok: bool
    payload: Any = msgspec.UNSET
    error: Any = msgspec.UNSET


class Event(Struct):
    type: str
    payload: Any


class RoomEvent(Struct):
    """An event of a room. `seq` stands in numbered events only: message.created and message.updated."""

    type: str
    room: int
    payload: Any
    seq: int | msgspec.UnsetType = msgspec.UNSET


class NumberedEvent(Struct):
    type: str
    room: int
    seq: int
    payload: Any


class UrgentEvent(Struct):
    """`message.urgent`: the message, and beside it why it cannot wait."""

    type: str
    room: int
    reason: str
    payload: MessageOut


encoder = msgspec.json.Encoder()


def encode(value: Any) -> str:
    """One JSON text, as it stands on a line of a frame. Never contains a newline: JSON escapes it."""
    return encoder.encode(value).decode()


def reply_ok(ref: str | None, payload: Any) -> str:
    return encode(Reply(ref, True, payload=payload))


def reply_error(ref: str | None, error: dict[str, Any]) -> str:
    return encode(Reply(ref, False, error=error))


def event(type: str, payload: Any) -> str:
    return encode(Event(type, payload))


def hello_event(**fields: Any) -> str:
    return encode(Event("hello", Hello(**fields)))


def room_event(type: str, room: int, payload: Any) -> str:
    return encode(RoomEvent(type, room, payload))


def message_event(message: MessageOut) -> str:
    """The line that tells of a message: created when nothing has changed it since, updated otherwise."""
    kind = "message.created" if message.changed_seq == message.seq else "message.updated"
    return encode(NumberedEvent(kind, message.room, message.changed_seq, message))


def urgent_event(message: MessageOut, reason: str) -> str:
    return encode(UrgentEvent("message.urgent", message.room, reason, message))
