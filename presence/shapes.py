"""A psychic as others see them. One place decides what an invisible psychic looks like."""

from datetime import datetime
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct, convert

from mindnet.base.moments import utc
from mindnet.realtime.shapes import Id, Moment, Note, PresenceOut, PsychicOut, Username
from mindnet.realtime.shapes import Status as StatusWord
from presence import fields
from presence.models import Block, Meditation, Psychic, Status

OFFLINE = Status.OFFLINE.value
# How somebody is whom others see as offline.
NOT_HERE = (Status.INVISIBLE.value, OFFLINE)


class ProfileOut(Struct):
    """What a psychic says of themselves, and how they are as far as the viewer may know."""

    id: Id
    username: Username
    display_name: Annotated[str, Meta(examples=[fields.DISPLAY_NAME.example])]
    bio: Annotated[str, Meta(examples=[fields.BIO.example])]
    abilities: Annotated[list[str], Meta(examples=[[fields.ABILITY.example]])]
    avatar_url: Annotated[str, Meta(examples=["/psychics/ada/avatar?v=5f0f4e0c27a14f7e"])] | None
    status: StatusWord
    note: Note
    until: Moment | None
    last_online: Moment | None


class TokenOut(Struct):
    """A token as it is shown, once."""

    token: str
    expiry: Moment


class QuietEntryOut(Struct, rename={"starts": "from", "ends": "to"}):
    days: list[Annotated[str, Meta(extra_json_schema=fields.QUIET_DAYS.of.json_schema())]]
    starts: Annotated[str, Meta(extra_json_schema=fields.CLOCK.json_schema())]
    ends: Annotated[str, Meta(extra_json_schema=fields.CLOCK.json_schema())]


class MeditationOut(Struct):
    """How a psychic meditates: whose urgent messages get through to them, and when quiet hours recur."""

    urgent_from: Annotated[str, Meta(extra_json_schema=fields.URGENT_FROM.json_schema())]
    chosen: list[Annotated[str, Meta(extra_json_schema=fields.USERNAME.json_schema())]]
    time_zone: Annotated[str, Meta(extra_json_schema=fields.TIME_ZONE.json_schema())]
    quiet_hours: list[QuietEntryOut]


class BlockOut(Struct):
    """Somebody whom you have blocked, and since when. They are not told."""

    psychic: PsychicOut
    created_at: Moment


class DisconnectedOut(Struct):
    """How many connections are being closed."""

    disconnected: Annotated[int, Meta(examples=[2])]


def psychic_out(psychic: Psychic) -> PsychicOut:
    return PsychicOut(psychic.pk, psychic.username)


def block_out(block: Block) -> BlockOut:
    """Of a row with `blocked`."""
    return BlockOut(psychic_out(block.blocked), utc(block.created_at))


class Seen(NamedTuple):
    """Of a psychic's row what `presence_out` looks at: a list of hundreds needs no more of them."""

    pk: int
    username: str
    status: str
    chosen_status: str
    note: str
    until: datetime | None
    last_online: datetime | None


class ProfileRow(NamedTuple):
    """Of a psychic's row what a profile is made of."""

    pk: int
    username: str
    status: str
    chosen_status: str
    note: str
    until: datetime | None
    last_online: datetime | None
    display_name: str
    bio: str
    abilities: list[str]
    avatar: str


class Here(NamedTuple):
    """Of somebody who is online what a list of all of them shows."""

    id: int
    username: str
    status: str
    note: str
    avatar: str


def as_seen(here: Here) -> Here:
    """As others see them."""
    seen = presence_out(Seen(here.id, here.username, here.status, "", here.note, None, None))
    return here._replace(status=seen.status, note=seen.note)


def presence_out(psychic: Psychic | Seen | ProfileRow) -> PresenceOut:
    """What others see: invisible is offline, last online when they vanished.

    Whoever is not here shows neither note nor end, or the missing note would tell who only seems to be away. A status
    whose end has passed is shown until the sweep has ended it: what follows it may be invisibility.
    """
    if psychic.status in NOT_HERE:
        return PresenceOut(psychic.pk, psychic.username, OFFLINE, "", None, utc(psychic.last_online))
    return own_presence_out(psychic)


def unknown_out(psychic: Psychic | Seen | ProfileRow) -> PresenceOut:
    """Whose presence is not for the viewer's eyes looks like somebody who never came."""
    return PresenceOut(psychic.pk, psychic.username, OFFLINE, "", None, None)


def own_presence_out(psychic: Psychic | Seen | ProfileRow) -> PresenceOut:
    """What psychics see of themselves."""
    until = psychic.until if psychic.status == psychic.chosen_status else None
    return PresenceOut(
        psychic.pk, psychic.username, str(psychic.status), psychic.note, utc(until), utc(psychic.last_online)
    )


def meditation_out(row: Meditation) -> MeditationOut:
    return MeditationOut(
        urgent_from=str(row.urgent_from),
        chosen=[psychic.username for psychic in row.chosen.active().order_by("username")],
        time_zone=row.time_zone,
        quiet_hours=convert(row.quiet_hours, list[QuietEntryOut]),
    )
