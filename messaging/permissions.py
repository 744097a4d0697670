"""What somebody may do in a room, messages included: `rooms.permissions`, with the rules that are messaging's."""

from django.utils import timezone

from messaging import holding, mentions, slow_mode
from messaging.batch import check_participation
from messaging.changing import muted
from messaging.models import MessageType
from messaging.reactions import MUTE, Rights
from presence.models import Psychic
from rooms import permissions as rooms
from rooms.in_force import restrictions_on
from rooms.lookups import room_closed
from rooms.models import Kind, Room
from rooms.permissions import EVERYONES_ROOM, PARTICIPANT, ROLE, Verdict, by_ban, verdict_of
from rooms.voice import check_voice

HELD_BACK = "held_back"
DEEDS = ("read", "write", "react", "attach", "mention_all", "invite", "restrict", "change", "end")


def permissions(
    *, psychic: Psychic, room_id: int, username: str | None = None
) -> tuple[str | None, dict[str, Verdict]]:
    """The role, and a Verdict on each of DEEDS: of oneself, or for moderators of somebody in the room.

    Raises what `rooms.permissions.whose` raises. True of the moment: what is written is checked again, under the lock.
    """
    room, whom = rooms.whose(psychic=psychic, room_id=room_id, username=username)
    return room.my_role, verdicts(room, whom)


def verdicts(room: Room, psychic: Psychic) -> dict[str, Verdict]:
    """{deed: Verdict}, in the order of DEEDS. `room` is as this psychic sees it (`rooms.lookups`)."""
    write = writing(room, psychic)
    found = rooms.in_rooms(room, psychic) | {
        "write": write,
        "react": reacting(room, psychic),
        "attach": write,  # what hangs on a message is written with it
        "mention_all": mentioning_all(room, write),
    }
    return {deed: found[deed] for deed in DEEDS}


def writing(room: Room, psychic: Psychic) -> Verdict:
    """Whether `check_writing` lets them write."""
    allowed_by = HELD_BACK if is_held_back(room, psychic) else PARTICIPANT
    verdict = by_ban(room, psychic, verdict_of(lambda: check_writing(room, psychic), allowed_by))
    if verdict.rule == "slow_mode" and slow_mode.is_slowed_alone(room, psychic.pk):
        return verdict._replace(rule="slow")
    return verdict


def check_writing(room: Room, psychic: Psychic) -> None:
    """Raises what keeps a psychic from writing in a room, asked in the order in which the writer does
    (`messaging.batch`), so that both give the same rule."""
    check_participation(room, room.my_role)
    restrictions = restrictions_on(room.pk, psychic.pk)
    if refusal := muted(restrictions):
        raise refusal
    check_voice(room, psychic)
    slow_mode.check_psychic(room, psychic.pk, room.my_role, restrictions, timezone.now())
    if not room.is_active:
        raise room_closed()


def is_held_back(room: Room, psychic: Psychic) -> bool:
    """Whether a moderator reads first whatever they write here, as who is new. Word rules depend on the words."""
    if not holding.is_looked_at(room, room.my_role, MessageType.TEXT):
        return False
    return bool(holding.why_new(room, psychic.pk, timezone.now()))


def reacting(room: Room, psychic: Psychic) -> Verdict:
    rule = EVERYONES_ROOM if room.kind == Kind.BROADCAST else PARTICIPANT
    # What the writer of reactions reads (`rights_of`) is known of whoever asks, and of whoever sees the room.
    one = {psychic.pk}
    is_muted = any(each.kind == MUTE for each in restrictions_on(room.pk, psychic.pk))
    rights = Rights(room, one if psychic.is_active else (), one if room.my_role else (), one if is_muted else ())
    return by_ban(room, psychic, verdict_of(lambda: rights.check(psychic.pk), rule))


def mentioning_all(room: Room, write: Verdict) -> Verdict:
    if not write.allowed:
        return write
    allowed = mentions.may_mention_all(room.kind, room.mention_all, room.my_role)
    return Verdict(allowed, "mind_link" if room.kind == Kind.PRIVATE else ROLE)
