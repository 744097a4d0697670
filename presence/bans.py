"""Bans from the network: who is banned comes in by no door, and is told why and until when at each of them.

The socket's door refuses by itself (`mindnet.socket.handshake`), and what is open is closed by `presence.nodes`.
"""

from datetime import UTC, datetime

from django.utils import timezone

from mindnet.base.errors import DomainError
from mindnet.base.moments import utc
from presence.models import Psychic


def is_banned(psychic: Psychic) -> bool:
    return ends(psychic.banned_until) is not None


def check(psychic: Psychic) -> None:
    """Raises `banned`, with `reason` and `until`."""
    until = ends(psychic.banned_until)
    if until is None:
        return
    detail = f"You are banned from here until {until.astimezone(UTC):%-d %B %Y, %H:%M} UTC."
    if psychic.ban_reason:
        detail += f" Reason: {psychic.ban_reason}"
    raise DomainError("banned", detail, reason=psychic.ban_reason, until=utc(until))


def ends(banned_until: datetime | None) -> datetime | None:
    """The end of a ban that is in force now."""
    return banned_until if banned_until is not None and banned_until > timezone.now() else None
