"""What messaging says over REST alone. Messages themselves, which the socket carries too: `mindnet.realtime.shapes`."""

from typing import Annotated

from msgspec import Meta, Struct

from messaging.fields import REPORT_ANSWER, REPORT_REASON
from messaging.models import Report
from mindnet.base.moments import utc
from mindnet.realtime.shapes import Id, Moment, PsychicOut, Role, word
from presence.shapes import psychic_out
from rooms.permissions import Verdict


class JourneyEntryOut(Struct):
    psychic: PsychicOut
    delivered: bool
    read: bool
    held: bool
    acknowledged: bool


class JourneyOut(Struct):
    """How many a message has reached. `who` names them, but in rooms of more than 50 participants."""

    stored_at: Moment
    participants: int
    delivered: int
    read: int
    held: int
    waiting: int
    acknowledged: int
    who: list[JourneyEntryOut]


class ReportOut(Struct):
    """One's own report. Of `message`, `psychic`, `room` and `invitation` one is given, unless it is gone meanwhile."""

    id: Id
    message: Id | None
    psychic: PsychicOut | None
    room: Id | None
    invitation: Id | None
    reason: Annotated[str, Meta(examples=[REPORT_REASON.example])]
    created_at: Moment
    state: Annotated[str, word("ReportState", *Report.State.values)]
    answer: Annotated[str, Meta(examples=[REPORT_ANSWER.example])]
    answered_at: Moment | None


def report_out(report: Report) -> ReportOut:
    return ReportOut(
        id=report.pk,
        message=report.message_id,
        psychic=psychic_out(report.psychic) if report.psychic else None,
        room=report.room_id,
        invitation=report.invitation_id,
        reason=report.reason,
        created_at=utc(report.created_at),
        state=str(report.state),
        answer=report.answer,
        answered_at=utc(report.answered_at),
    )


class VerdictOut(Struct):
    """`rule` says by what it is allowed or refused: `participant`, `role`, `open_room`, `everyones_room`,
    `not_participant`, `room_closed`, `mute`, `ban`, `slow`, `slow_mode`, `silence`, `talking_piece`, `mind_link`,
    `no_attachments`, or `held_back` (allowed, but a moderator looks first). There may be more. `until`: when it becomes
    otherwise by itself, null where it does not."""

    allowed: bool
    rule: Annotated[str, Meta(examples=["participant"])]
    until: Moment | None


class MayOut(Struct):
    read: VerdictOut
    write: VerdictOut
    react: VerdictOut
    attach: VerdictOut
    mention_all: VerdictOut
    invite: VerdictOut
    restrict: VerdictOut
    change: VerdictOut
    end: VerdictOut


class PermissionsOut(Struct):
    """`role` is null for who is not in the room."""

    role: Role | None
    may: MayOut


def permissions_out(role: str | None, verdicts: dict[str, Verdict]) -> PermissionsOut:
    shown = {deed: VerdictOut(one.allowed, one.rule, utc(one.until)) for deed, one in verdicts.items()}
    return PermissionsOut(role, MayOut(**shown))
