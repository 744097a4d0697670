"""Every noun that crosses the wire, in replies, events and REST answers alike. No I/O, no Django.

REST answers with the same structs as the socket, so that a message has the same bytes on both doors, and both published
documents are made from them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

# Members that several shapes share, each with what the documents say of it.


def word(title: str, *words: str) -> Meta:
    """One of these words, to the documents, which keep them under `title`. To Python it is a text: the apps'
    enumerations say the same."""
    return Meta(title=title, extra_json_schema={"enum": list(words)})


Moment = Annotated[datetime, Meta(tz=True, examples=["2030-01-31T18:00:00Z"])]
Id = Annotated[int, Meta(examples=[12])]
Username = Annotated[str, Meta(examples=["ada"])]
Note = Annotated[str, Meta(examples=["back at noon"])]
RoomName = Annotated[str, Meta(examples=["Attic"])]
Reason = Annotated[str, Meta(examples=["Too loud."])]

Status = Annotated[str, word("PresenceStatus", "online", "away", "meditating", "invisible", "offline")]
RoomKind = Annotated[str, word("RoomKind", "open", "closed", "private", "meditation", "broadcast")]
Role = Annotated[str, word("Role", "owner", "moderator", "participant")]
MessageType = Annotated[str, word("MessageType", "text", "image", "file", "system", "broadcast", "sealed")]
StepKind = Annotated[str, word("StepKind", "bell", "prompt", "breath", "silence", "sharing")]

Reactions = Annotated[
    dict[str, list[int]],
    Meta(description="By emoji, the ids of those who reacted, the first 100.", examples=[{"🔮": [7, 12]}]),
]
ReactionCounts = Annotated[
    dict[str, int],
    Meta(description="By emoji, how many reacted, where not all of them are named.", examples=[{"🔮": 240}]),
]


class PsychicOut(Struct, frozen=True):
    id: Id
    username: Username


class PresenceOut(Struct, frozen=True):
    """A psychic where presence is meant."""

    id: Id
    username: Username
    status: Status
    note: Note
    until: Moment | None
    last_online: Moment | None


class AttachmentOut(Struct):
    """A file of a message: `width` and `height` of pictures, `seconds` of what is played."""

    id: UUID
    name: Annotated[str, Meta(examples=["aura.webp"])]
    media_type: Annotated[str, Meta(examples=["image/webp"])]
    size: Annotated[int, Meta(description="In bytes.", examples=[48213])]
    width: int | None
    height: int | None
    seconds: float | None
    url: str
    thumbnail_url: str | None


class MessageOut(Struct, frozen=True):  # kept, and handed to several
    """`seq` numbers the messages of a room, `changed_seq` their changes; a deleted message keeps its place, empty."""

    id: Id
    room: Id
    seq: int
    changed_seq: int
    sender: PsychicOut
    message_type: MessageType
    content: Annotated[str, Meta(examples=["The stars are in order."])]
    timestamp: Moment
    edited_at: Moment | None
    deleted: bool
    reply_to: Id | None
    attachments: list[AttachmentOut]
    reactions: Reactions
    nonce: UUID
    urgent: bool
    # Of the participants whom `@name`, `@here` or `@all` in the text meant when it was sent or edited.
    mentions: list[Id]
    # Left out (UNSET) where `reactions` names everybody.
    reaction_counts: ReactionCounts | msgspec.UnsetType = msgspec.UNSET


class RoomOut(Struct):
    """`my_role` is null for who is not in the room."""

    id: Id
    name: RoomName
    description: str
    kind: RoomKind
    max_participants: int
    participants: int
    created_by: PsychicOut | None
    created_at: Moment
    is_active: bool
    slow_mode_seconds: int
    last_seq: int
    # Left out (UNSET) in events, which are one text for everybody.
    my_role: Role | None | msgspec.UnsetType = msgspec.UNSET


class ParticipantOut(Struct, frozen=True):  # as a message
    room: Id
    psychic: PresenceOut
    role: Role
    joined_at: Moment
    delivered_seq: int
    read_seq: int


class RoomEntry(Struct):
    """One room in `hello`, and the payload of `room.added`."""

    id: Id
    name: RoomName
    kind: RoomKind
    role: Role
    last_seq: int
    delivered_seq: int
    read_seq: int
    # With a marker below `read_seq`, everything from there on counts as unread.
    unread: int
    mentions: Annotated[int, Meta(description="How many of the unread messages mean oneself.")]
    unread_from: Annotated[int | None, Meta(description="Where one's own marker stands, null without one.")]

    @property
    def read_to(self) -> int:
        """Up to here it is read: `read_seq`, or what lies before the marker."""
        return self.read_seq if self.unread_from is None else min(self.read_seq, self.unread_from - 1)


class DeviceOut(Struct):
    """A device for sealed mind-links: its card, signed by itself, and what stands in it."""

    id: Annotated[str, Meta(examples=["i4gtIZQXHbCoCbUYt4cWGQ"])]
    kind: Annotated[str, word("DeviceKind", "device", "recovery")]
    name: Annotated[str, Meta(examples=["Firefox on Linux"])]
    card: str
    signature: str


class DeviceLogEntryOut(Struct):
    statement: str
    signature: str


class DeviceListOut(Struct):
    """Somebody's device log, its head (null where there is none) and the devices that are live by it."""

    psychic: PsychicOut
    log: list[DeviceLogEntryOut]
    head: str | None
    devices: list[DeviceOut]


class DevicesChange(Struct):
    psychic: PsychicOut
    head: str


class SendReply(Struct):
    id: Id
    seq: int
    timestamp: Moment
    nonce: UUID
    duplicate: bool
    held_for: list[PsychicOut]


class PingReply(Struct):
    server_time: Moment


class PresenceCounts(Struct):
    """How many of a room's participants are how. Who is invisible counts as offline."""

    online: int
    away: int
    meditating: int
    offline: int


class StepOut(Struct):
    """`at` and `seconds` count from the session's start; `kind` is bell, prompt, breath, silence or sharing."""

    at: int | float
    kind: StepKind
    text: str
    seconds: int | float


class GuideOut(Struct):
    id: Id
    name: str
    description: str
    steps: list[StepOut]


class SessionOut(Struct):
    """`guide` is null when it was deleted meanwhile; the steps are as they were at the start."""

    id: Id
    room: Id
    guide: int | None
    started_at: Moment
    ended_at: Moment | None
    steps: list[StepOut]


class CircleOut(Struct):
    """Who leads a session, and how many sit in it."""

    room: Id
    session: int
    name: str
    leader: PsychicOut | None
    sitting: int


class PieceOut(Struct):
    """The talking piece of a sharing round: who holds it, until when while others wait, and who they are."""

    room: Id
    session: int
    holder: PsychicOut | None
    until: Moment | None
    queue: list[PsychicOut]


class SittingOut(Struct):
    """How long somebody sat in a session: `left_at` is null while they sit. `name` is the guide's."""

    id: Id
    session: int
    room: Id
    name: str
    psychic: PsychicOut
    joined_at: Moment
    left_at: Moment | None
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
    room: Id
    id: Id
    seq: int


class BroadcastReply(Struct):
    messages: list[BroadcastPlace]
    recipients: int


class BroadcastReminder(Struct):
    """A broadcast that waits for one's acknowledgement, and when one was reminded of it."""

    message: MessageOut
    at: Moment


class Hello(Struct):
    protocol: int
    epoch: str
    connection_id: UUID
    psychic: PsychicOut
    heartbeat_seconds: int
    server_time: Moment
    limits: dict[str, float]
    rooms: list[RoomEntry]


class Bye(Struct):
    code: int
    reason: str
    reconnect: bool
    retry_after: float | None
    until: Moment | None


class RoomGap(Struct):
    room: Id
    after: int
    last_seq: int


Leaving = Literal["left", "kick", "ban", "closed"]


class RoomRemoval(Struct):
    room: Id
    kind: Annotated[Leaving, Meta(title="RemovalKind")]
    reason: Reason | None
    until: Moment | None


class Receipt(Struct):
    room: Id
    psychic: PsychicOut
    delivered_seq: int
    read_seq: int


class UnreadChange(Struct):
    """What of a room is unread for oneself, as in `hello`."""

    room: Id
    unread: int
    mentions: int
    unread_from: int | None


class TypingChange(Struct):
    room: Id
    psychics: list[PsychicOut]


class PresenceChange(Struct):
    """`counts` stands in rooms that more people look at than `lookers_listed` of `hello`'s limits: `changes` is empty
    then. When changes come again after counts, `room.enter` gives the list they change.
    """

    room: Id
    changes: list[PresenceOut]
    counts: PresenceCounts | msgspec.UnsetType = msgspec.UNSET


def to_builtins(value: Any) -> Any:
    """What a JSON renderer takes, with times and ids already as strings."""
    return msgspec.to_builtins(value)
