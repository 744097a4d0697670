"""What somebody may do in a room, asked beforehand: by the same functions that refuse when it is done.

A rule is a stable word. Of what is refused it is the one that the refusal carries (`DomainError.rule`); of what is
allowed it says by what: `participant`, `role`, `open_room` or `everyones_room`, or `held_back` where a moderator reads
first what is written.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from mindnet.base.errors import DomainError, not_found
from presence.accounts import psychic_named
from presence.models import Psychic
from rooms.invitations import refuse_inviter
from rooms.lookups import MODERATING, OWNING, get_room, refuse_mind_link, refuse_role
from rooms.models import Kind, Room
from rooms.restrictions import refuse_banned

EVERYONES_ROOM, OPEN_ROOM, PARTICIPANT, ROLE = "everyones_room", "open_room", "participant", "role"
NOT_PARTICIPANT, NOT_FOUND = "not_participant", "not_found"


class Verdict(NamedTuple):
    """Whether a deed is allowed, by which rule, and when that becomes otherwise by itself; None: not by itself."""

    allowed: bool
    rule: str
    until: datetime | None = None


def whose(*, psychic: Psychic, room_id: int, username: str | None = None) -> tuple[Room, Psychic]:
    """The room, and whom is asked about: oneself, or for moderators somebody in it.

    Raises not_found where the room is not there for the asker or the other is not in it, permission_denied for who
    asks about others without the role.
    """
    room = get_room(psychic=psychic, room_id=room_id)
    if username is None or username.lower() == psychic.username.lower():
        return room, psychic
    if room.my_role not in MODERATING:
        raise DomainError("permission_denied", "Moderators of a room see what others may do there.")
    other = psychic_named(username)
    if other is None or not room.participant_rows.active().filter(psychic=other).exists():
        raise not_found()
    return get_room(psychic=other, room_id=room_id), other


def verdict_of(check: Callable[[], object], rule: str) -> Verdict:
    """What a function says that raises where it refuses; `rule` allows where it does not."""
    try:
        check()
    except DomainError as refusal:
        return Verdict(False, refusal.rule, until_of(refusal))
    return Verdict(True, rule)


def until_of(refusal: DomainError) -> datetime | None:
    if "retry_after" in refusal.extra:
        return timezone.now() + timedelta(seconds=refusal.extra["retry_after"])
    until: datetime | None = refusal.extra.get("until")
    return until


def in_rooms(room: Room, psychic: Psychic) -> dict[str, Verdict]:
    """The deeds that are rooms' own. `room` is as this psychic sees it."""

    def with_role(roles: tuple[str, ...], sentence: str = "") -> Verdict:
        def check() -> None:
            refuse_role(room, room.my_role, roles)
            if sentence:
                refuse_mind_link(room, sentence)

        return by_ban(room, psychic, verdict_of(check, ROLE))

    return {
        "read": Verdict(True, reading_rule(room)),
        "invite": by_ban(room, psychic, verdict_of(lambda: refuse_inviter(room, room.my_role, psychic), ROLE)),
        "restrict": with_role(MODERATING, "In a mind-link nobody is restricted: leave it."),
        "change": with_role(OWNING),
        "end": with_role(OWNING),
    }


def reading_rule(room: Room) -> str:
    """Why a room that is there for somebody can be read."""
    if room.kind == Kind.BROADCAST:
        return EVERYONES_ROOM
    return PARTICIPANT if room.my_role else OPEN_ROOM


def by_ban(room: Room, psychic: Psychic, verdict: Verdict) -> Verdict:
    """Who is not in would have to come in first: the same verdict, or the ban that keeps them from that."""
    if verdict.rule != NOT_PARTICIPANT:
        return verdict
    ban = verdict_of(lambda: refuse_banned(room, psychic), NOT_PARTICIPANT)
    return verdict if ban.allowed else ban
