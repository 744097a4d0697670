"""Every shape that crosses a socket: commands, replies, events, error and close codes. No I/O, no Django.

Commands are decoded and validated here by msgspec; unknown fields are refused. Events are encoded here, once, and the
text is then shared by all sockets. REST answers with the same structs, so that a message has the same bytes on both
doors. The AsyncAPI document (`mindnet/socket/asyncapi.py`) is made from these classes.
"""

import json
import re
from datetime import datetime, timezone
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

PROTOCOL_VERSION = 1
TRANSPORT_LIMIT_BYTES = 256 * 1024  # above: the server library's own 1009
REF_LENGTH = 64
URGENT_REASON_LENGTH = 200
DETAIL_LENGTH = 200  # of a refusal's sentence
REPLY_SECONDS = 10  # every command has its reply by then

# Close codes. 4000–4499: reconnect after `retry_after`; 4500–4999: do not.
RESTART = 1012
SLOW_CONSUMER = 4008
RATE_LIMITED = 4029
BAD_FRAMES = 4500
SESSION_ENDED = 4501
DISCONNECTED = 4503
BANNED = 4504
REPLACED = 4509
FRAME_TOO_LARGE = 4513

CLOSE_NAMES = {
    RESTART: "restart",
    SLOW_CONSUMER: "slow_consumer",
    RATE_LIMITED: "rate_limited",
    BAD_FRAMES: "bad_frames",
    SESSION_ENDED: "session_ended",
    DISCONNECTED: "disconnected",
    BANNED: "banned",
    REPLACED: "replaced",
    FRAME_TOO_LARGE: "frame_too_large",
}


def may_reconnect(code):
    return code == RESTART or 4000 <= code < 4500


class Frame(Struct, forbid_unknown_fields=True):
    """What a client sends."""

    type: str
    ref: Annotated[str, Meta(min_length=1, max_length=REF_LENGTH)]
    payload: msgspec.Raw = msgspec.Raw(b"{}")


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
    urgent_reason: Annotated[str, Meta(min_length=1, max_length=URGENT_REASON_LENGTH)] | None = None


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


# Nouns, as they appear in replies, events and REST answers alike.


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


# Every event: type -> (payload, summary). Those of RoomEvent and NumberedEvent have `room`, and `seq`, beside it.
EVENTS = {
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
    "typing.changed": (TypingChange, "Who is typing: the whole list, to those who look at the room."),
    "presence.changed": (PresenceChange, "Whose presence changed, to those who look at the room; above 100 counts."),
    "session.started": (SessionOut, "A guided session has begun."),
    "session.ended": (SessionOut, "It is over."),
    "circle.changed": (CircleOut, "Another leader or another number of sitters, to those who look at the room."),
    "piece.changed": (PieceOut, "The talking piece moved, or its queue, to those who look at the room."),
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


def encode(value):
    """One JSON text, as it stands on a line of a frame. Never contains a newline: JSON escapes it."""
    return encoder.encode(value).decode()


def to_builtins(value):
    """What a JSON renderer takes, with times and ids already as strings."""
    return msgspec.to_builtins(value)


def reply_ok(ref, payload):
    return encode(Reply(ref, True, payload=payload))


def reply_error(ref, error):
    return encode(Reply(ref, False, error=error))


def event(type, payload):
    return encode(Event(type, payload))


def hello_event(**fields):
    return encode(Event("hello", Hello(**fields)))


def room_event(type, room, payload):
    return encode(RoomEvent(type, room, payload))


def message_event(message):
    """The line that tells of a message: created when nothing has changed it since, updated otherwise."""
    kind = "message.created" if message.changed_seq == message.seq else "message.updated"
    return encode(NumberedEvent(kind, message.room, message.changed_seq, message))


def urgent_event(message, reason):
    return encode(UrgentEvent("message.urgent", message.room, reason, message))


frame_decoder = msgspec.json.Decoder(Frame)


class BadFrame(ValueError):
    """A malformed frame: its reply has a null ref, and ten within a minute close the socket."""


def shortened(error):
    """The decoder's sentence without the length of what was sent: it may quote a field's name."""
    sentence = str(error)
    return sentence if len(sentence) <= DETAIL_LENGTH else sentence[:DETAIL_LENGTH] + "…"


class BadPayload(ValueError):
    """A well-formed frame whose payload cannot be decoded, for instance a lone surrogate in a text."""

    def __init__(self, ref, sentence):
        super().__init__(sentence)
        self.ref = ref


def decode_frame(text):
    """A `Frame` out of one text frame. Raises BadFrame or BadPayload with a sentence for the client."""
    try:
        return frame_decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        ref = rescued_ref(text)
        if ref is not None:
            raise BadPayload(ref, shortened(error)) from None
        raise BadFrame(f"This frame is not a command: {shortened(error)}") from None


def rescued_ref(text):
    """The ref of a frame that is JSON and well-formed but for its payload's text; None for any other."""
    try:
        frame = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(frame, dict) or not frame.keys() <= {"type", "ref", "payload"}:
        return None
    type, ref = frame.get("type"), frame.get("ref")
    is_well_formed = isinstance(type, str) and isinstance(ref, str) and 1 <= len(ref) <= REF_LENGTH
    return ref if is_well_formed and not FORBIDDEN_TEXT.search(type + ref) else None


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def decode_payload(decoder, raw):
    """The payload struct out of a frame. Raises ValueError with a sentence for the client."""
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(shortened(error)) from None


# Text. C0 controls but tab and newline are refused, and so is what is no character: lone surrogates.
FORBIDDEN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
# In names also: line breaks, bidirectional controls and invisibles, which could make one name look like another.
FORBIDDEN_NAME = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff]"
)


def clean_text(text):
    """`text` as it is stored: CRLF becomes LF. Raises ValueError for a control character or a lone surrogate."""
    text = text.replace("\r\n", "\n")
    if FORBIDDEN_TEXT.search(text):
        raise ValueError("Control characters other than tab and newline are not allowed.")
    return text


def utc(moment):
    """A time as it goes over the wire: UTC, so that it ends in Z."""
    return moment.astimezone(timezone.utc) if moment is not None else None
