"""Reports: somebody asks the operators to look at a message, a psychic, a room or an invitation.

Reported is what one may see; the rest does not exist for the reporter. What the operators do about it:
`messaging.report_deeds`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from messaging import evidence
from messaging.evidence import Evidence
from messaging.fields import REPORT_ANSWER, REPORT_REASON
from messaging.models import Message, Report
from mindnet.base import rates, text
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.rules import Text, most_of
from mindnet.database.transactions import write_transaction
from presence.accounts import find_psychic
from presence.models import Psychic
from presence.operators import operator, write_down
from rooms.invitations import decline_reported
from rooms.lookups import get_room
from rooms.models import Invitation, Room

CHANGE_PERMISSION = "messaging.change_report"
ANSWERS = (Report.State.DONE, Report.State.DISMISSED)

# Reporting


class Reported(NamedTuple):
    """What is reported: the column of Report that names it, its row, and how to tell what it is like now."""

    column: str
    row: Message | Psychic | Room | Invitation
    tell: Callable[[], Evidence]


def find_reported(
    *,
    psychic: Psychic,
    message: int | None = None,
    username: str | None = None,
    room: int | None = None,
    invitation: int | None = None,
) -> Reported:
    """Exactly one of these, as this psychic may see it. Raises not_found, and validation_error for one's own."""
    if sum(given is not None for given in (message, username, room, invitation)) == 1:
        if message is not None:
            return find_message(psychic, message)
        if username is not None:
            return find_person(psychic, username)
        if room is not None:
            found = get_room(psychic=psychic, room_id=room)
            return Reported("room", found, lambda: evidence.of_room(found))
        if invitation is not None:
            return find_invitation(psychic, invitation)
    raise invalid("message", "Give exactly one of message, username, room and invitation.")


def find_message(psychic: Psychic, message_id: int) -> Reported:
    rows = Message.objects.select_related("room", "sender")
    message = rows.filter(pk=message_id).first() if is_id(message_id) else None
    if message is None:
        raise not_found()
    get_room(psychic=psychic, room_id=message.room_id)
    if message.sender_id == psychic.pk:
        raise invalid("message", "This message is your own: you can delete it.")
    return Reported("message", message, lambda: evidence.of_message(message))


def find_person(psychic: Psychic, username: str) -> Reported:
    found = find_psychic(username)
    if found.pk == psychic.pk:
        raise invalid("username", "You cannot report yourself.")
    return Reported("psychic", found, lambda: evidence.of_psychic(found))


def find_invitation(psychic: Psychic, invitation_id: int) -> Reported:
    rows = Invitation.objects.select_related("room", "created_by").filter(psychic=psychic)
    found = rows.filter(pk=invitation_id).first() if is_id(invitation_id) else None
    if found is None:
        raise not_found()
    return Reported("invitation", found, lambda: evidence.of_invitation(found))


def open_report(psychic: Psychic, reported: Reported) -> Report | None:
    """This psychic's report of the same thing that nobody has answered yet."""
    mine = Report.objects.filter(reporter=psychic, state=Report.State.OPEN, **{reported.column: reported.row})
    return mine.select_related("psychic").first()


def report(
    *,
    psychic: Psychic,
    reason: str,
    message: int | None = None,
    username: str | None = None,
    room: int | None = None,
    invitation: int | None = None,
) -> tuple[Report, bool]:
    """Reports exactly one thing, with a reason of 1 to 1000 characters. Gives the report, and whether it is new: what
    one has reported already and nobody has answered is not reported twice.

    An invitation that is reported is declined as well.
    """
    reason = checked_words("reason", reason, REPORT_REASON)
    find = {"message": message, "username": username, "room": room, "invitation": invitation}
    find_reported(psychic=psychic, **find)  # type: ignore[arg-type]  # each as it was declared above
    rates.check("REPORT_RATE", psychic.pk)

    with write_transaction():
        # One at a time of each reporter: the same report sent twice in one moment is one report.
        Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
        reported = find_reported(psychic=psychic, **find)  # type: ignore[arg-type]
        if found := open_report(psychic, reported):
            return found, False
        if reported.column == "invitation":
            decline_reported(reported.row.pk)
        made = Report.objects.create(
            reporter=psychic, reason=reason, evidence=reported.tell(), **{reported.column: reported.row}
        )
    return made, True


def checked_words(field: str, words: str, rule: Text) -> str:
    """What somebody has written, as it is kept. Raises validation_error."""
    try:
        words = text.clean_text(words).strip()
    except ValueError as error:
        raise invalid(field, str(error)) from None
    if not rule.fits(words) or not text.can_be_seen(words):
        raise invalid(field, f"Write 1 to {most_of(rule)} characters.")
    return words


# The reporter's own


def own_reports(psychic: Psychic) -> QuerySet[Report]:
    """Their reports, newest first."""
    return Report.objects.filter(reporter=psychic).select_related("psychic").order_by("-pk")


def unseen_answers(psychic: Psychic) -> QuerySet[Report]:
    return Report.objects.filter(reporter=psychic, seen_at=None).exclude(answered_at=None)


def mark_seen(psychic: Psychic) -> None:
    """They have looked at their reports: what is answered now is no news any more. Costs no lock where nothing is."""
    if unseen_answers(psychic).exists():
        with write_transaction():
            unseen_answers(psychic).update(seen_at=timezone.now())


# The operators'


def answer(*, by: Psychic, report_id: int, state: str, words: str) -> None:
    """Closes an open report: `done` or `dismissed`, with words for its reporter. Under messaging.change_report.

    Raises conflict where another operator was sooner.
    """
    by = operator(by, CHANGE_PERMISSION, "You may not answer reports.")
    if state not in ANSWERS:
        raise invalid("state", f"A report is answered with one of {', '.join(ANSWERS)}.")
    words = checked_words("answer", words, REPORT_ANSWER)

    with write_transaction():
        found = Report.objects.filter(pk=report_id, state=Report.State.OPEN)
        if not found.update(state=state, answer=words, answered_by=by, answered_at=timezone.now()):
            raise answered_already(report_id)
        write_down(by, Report.objects.get(pk=report_id), f"Answered: {state}. {words}")


def answered_already(report_id: int) -> DomainError:
    """The refusal for the second of two operators; not_found where there is no such report."""
    found = Report.objects.select_related("answered_by").filter(pk=report_id).first()
    if found is None:
        return not_found()
    name = found.answered_by.username if found.answered_by else "somebody else"
    return DomainError("conflict", f"This report has been answered already, by {name}: {found.answer}")


def about(psychic: Psychic | None, room: Room | None) -> QuerySet[Report]:
    """All reports of a person, of what they have said and whom they have invited, and all of a room."""
    those = Q(pk=None)
    if psychic is not None:
        those |= Q(psychic=psychic) | Q(message__sender=psychic) | Q(invitation__created_by=psychic)
    if room is not None:
        those |= Q(room=room)
    return Report.objects.filter(those).select_related("reporter", "answered_by").order_by("-pk")


def count_open() -> int:
    return Report.objects.filter(state=Report.State.OPEN).count()


def remove_answered(before: datetime) -> int:
    """Deletes reports answered before this moment, with all they keep. Gives how many."""
    removed, _ = Report.objects.filter(answered_at__lt=before).delete()
    return removed
