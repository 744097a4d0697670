"""What the operators can do about a report, each through the service that does it anywhere else.

The table is the index: a deed has a permission of its own, says beforehand in words what will happen, and is written
into the admin's log beside the report.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from django.utils import timezone

from messaging.models import Message, Report
from messaging.reports import CHANGE_PERMISSION
from messaging.services import delete_message_as_staff
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from presence.operators import disconnect_psychic, operator, write_down
from rooms.invitations import withdraw_invitation_as_staff
from rooms.models import Invitation, Kind, Room
from rooms.restrictions import checked_reason, restrict_as_staff
from rooms.services import end_room_as_staff

Row = TypeVar("Row", Message, Psychic, Room, Invitation)

# Rooms in which nobody is restricted, nor the room ended: everyone's, and the mind-link of two.
UNRESTRICTED = (Kind.PRIVATE, Kind.BROADCAST)


class Subject(NamedTuple):
    """What a report is about, as it is now. None: not part of it, or gone meanwhile."""

    message: Message | None
    psychic: Psychic | None
    room: Room | None
    invitation: Invitation | None


class Order(NamedTuple):
    """A deed as it was asked for. `minutes`: None lasts until it is lifted."""

    by: Psychic
    reason: str
    minutes: int | None


class Deed(NamedTuple):
    """`applies` says where it makes sense, `words` what will happen; `has_minutes` and `wants_minutes` whether it has
    a length, and cannot do without one."""

    label: str
    permission: str
    words: str
    applies: Callable[[Subject], bool]
    work: Callable[[Subject, Order], object]
    has_minutes: bool = False
    wants_minutes: bool = False


def subject_of(report: Report) -> Subject:
    """Whom and what it is about: of a message its sender and its room, of an invitation its inviter and the room."""
    message, invitation = report.message, report.invitation
    if message is not None:
        return Subject(message, message.sender, message.room, None)
    if invitation is not None:
        return Subject(None, invitation.created_by, invitation.room, invitation)
    return Subject(None, report.psychic, report.room, None)


def is_in_room(subject: Subject) -> bool:
    room = subject.room
    return subject.psychic is not None and room is not None and room.is_active and room.kind not in UNRESTRICTED


def restricting(kind: str) -> Callable[[Subject, Order], object]:
    def work(subject: Subject, order: Order) -> object:
        psychic, room = there(subject.psychic), there(subject.room)
        return restrict_as_staff(
            by=order.by,
            room_id=room.pk,
            username=psychic.username,
            kind=kind,
            minutes=order.minutes,
            reason=order.reason,
        )

    return work


def there(row: Row | None) -> Row:
    if row is None:
        raise not_found()
    return row


def disconnecting(subject: Subject, order: Order) -> object:
    username = there(subject.psychic).username
    return disconnect_psychic(by=order.by, username=username, reason=order.reason, ban_minutes=order.minutes)


RESTRICT = "rooms.add_restriction"
DISCONNECT = "presence.disconnect"

DEEDS: dict[str, Deed] = {
    "delete": Deed(
        "Delete the message",
        "messaging.delete_message",
        "Its words go for everyone in the room, and nobody can bring them back. The report keeps them.",
        lambda subject: subject.message is not None and subject.message.deleted_at is None,
        lambda subject, order: delete_message_as_staff(by=order.by, message_id=there(subject.message).pk),
    ),
    "kick": Deed(
        "Put the person out of the room",
        RESTRICT,
        "They are out of the room at once, and may come back. They read the reason and your name.",
        is_in_room,
        restricting("kick"),
    ),
    "mute": Deed(
        "Mute the person in the room",
        RESTRICT,
        "They may read there and not write. They read the reason, your name and the end.",
        is_in_room,
        restricting("mute"),
        has_minutes=True,
    ),
    "ban": Deed(
        "Ban the person from the room",
        RESTRICT,
        "They are out of the room and may not come back. They read the reason, your name and the end.",
        is_in_room,
        restricting("ban"),
        has_minutes=True,
    ),
    "disconnect": Deed(
        "Disconnect the person",
        DISCONNECT,
        "All their connections are closed, with the reason. They may connect again at once.",
        lambda subject: subject.psychic is not None,
        disconnecting,
    ),
    "network_ban": Deed(
        "Ban the person from the network",
        DISCONNECT,
        "All their connections are closed, and for so long they come in by no door. They read the reason and the end.",
        lambda subject: subject.psychic is not None,
        disconnecting,
        has_minutes=True,
        wants_minutes=True,
    ),
    "end_room": Deed(
        "End the room",
        "rooms.change_room",
        "Nobody writes in it any more, for good. Those who are in it keep it to read.",
        lambda subject: subject.room is not None and subject.room.is_active and subject.room.kind != Kind.BROADCAST,
        lambda subject, order: end_room_as_staff(by=order.by, room_id=there(subject.room).pk),
    ),
    "withdraw": Deed(
        "Withdraw the invitation",
        "rooms.delete_invitation",
        "It lets nobody in any more.",
        lambda subject: subject.invitation is not None and subject.invitation.expires_at > timezone.now(),
        lambda subject, order: withdraw_invitation_as_staff(by=order.by, invitation_id=there(subject.invitation).pk),
    ),
}


def deeds_for(by: Psychic, report: Report) -> dict[str, Deed]:
    """What this operator may do about a report as things are now."""
    if not by.has_perm(CHANGE_PERMISSION):
        return {}
    subject = subject_of(report)
    return {name: deed for name, deed in DEEDS.items() if by.has_perm(deed.permission) and deed.applies(subject)}


def carry_out(*, by: Psychic, report: Report, name: str, reason: str, minutes: int | None = None) -> None:
    """Does one of DEEDS for a reason of 1 to 200 characters, and writes it down beside the report.

    Raises permission_denied, validation_error, conflict where it makes no sense any more, and what the services raise.
    """
    deed = DEEDS.get(name)
    if deed is None:
        raise not_found()
    operator(by, CHANGE_PERMISSION, "You may not act on reports.")
    by = operator(by, deed.permission, "You may not do this.")
    reason = checked_reason(reason)
    minutes = checked_length(deed, minutes)

    with write_transaction():
        report = Report.objects.select_related(*FOR_SUBJECT).get(pk=report.pk)
        subject = subject_of(report)
        if not deed.applies(subject):
            raise DomainError("conflict", "Something has changed meanwhile: this is done already, or cannot be done.")
        deed.work(subject, Order(by, reason, minutes))
        length = f" for {minutes} minutes" if minutes else ""
        write_down(by, report, f"{deed.label}{length}. Reason: {reason}")


FOR_SUBJECT = (
    "message__sender",
    "message__room",
    "psychic",
    "room",
    "invitation__created_by",
    "invitation__room",
    "invitation__psychic",
)


def checked_length(deed: Deed, minutes: int | None) -> int | None:
    """Raises validation_error; how long it may be, the services know."""
    if deed.wants_minutes and minutes is None:
        raise invalid("minutes", "Say for how many minutes.")
    return minutes if deed.has_minutes else None
