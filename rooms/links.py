"""The mind-link of two. Either may open it and come back in; nobody is put back in who has left.

Opening one makes the room, comes back into it, or asks the other who has gone. A question is an invitation by name,
good for a week and as long as whoever asks is in; joining or opening the link answers it, leaving declines it.

Whoever has blocked the other is not brought in and not asked, and the other is answered as anybody is: a new link has
the two of them in it, the one who has blocked without knowing (`is_aside`); a question is there and not shown. Both
come to light when the block is taken back.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid
from mindnet.database.transactions import write_transaction
from presence import blocks
from presence.accounts import psychic_named
from presence.models import Block, Psychic
from rooms import announce
from rooms.fields import checked_description
from rooms.lookups import participation
from rooms.models import Invitation, Kind, Role, Room, RoomParticipant
from rooms.places import give_place, lock_rows, rooms_taken, within_quota
from rooms.renames import link_name

QUESTION_DAYS = 7


def open_link(
    psychic: Psychic, name: str, description: str, max_participants: int | None, with_username: str | None
) -> tuple[Room, bool]:
    """The mind-link of the psychic and another one, made or found, with the psychic in it. The other comes in with
    them where it is the first of these two and they have a place left for it, and is asked otherwise."""
    if name or max_participants is not None:
        field = "name" if name else "max_participants"
        raise invalid(field, "A private room is named after its two and has place for them alone.")
    description = checked_description(description)
    other = require_other(psychic, with_username)
    pair = pair_of(psychic, other)
    room = Room.objects.filter(pair=pair).select_related("created_by").first()
    if room and room.participant_count == 2:
        return with_role(room, psychic), False
    rates.check("ROOM_RATE", psychic.pk)

    with write_transaction():
        fields = {
            "name": link_name(psychic, other),
            "description": description,
            "kind": Kind.PRIVATE,
            "max_participants": 2,
            "created_by": psychic,
        }
        # Two who open it at once meet at the unique pair: one makes it, the other waits and finds it, locked.
        links = Room.objects.select_for_update(no_key=True)
        room, created = links.get_or_create(pair=pair, defaults=fields)
        enter(room, psychic, other, is_new=created)
    return with_role(room, psychic), created


def pair_of(psychic: Psychic, other: Psychic) -> str:
    """By which the one link of these two that has not ended is found."""
    return "{}:{}".format(*sorted((psychic.pk, other.pk)))


def ids_of(pair: str | None) -> list[int]:
    """The ids of a link's two, whether or not both are in; none once it has ended."""
    return [int(psychic_id) for psychic_id in pair.split(":")] if pair else []


def other_of(room: Room, psychic: Psychic) -> Psychic | None:
    """The other of a mind-link, also where they are not in, or it has ended; None in rooms of other kinds."""
    if room.kind != Kind.PRIVATE:
        return None
    in_pair = [one for one in ids_of(room.pair) if one != psychic.pk]
    rows = Psychic.objects.filter(pk__in=in_pair) if in_pair else Psychic.objects.filter(participant_rows__room=room)
    return rows.exclude(pk=psychic.pk).first()


def links_of(psychic: Psychic) -> list[tuple[int, Psychic]]:
    """The mind-links that one is in, by id, each with the other; the newest first."""
    mine = RoomParticipant.objects.shown().filter(psychic=psychic, room__kind=Kind.PRIVATE).values("room")
    rows = RoomParticipant.objects.filter(room__in=mine).exclude(psychic=psychic).select_related("psychic")
    return [(row.room_id, row.psychic) for row in rows.order_by("-room")]


def require_other(psychic: Psychic, username: str | None) -> Psychic:
    other = psychic_named(username)
    if other is None:
        raise invalid("with", "No psychic has this name.")
    if other.pk == psychic.pk:
        raise invalid("with", "A mind-link takes two.")
    if blocks.between(blocker=psychic, blocked=other):
        words = f"You have blocked {other.username}. Unblock them first, to open a mind-link with them."
        raise DomainError("conflict", words)
    return other


def enter(room: Room, psychic: Psychic, other: Psychic, *, is_new: bool) -> None:
    """The psychic comes into the locked room, if they are not in, with the other or with a question to them."""
    rows = lock_rows(room, [psychic.pk, other.pk])
    inside = [row.psychic_id for row in rows.values() if row.is_active]
    if psychic.pk not in inside:
        psychic = within_quota(psychic, room)
        role = Role.PARTICIPANT if other.pk in inside else Role.OWNER
        come_in(room, psychic, rows.get(psychic.pk), role=role, quietly=is_new)
        answer_question(room, psychic)
    if other.pk not in inside:
        if is_new and may_be_taken_along(room, psychic, other):
            bring_along(room, psychic, other)
        else:
            ask(room, by=psychic, whom=other)


def bring_along(room: Room, psychic: Psychic, other: Psychic) -> None:
    """Into the psychic's new link. For who has blocked them it is not there."""
    if blocks.holds(blocker=other, blocked=psychic):
        announce.came_aside(give_place(room, other, is_aside=True))
    else:
        come_in(room, other, None, role=Role.PARTICIPANT, quietly=True)


def come_to_light(psychic: Psychic, other: Psychic) -> None:
    """What somebody whom the psychic has blocked until now had opened with them is there from now on. Inside the
    transaction that takes the block back."""
    rows = RoomParticipant.objects.filter(psychic=psychic, is_aside=True, room__participant_rows__psychic=other)
    for row in rows.select_related("room", "psychic"):
        RoomParticipant.objects.filter(pk=row.pk).update(is_aside=False)
        if row.is_active and row.room.is_active:
            announce.came_to_light(row.room, row)


def come_in(room: Room, psychic: Psychic, row: RoomParticipant | None, *, role: str, quietly: bool) -> None:
    """`quietly`: no joining is told, since the room is new."""
    row = give_place(room, psychic, row, role=role)
    tell = announce.came_quietly if quietly else announce.joined
    tell(room, row)


def with_role(room: Room, psychic: Psychic) -> Room:
    """The same room, with `my_role`."""
    row = participation(room, psychic)
    room.my_role = row.role if row and row.is_active else None
    return room


def may_be_taken_along(room: Room, psychic: Psychic, other: Psychic) -> bool:
    """Whether a new link takes the other in unasked: no link of these two has ended, and the links that others have
    opened with them are not too many. Their row is not locked for the count, since two who open links with each other
    would lock two rows in two orders: openings at once may pass the bound by as many."""
    ended = RoomParticipant.objects.filter(room__kind=Kind.PRIVATE, room__is_active=False, psychic=other)
    if ended.filter(room__participant_rows__psychic=psychic).exists():
        return False
    return not settings.LIMITS_ENFORCED or rooms_taken(other, room) < settings.LIMITS["ROOMS_PER_PSYCHIC"]


# Questions


def is_one_of_the_two(room: Room, psychic: Psychic) -> bool:
    return psychic.pk in ids_of(room.pair)


def ask(room: Room, *, by: Psychic, whom: Psychic) -> None:
    """Asks once, however often the link is opened."""
    if not questions(whom).filter(room=room).exists():
        expires_at = timezone.now() + timedelta(days=QUESTION_DAYS)
        Invitation.objects.create(room=room, psychic=whom, created_by=by, expires_at=expires_at)


def questions(psychic: Psychic | int, now: datetime | None = None) -> QuerySet[Invitation]:
    """Into which links this psychic is asked, and by whom, newest first. Not by those whom they have blocked."""
    blocked = Block.objects.filter(blocker=psychic).values("blocked")
    asked = Invitation.objects.in_force(now).filter(psychic=psychic, room__kind=Kind.PRIVATE)
    asked = asked.exclude(created_by__in=blocked)
    return asked.select_related("created_by").order_by("-pk")


def answer_question(room: Room, psychic: Psychic) -> bool:
    """Whether there was one in this room. It is over, whatever the answer."""
    if room.kind != Kind.PRIVATE:
        return False
    asked = Invitation.objects.unexpired().filter(room=room, psychic=psychic)
    return asked.update(expires_at=timezone.now()) > 0
