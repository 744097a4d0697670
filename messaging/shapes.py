"""What messaging says over REST alone. Messages themselves, which the socket carries too: `mindnet.realtime.shapes`."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, structs

from messaging.attached import attachment_out
from messaging.fields import REPORT_ANSWER, REPORT_REASON
from messaging.models import Attachment, HeldMessage, Mark, MessageVersion, Report
from mindnet.base.moments import utc
from mindnet.realtime.shapes import AttachmentOut, Id, MessageOut, Moment, PsychicOut, Role, word
from presence.shapes import psychic_out
from rooms.fields import WORD_RULE_ACTION, WORD_RULE_KIND
from rooms.models import WordRule
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


class RoomAttachmentOut(AttachmentOut):
    """A file of a room, with the message that has it."""

    message: MessageOut


def room_attachment_out(row: Attachment, message: MessageOut) -> RoomAttachmentOut:
    return RoomAttachmentOut(**structs.asdict(attachment_out(row)), message=message)


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
    or `held_back` (allowed, but a moderator looks first). There may be more. `until`: when it becomes otherwise by
    itself, null where it does not."""

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


class HeldMessageOut(Struct):
    """A message that waits for a moderator, or waited. `why` says what held it, `reason` why it was refused."""

    id: Id
    room: Id
    sender: PsychicOut
    content: str
    attachments: list[AttachmentOut]
    nonce: UUID
    reply_to: Id | None
    created_at: Moment
    why: str
    state: Annotated[str, word("HeldState", *HeldMessage.State.values)]
    reason: str
    decided_by: PsychicOut | None
    decided_at: Moment | None


class MarkOut(Struct):
    """A message in which a word rule found something. `seen_by` is null until a moderator has looked at it."""

    id: Id
    room: Id
    message: Id
    sender: PsychicOut
    content: str
    why: str
    created_at: Moment
    seen_by: PsychicOut | None
    seen_at: Moment | None


class TrialOut(Struct):
    """What a rule would have found in the last seven days: `matched` of the `searched` newest messages."""

    matched: int
    searched: int
    newest: list[MessageOut]


class WordRuleOut(Struct):
    id: Id
    room: Id
    kind: Annotated[str, word("WordRuleKind", *WORD_RULE_KIND.of)]
    pattern: str
    action: Annotated[str, word("WordRuleAction", *WORD_RULE_ACTION.of)]
    is_on: bool
    created_by: PsychicOut | None
    created_at: Moment
    changed_at: Moment


class WordRuleChangeOut(WordRuleOut):
    """`trial` is what it would have found, null where it was not switched on."""

    trial: TrialOut | None


def held_out(held: HeldMessage, *, for_sender: bool = False) -> HeldMessageOut:
    """A held message, with its `attachments` read ahead. Its sender is not told what exactly the rule looks for."""
    return HeldMessageOut(
        id=held.pk,
        room=held.room_id,
        sender=psychic_out(held.sender),
        content=held.content,
        attachments=[attachment_out(row) for row in held.attachments.all()],
        nonce=held.nonce,
        reply_to=held.reply_to_id,
        created_at=utc(held.created_at),
        why=held.why_for_sender if for_sender else held.why,
        state=str(held.state),
        reason=held.reason,
        decided_by=psychic_out(held.decided_by) if held.decided_by else None,
        decided_at=utc(held.decided_at),
    )


def mark_out(mark: Mark) -> MarkOut:
    return MarkOut(
        id=mark.pk,
        room=mark.room_id,
        message=mark.message_id,
        sender=psychic_out(mark.message.sender),
        content=mark.message.content,
        why=mark.why,
        created_at=utc(mark.created_at),
        seen_by=psychic_out(mark.seen_by) if mark.seen_by else None,
        seen_at=utc(mark.seen_at),
    )


def word_rule_out(rule: WordRule) -> WordRuleOut:
    return WordRuleOut(
        id=rule.pk,
        room=rule.room_id,
        kind=str(rule.kind),
        pattern=rule.pattern,
        action=str(rule.action),
        is_on=rule.is_on,
        created_by=psychic_out(rule.created_by) if rule.created_by else None,
        created_at=utc(rule.created_at),
        changed_at=utc(rule.changed_at),
    )


class VersionOut(Struct):
    """What a message said before it was edited, and when it had been written."""

    content: str
    edited_at: Moment


def version_out(version: MessageVersion) -> VersionOut:
    return VersionOut(version.content, utc(version.edited_at))


class ReminderOut(Struct):
    recipients: Annotated[int, Meta(description="How many had not acknowledged it yet.", examples=[3])]
