"""The REST door in one table: what each operation takes and answers. The OpenAPI document is made from it.

Paths are written without the names of their parameters. A test compares the table with the urls, so that neither has
an operation that the other lacks.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from msgspec import Struct

from mindnet.realtime.shapes import (
    BroadcastReply,
    GuideOut,
    MessageOut,
    ParticipantOut,
    PresenceOut,
    PsychicOut,
    RoomOut,
    SessionOut,
    SittingOut,
)
from mindnet.rest.schema import components
from rooms.shapes import InvitationOut, RestrictionOut

# Answers that exist on this door only


class Error(Struct):
    code: str
    detail: str
    errors: dict[str, list[str]] = {}
    retry_after: float = 0
    reason: str = ""
    until: datetime | None = None


class Profile(Struct):
    id: int
    username: str
    display_name: str
    bio: str
    abilities: list[str]
    avatar_url: str | None
    status: str
    note: str
    until: datetime | None
    last_online: datetime | None


class Token(Struct):
    token: str
    expiry: datetime


class JourneyEntry(Struct):
    psychic: PsychicOut
    delivered: bool
    read: bool
    held: bool
    acknowledged: bool


class Journey(Struct):
    stored_at: datetime
    participants: int
    delivered: int
    read: int
    held: int
    waiting: int
    acknowledged: int
    who: list[JourneyEntry]


TYPES = [
    Error, Profile, Token, Journey, BroadcastReply, GuideOut, InvitationOut, MessageOut, ParticipantOut, PresenceOut,
    PsychicOut, RestrictionOut, RoomOut, SessionOut, SittingOut,
]  # fmt: skip
REFERENCES, COMPONENTS = components(TYPES)
REFERENCE = dict(zip(TYPES, REFERENCES, strict=True))


# The words the table is written in


@dataclass(frozen=True)
class Row:
    """One operation. `answers` maps a status to a schema (None: no content), `errors` names codes beside the usual."""

    summary: str
    answers: dict
    body: dict | None = None
    query: dict = field(default_factory=dict)
    errors: tuple = ()
    description: str = ""
    public: bool = False
    media_type: str = "application/json"

    @property
    def request(self):
        return {self.media_type: self.body} if self.body else None

    @property
    def responses(self):
        """By status, or by (status, media type) where the answer is no JSON."""
        return {key if isinstance(key, tuple) else str(key): answer(schema) for key, schema in self.answers.items()}

    @property
    def parameters(self):
        return [OpenApiParameter(name, schema, OpenApiParameter.QUERY) for name, schema in self.query.items()]


def answer(schema):
    if schema is None:
        return OpenApiResponse(None, "Done.")
    return OpenApiResponse(schema if isinstance(schema, dict) else REFERENCE[schema], "Done.")


def listed(kind, **more):
    """A page of a list."""
    link = {"type": ["string", "null"], "format": "uri"}
    properties = {"next": link, "previous": link, "results": {"type": "array", "items": REFERENCE[kind]}, **more}
    return {"type": "object", "properties": properties, "required": list(properties)}


def body(required="", **fields):
    """A JSON object: the required fields by name, and the schemas of all."""
    schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return schema | ({"required": required.split()} if required else {})


def text(most=None, least=None):
    schema = {"type": "string"}
    if least is not None:
        schema["minLength"] = least
    return schema | ({"maxLength": most} if most else {})


def one_of(*words):
    return {"type": "string", "enum": list(words)}


def optional(schema):
    return {"anyOf": [schema, {"type": "null"}]}


def a_list(items, most=None):
    return {"type": "array", "items": items} | ({"maxItems": most} if most else {})


FILE = {"type": "string", "format": "binary"}
NUMBER = {"type": "integer"}
FLAG = {"type": "boolean"}
NONCE = {"type": "string", "format": "uuid"}
MOMENT = {"type": "string", "format": "date-time"}
NAME = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{3,30}$"}
CONTENT = text(4000, 1)
# Without bounds: what lies outside of 1 to 100 is clamped, not refused.
LIMIT = {"limit": {"type": "integer", "default": 50, "description": "clamped to 1 to 100"}}
IDS = {"type": "string", "pattern": r"^[0-9]{1,18}(,[0-9]{1,18}){0,99}$", "description": "with commas between them"}
PAGE = LIMIT | {"after": NUMBER, "before": NUMBER}
OFFSET = LIMIT | {"offset": {"type": "integer", "minimum": 0}}
ROOM_FILTERS = {
    "kind": one_of("open", "closed", "private", "meditation", "broadcast"),
    "mine": one_of("true", "false"),
    "is_active": one_of("true", "false"),
    "search": text(80),
}
STEP = body(
    "at kind",
    at={"type": "number", "minimum": 0},
    kind=one_of("bell", "prompt", "breath", "silence", "sharing"),
    text=text(500),
    seconds={"type": "number", "minimum": 0},
)
GUIDE = {
    "name": text(80, 1), "description": text(1000), "steps": a_list(STEP, 200) | {"minItems": 1}, "shared": FLAG
}  # fmt: skip
CREDENTIALS = body("username password", username=text(), password=text())

CLOCK = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"}
QUIET_ENTRY = body(
    "days from to",
    days=a_list(one_of("mon", "tue", "wed", "thu", "fri", "sat", "sun")) | {"minItems": 1},
    **{"from": CLOCK, "to": CLOCK},
)
MEDITATION_FIELDS = {
    "urgent_from": one_of("nobody", "chosen", "anyone_twice"),
    "chosen": a_list(NAME, 50),
    "time_zone": text() | {"description": "an IANA zone, as in Europe/Berlin"},
    "quiet_hours": a_list(QUIET_ENTRY, 14),
}
MEDITATION = body(" ".join(MEDITATION_FIELDS), **MEDITATION_FIELDS)

OPERATIONS = {
    # Accounts
    ("POST", "/psychics"): Row(
        "Sign up", {201: Profile}, body("username password", username=NAME, password=text(200, 8)), public=True
    ),
    ("POST", "/auth/token"): Row("Sign in: a new token", {201: Token}, CREDENTIALS, errors=(401,), public=True),
    ("POST", "/auth/logout"): Row("End the token or login session in use", {204: None}),
    ("POST", "/auth/logoutall"): Row("End all tokens", {204: None}),
    ("POST", "/psychics/me/password"): Row(
        "Change the password",
        {204: None},
        body("old_password new_password", old_password=text(), new_password=text()),
        description="Every other login session and token ends.",
    ),
    ("GET", "/psychics/me"): Row("Own profile", {200: Profile}),
    ("PATCH", "/psychics/me"): Row(
        "Change the own profile",
        {200: Profile},
        body(display_name=text(80), bio=text(2000), abilities=a_list(text(40), 20)),
    ),
    ("GET", "/psychics"): Row(
        "The directory: find people by name or ability",
        {200: listed(Profile)},
        query=PAGE | {"search": text(80), "ability": text(40), "ids": IDS},
        description="`search` looks into names, display names and abilities; `ability` is one whole word or phrase. "
        "Upper and lower case count the same. Presence is shown as far as you may see it.",
    ),
    ("PUT", "/psychics/me/avatar"): Row(
        "Upload the own picture",
        {200: Profile},
        body("file", file=FILE),
        media_type="multipart/form-data",
        errors=(503,),
        description="JPEG, PNG, WebP or GIF, at most 10 MiB and 40 megapixels. It is cropped to a square of 256 px.",
    ),
    ("DELETE", "/psychics/me/avatar"): Row("Take the own picture away", {204: None}),
    ("GET", "/psychics/{}"): Row("A profile", {200: Profile}),
    ("GET", "/psychics/{}/avatar"): Row(
        "A psychic's picture",
        {(200, "image/webp"): FILE, (304, "image/webp"): None},
        query={"v": text(), "small": text()},
        description="The profile's `avatar_url` names its version `v` and may be kept for ever; without `v` it is the "
        "picture as it is now. `small` asks for 72 px instead of 256. 404 where there is none.",
    ),
    # Presence
    ("GET", "/presence/online"): Row(
        "Who is online, as far as you may see it", {200: listed(PresenceOut)}, query=OFFSET
    ),
    ("GET", "/presence/me"): Row("Own presence", {200: PresenceOut}),
    ("PATCH", "/presence/me"): Row(
        "Set the own presence",
        {200: PresenceOut},
        body(
            status=one_of("online", "away", "meditating", "invisible"),
            note=optional(text(140)),
            until=optional(MOMENT),
        ),
    ),
    ("GET", "/presence/me/meditation"): Row("How you meditate", {200: MEDITATION}),
    ("PATCH", "/presence/me/meditation"): Row(
        "Say who gets through while you meditate, and when quiet hours recur",
        {200: MEDITATION},
        body(**MEDITATION_FIELDS),
        description="Quiet hours are in `time_zone`; `days` are those on which they begin, and an end that is not "
        "after its beginning is on the next day. While they last you meditate; `online` ends those under way.",
    ),
    # Rooms
    ("GET", "/rooms"): Row("Rooms you may see", {200: listed(RoomOut)}, query=PAGE | ROOM_FILTERS),
    ("POST", "/rooms"): Row(
        "Make a room, or open the mind-link of two",
        {201: RoomOut, 200: RoomOut},
        body(
            name=text(80, 1),
            description=text(1000),
            kind=one_of("open", "closed", "private", "meditation"),
            max_participants=NUMBER,
            **{"with": NAME},
        ),
        errors=(404, 409),
    ),
    ("GET", "/rooms/{}"): Row("A room", {200: RoomOut}),
    ("PATCH", "/rooms/{}"): Row(
        "Change a room",
        {200: RoomOut},
        body(name=text(80, 1), description=text(1000), max_participants=NUMBER, slow_mode_seconds=NUMBER),
        errors=(403, 409),
    ),
    ("DELETE", "/rooms/{}"): Row("End a room", {204: None}, errors=(403, 409)),
    ("POST", "/rooms/{}/join"): Row(
        "Join", {201: ParticipantOut, 200: ParticipantOut}, body(invitation=optional(text())), errors=(403, 409)
    ),
    ("DELETE", "/rooms/{}/leave"): Row("Leave", {204: None}, errors=(403, 409)),
    ("GET", "/rooms/{}/participants"): Row("Who is in", {200: listed(ParticipantOut)}, query=PAGE),
    ("PATCH", "/rooms/{}/participants/{}"): Row(
        "Give a role",
        {200: ParticipantOut},
        body("role", role=one_of("owner", "moderator", "participant")),
        errors=(403, 409),
    ),
    ("POST", "/rooms/{}/invitations"): Row(
        "Invite somebody, or make a link",
        {201: InvitationOut},
        body(username=NAME, max_uses=optional(NUMBER), hours=optional(NUMBER)),
        errors=(403, 409),
    ),
    ("GET", "/rooms/{}/restrictions"): Row(
        "Kicks, mutes and bans", {200: listed(RestrictionOut)}, query=PAGE, errors=(403,)
    ),
    ("POST", "/rooms/{}/restrictions"): Row(
        "Kick, mute or ban",
        {201: RestrictionOut},
        body(
            "username kind reason",
            username=NAME,
            kind=one_of("kick", "mute", "ban"),
            minutes=optional(NUMBER),
            reason=text(200),
        ),
        errors=(403, 409),
    ),
    ("DELETE", "/rooms/{}/restrictions/{}"): Row("Lift a restriction", {204: None}, errors=(403, 409)),
    # Guided sessions
    ("GET", "/guides"): Row(
        "Guides you may use: the library, your own, those shared with you",
        {200: listed(GuideOut)},
        query=PAGE | {"whose": one_of("mine", "library", "shared"), "shared": one_of("true", "false")},
    ),
    ("POST", "/guides"): Row(
        "Write a guide",
        {201: GuideOut},
        body("name steps", **GUIDE),
        errors=(409,),
        description="Private; with `shared`, also for those who are with you in a meditation room that you moderate.",
    ),
    ("GET", "/guides/{}"): Row("A guide", {200: GuideOut}),
    ("PATCH", "/guides/{}"): Row("Change your own guide", {200: GuideOut}, body(**GUIDE), errors=(403,)),
    ("DELETE", "/guides/{}"): Row("Delete your own guide", {204: None}, errors=(403,)),
    ("GET", "/rooms/{}/session"): Row("The session that runs here", {200: SessionOut}),
    ("POST", "/rooms/{}/session"): Row(
        "Begin a session", {201: SessionOut}, body("guide", guide=NUMBER), errors=(403, 409)
    ),
    ("DELETE", "/rooms/{}/session"): Row("End the session before its time", {204: None}, errors=(403, 409)),
    ("GET", "/sessions/{}/sittings"): Row(
        "Who sat in a session and for how long, for those who did", {200: listed(SittingOut)}, query=PAGE
    ),
    ("GET", "/psychics/me/sittings"): Row("Your own sittings, newest first", {200: listed(SittingOut)}, query=PAGE),
    # Messages
    ("GET", "/rooms/{}/messages"): Row(
        "A page of messages, oldest first",
        {200: listed(MessageOut, last_seq=NUMBER, first_seq=optional(NUMBER))},
        query=LIMIT | {"before": NUMBER, "after": NUMBER, "around": NUMBER},
    ),
    ("POST", "/rooms/{}/messages"): Row(
        "Post a message",
        {201: MessageOut, 200: MessageOut},
        body(
            "content",
            content=text(),
            nonce=optional(NONCE),
            reply_to=optional(NUMBER),
            attachments=a_list(NONCE, 20),
            message_type=one_of("text", "image", "file", "sealed"),
            urgent=FLAG,
            urgent_reason=optional(text(200, 1) | {"description": "why it cannot wait; only with `urgent`"}),
        ),
        errors=(403, 409),
        description="200 for a nonce that was used before: the message as it stands now.",
    ),
    ("PATCH", "/messages/{}"): Row("Edit", {200: MessageOut}, body("content", content=CONTENT), errors=(403, 409)),
    ("DELETE", "/messages/{}"): Row("Delete", {204: None}, errors=(403, 409)),
    ("PUT", "/messages/{}/reactions/{}"): Row("React", {200: MessageOut}, errors=(403, 409)),
    ("DELETE", "/messages/{}/reactions/{}"): Row("Take a reaction back", {204: None}, errors=(403, 409)),
    ("GET", "/messages/{}/journey"): Row("Where a message is", {200: Journey}, errors=(403,)),
    ("GET", "/messages/search"): Row(
        "Search the own rooms",
        {200: listed(MessageOut)},
        query=PAGE | {"q": text(100, 2), "room": NUMBER, "from": NAME},
    ),
    ("POST", "/messages/{}/ack"): Row("Acknowledge a broadcast", {204: None}),
    ("POST", "/messages/broadcast"): Row(
        "To everyone, or to several rooms",
        {202: BroadcastReply},
        body("content", content=CONTENT, rooms=optional(a_list(NUMBER, 100)), nonce=optional(NONCE), require_ack=FLAG),
        errors=(403, 404, 409),
    ),
}


def row_of(method, path):
    """The row of an operation, or None where the view describes itself."""
    return OPERATIONS.get((method, re.sub(r"\{[^}]*\}", "{}", path)))
