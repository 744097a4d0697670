"""Rooms and what belongs to them as they go over the wire, the same on REST and on the socket."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from mindnet.base.moments import utc
from mindnet.database.statements import ask
from mindnet.realtime.shapes import (
    GuideOut,
    Id,
    Moment,
    ParticipantOut,
    PsychicOut,
    Reason,
    RoomEntry,
    RoomKind,
    RoomOut,
    SessionOut,
    SittingOut,
    StepOut,
    word,
)
from presence.models import Psychic
from presence.shapes import Seen, presence_out, psychic_out, unknown_out
from rooms.fields import INVITATION_CODE, RESTRICTION_KIND
from rooms.models import Guide, Invitation, Kind, LogEntry, Restriction, Role, Room, RoomParticipant, Session, Sitting
from rooms.timeline import Step

OPEN_ACCOUNTS = "SELECT COUNT(*) FROM psychics WHERE is_active"


class InvitationOut(Struct):
    """`psychic` is the one it names, null when it is for whoever holds the code."""

    id: Id
    room: Id
    code: Annotated[str, Meta(examples=[INVITATION_CODE.example])]
    url: str
    psychic: PsychicOut | None
    max_uses: int
    uses: int
    created_by: PsychicOut | None
    created_at: Moment
    expires_at: Moment


class HouseRulesOut(Struct):
    """`mention_all` is the lowest role that may mention all at once. `retention_hours` is 0 where messages are kept for
    good."""

    room: Id
    mention_all: Annotated[str, word("Role", *Role.values)]
    hold_new_hours: int
    hold_new_messages: int
    retention_hours: int


class LogEntryOut(Struct):
    """`by` is null where the server acted by itself; `psychic` is whom it concerns; `undone_at` tells when it was taken
    back."""

    id: Id
    at: Moment
    by: PsychicOut | None
    deed: Annotated[str, word("Deed", *LogEntry.Deed.values)]
    psychic: PsychicOut | None
    reason: str
    until: Moment | None
    undone_at: Moment | None


class InvitedTo(Struct):
    """What an invited psychic is told of a room that may not exist for them yet."""

    id: Id
    name: str
    kind: RoomKind


class OwnInvitationOut(Struct):
    """An invitation as the one it names sees it."""

    id: Id
    room: InvitedTo
    created_by: PsychicOut | None
    created_at: Moment
    expires_at: Moment


class RestrictionOut(Struct):
    """`until` is null when it lasts until it is lifted, and for a kick, which is over at once. `seconds`: how long who
    is slowed down waits. `answer`: what the restricted psychic said to it."""

    id: Id
    room: Id
    psychic: PsychicOut
    kind: Annotated[str, word("RestrictionKind", *RESTRICTION_KIND.of)]
    reason: Reason
    created_by: PsychicOut | None
    created_at: Moment
    until: Moment | None
    seconds: int | None
    answer: str
    answered_at: Moment | None


def room_out(room: Room, *, my_role: str | None | UnsetType = UNSET) -> RoomOut:
    """A room; events leave `my_role` out, since they are one text for everybody."""
    return RoomOut(
        id=room.pk,
        name=room.name,
        description=room.description,
        kind=str(room.kind),
        max_participants=room.max_participants,
        participants=count_participants(room),
        created_by=psychic_out(room.created_by) if room.created_by else None,
        created_at=utc(room.created_at),
        is_active=room.is_active,
        slow_mode_seconds=room.slow_mode_seconds,
        last_seq=room.last_seq,
        my_role=my_role,
    )


def my_room_out(room: Room) -> RoomOut:
    """A room as the caller sees it; takes rows of `rooms.lookups`, which know the caller's role."""
    return room_out(room, my_role=room.my_role)


# Of a room's row what `room_seen` looks at. The last two are annotations of `rooms.lookups`.
SEEN_ROOM = (
    "id",
    "name",
    "description",
    "kind",
    "max_participants",
    "created_by_id",
    "created_by__username",
    "created_at",
    "is_active",
    "slow_mode_seconds",
    "last_seq",
    "participants",
    "my_role",
)


def room_seen(row: tuple[Any, ...]) -> RoomOut:
    """`my_room_out` of a row of SEEN_ROOM: a list of rooms needs no more of them."""
    return RoomOut(
        id=row[0],
        name=row[1],
        description=row[2],
        kind=row[3],
        max_participants=row[4],
        participants=row[11],
        created_by=PsychicOut(row[5], row[6]) if row[5] is not None else None,
        created_at=utc(row[7]),
        is_active=row[8],
        slow_mode_seconds=row[9],
        last_seq=row[10],
        my_role=row[12],
    )


def count_participants(room: Room) -> int:
    """Everybody is in everyone's room, without rows."""
    if room.kind != Kind.BROADCAST:
        return room.participant_count
    [[(count,)]] = ask((OPEN_ACCOUNTS,))
    return int(count)


class SeenIn(NamedTuple):
    """Of a participant's row what `participant_out` looks at, and of their psychic's what `presence_out` does."""

    row_id: int
    room_id: int
    role: str
    joined_at: datetime
    delivered_seq: int
    read_seq: int
    shown_delivered_seq: int | None
    shown_read_seq: int | None
    pk: int
    username: str
    status: str
    chosen_status: str
    note: str
    until: datetime | None
    last_online: datetime | None
    is_known: bool = True

    @property
    def psychic(self) -> Any:
        """What a Seen would be: a second tuple for each of hundreds costs as much as the first."""
        return self


OF_PSYCHIC = Seen._fields
# The columns of a participant's row, behind which may stand `is_known`.
SEEN_IN = ("pk", *SeenIn._fields[1:8], *(f"psychic__{name}" for name in OF_PSYCHIC))
# The same of a psychic, who is in everyone's room without a row, behind `pk`, room and role.
SEEN_IN_EVERYONES = (
    "date_joined",
    "everyone_delivered_seq",
    "everyone_read_seq",
    "shown_everyone_delivered_seq",
    "shown_everyone_read_seq",
    *OF_PSYCHIC,
)


def participant_out(row: RoomParticipant | SeenIn) -> ParticipantOut:
    """A participant. Rows of `rooms.lookups` say where the viewer may not see more than the name (`is_known`): there
    both watermarks are 0, since a number that moves would tell when somebody is here and reads."""
    psychic, role, joined_at = row.psychic, str(row.role), utc(row.joined_at)
    if not row.is_known:
        return ParticipantOut(row.room_id, unknown_out(psychic), role, joined_at, 0, 0)
    delivered = row.delivered_seq if row.shown_delivered_seq is None else row.shown_delivered_seq
    read = row.read_seq if row.shown_read_seq is None else row.shown_read_seq
    return ParticipantOut(row.room_id, presence_out(psychic), role, joined_at, delivered, read)


def everyones_row(room: Room, psychic: Psychic) -> RoomParticipant:
    """What stands for a participant row in everyone's room; never saved."""
    row = RoomParticipant(
        room=room,
        psychic=psychic,
        role=Role.PARTICIPANT,
        joined_at=psychic.date_joined,
        delivered_seq=psychic.everyone_delivered_seq,
        read_seq=psychic.everyone_read_seq,
        shown_delivered_seq=psychic.shown_everyone_delivered_seq,
        shown_read_seq=psychic.shown_everyone_read_seq,
    )
    row.is_known = getattr(psychic, "is_known", True)
    return row


def room_entry(room: Room, row: RoomParticipant, *, unread: int = 0) -> RoomEntry:
    return RoomEntry(
        id=room.pk,
        name=room.name,
        kind=str(room.kind),
        role=str(row.role),
        last_seq=room.last_seq,
        delivered_seq=row.delivered_seq,
        read_seq=row.read_seq,
        unread=unread,
        mentions=0,
        unread_from=row.unread_from,
    )


def invitation_out(invitation: Invitation, *, url: str) -> InvitationOut:
    return InvitationOut(
        id=invitation.pk,
        room=invitation.room_id,
        code=invitation.code,
        url=url,
        psychic=psychic_out(invitation.psychic) if invitation.psychic else None,
        max_uses=invitation.max_uses,
        uses=invitation.uses,
        created_by=psychic_out(invitation.created_by) if invitation.created_by else None,
        created_at=utc(invitation.created_at),
        expires_at=utc(invitation.expires_at),
    )


def house_rules_out(room: Room) -> HouseRulesOut:
    return HouseRulesOut(
        room=room.pk,
        mention_all=str(room.mention_all),
        hold_new_hours=room.hold_new_hours,
        hold_new_messages=room.hold_new_messages,
        retention_hours=room.retention_hours,
    )


def own_invitation_out(invitation: Invitation) -> OwnInvitationOut:
    room = invitation.room
    return OwnInvitationOut(
        id=invitation.pk,
        room=InvitedTo(id=room.pk, name=room.name, kind=str(room.kind)),
        created_by=psychic_out(invitation.created_by) if invitation.created_by else None,
        created_at=utc(invitation.created_at),
        expires_at=utc(invitation.expires_at),
    )


def restriction_out(restriction: Restriction) -> RestrictionOut:
    return RestrictionOut(
        id=restriction.pk,
        room=restriction.room_id,
        psychic=psychic_out(restriction.psychic),
        kind=str(restriction.kind),
        reason=restriction.reason,
        created_by=psychic_out(restriction.created_by) if restriction.created_by else None,
        created_at=utc(restriction.created_at),
        until=end_of(restriction),
        seconds=restriction.seconds,
        answer=restriction.answer,
        answered_at=utc(restriction.answered_at),
    )


def log_entry_out(entry: LogEntry) -> LogEntryOut:
    return LogEntryOut(
        id=entry.pk,
        at=utc(entry.at),
        by=psychic_out(entry.by) if entry.by else None,
        deed=str(entry.deed),
        psychic=psychic_out(entry.psychic) if entry.psychic else None,
        reason=entry.reason,
        until=utc(entry.until),
        undone_at=utc(entry.undone_at),
    )


def end_of(restriction: Restriction) -> datetime | None:
    """A kick has none: it is over as it is done."""
    return None if restriction.kind == Restriction.Kind.KICK else utc(restriction.until)


def steps_out(steps: Iterable[Step]) -> list[StepOut]:
    return [StepOut(**step) for step in steps]


def guide_out(guide: Guide) -> GuideOut:
    return GuideOut(guide.pk, guide.name, guide.description, steps_out(guide.steps))


def session_out(session: Session) -> SessionOut:
    return SessionOut(
        id=session.pk,
        room=session.room_id,
        guide=session.guide_id,
        started_at=utc(session.started_at),
        ended_at=utc(session.ended_at),
        steps=steps_out(session.steps),
    )


def sitting_out(sitting: Sitting, now: datetime) -> SittingOut:
    """Takes a row with its session and psychic. While they sit, the seconds up to now count."""
    seconds = sitting.seconds
    if sitting.since is not None:
        until = min(sitting.away_since or now, sitting.session.ends_at)
        seconds += max(0.0, (until - sitting.since).total_seconds())
    return SittingOut(
        id=sitting.pk,
        session=sitting.session_id,
        room=sitting.session.room_id,
        name=sitting.session.name,
        psychic=psychic_out(sitting.psychic),
        joined_at=utc(sitting.joined_at),
        left_at=utc(sitting.left_at) if sitting.since is None else None,
        seconds=round(seconds, 1),
    )
