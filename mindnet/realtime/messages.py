"""What processes tell each other over the channel layer: one shape for each `type`, of plain values.

`publish.py` makes them, the hub takes them apart. The texts in them are encoded lines, several with newlines between.
`origin` is the hub that a message was sent by, which has handled it already.
"""

from typing import Literal, NamedTuple, NotRequired, TypedDict


class Numbered(TypedDict):
    """Numbered events first..last of a room, one line each. `senders` no longer type what they have said."""

    type: Literal["numbered"]
    room: int
    first: int
    last: int
    lines: list[str]
    senders: NotRequired[list[int]]
    origin: NotRequired[str]


class InRoom(TypedDict):
    """Events without a number, for the participants or only for those who look at the room. What `facts.py` counts has
    its count beside it."""

    type: Literal["room"]
    room: int
    line: str
    viewers_only: bool
    revision: NotRequired[int]
    receipts: NotRequired[int]
    origin: NotRequired[str]


class OfSession(TypedDict):
    """An event of a guided session. `version` is [session id, count]: greater ones are newer."""

    type: Literal["session"]
    room: int
    event: str
    version: list[int]
    line: str
    viewers_only: bool
    origin: NotRequired[str]


class ToPsychic(TypedDict):
    """An event for all connections of a psychic. `receipt` is (room, delivered, read) where the event is their own
    receipt, which is told once however often it is heard."""

    type: Literal["psychic"]
    psychic: int
    line: str
    receipt: NotRequired[tuple[int, int, int]]
    origin: NotRequired[str]


class ToPsychics(TypedDict):
    """An event for all connections of these psychics, but those who meditate."""

    type: Literal["psychics"]
    psychics: list[int]
    line: str
    origin: NotRequired[str]


class Attach(TypedDict):
    """A psychic has come into a room. `version` is the room's revision at which they did, or at which somebody found
    them there in the table: what says otherwise of a smaller one is older. A process of an older release sends none."""

    type: Literal["attach"]
    psychic: int
    room: int
    delivered_seq: NotRequired[int]
    last_seq: int
    revision: NotRequired[int]
    receipts: NotRequired[int]
    line: str
    version: NotRequired[int]
    origin: NotRequired[str]


class Detach(TypedDict):
    """A psychic is out of a room; `version` as in Attach."""

    type: Literal["detach"]
    psychic: int
    room: int
    line: str
    version: NotRequired[int]
    origin: NotRequired[str]


class Chosen(TypedDict):
    """A psychic has chosen a status, "" for none."""

    type: Literal["status"]
    psychic: int
    status: str
    origin: NotRequired[str]


class Urgent(TypedDict):
    """The line of a message that a meditator lets through, and the message's id."""

    type: Literal["urgent"]
    psychic: int
    id: int
    line: str
    origin: NotRequired[str]


class Unread(TypedDict):
    """`unread.updated` of a psychic's own, of a room: for who meditates it is kept until the bell."""

    type: Literal["unread"]
    psychic: int
    room: int
    line: str
    origin: NotRequired[str]


class Typing(TypedDict):
    """`is_final`: they may not type there any more, whatever was said before and arrives later."""

    type: Literal["typing"]
    room: int
    psychic: int
    username: str
    on: bool
    is_final: NotRequired[bool]
    origin: NotRequired[str]


class Presence(NamedTuple):
    """How a psychic is now, encoded, and the ids of the rooms they are in. Comes over the layer as a list."""

    encoded: str
    psychic_id: int
    room_ids: list[int]


class Presences(TypedDict):
    type: Literal["presence"]
    changes: list[Presence]
    origin: NotRequired[str]


class Closings(TypedDict):
    """Some connections are marked in the table to be closed."""

    type: Literal["closings"]
    origin: NotRequired[str]


class Several(TypedDict):
    """What had gathered in a process, sent as one."""

    type: Literal["several"]
    messages: "list[Message]"
    origin: NotRequired[str]


Move = Attach | Detach
ForPsychic = ToPsychic | Move | Chosen | Urgent | Unread
Message = Numbered | InRoom | OfSession | ForPsychic | ToPsychics | Typing | Presences | Closings | Several
