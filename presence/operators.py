"""What operators do to people and connections: disconnect, ban, close accounts. One service behind
`POST /admin/disconnect` and the actions of the Django admin; what concerns a whole room stands in `rooms.operators`.

Every deed is written into the admin's log with who did it, whichever door it came through.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.text import check_name
from mindnet.database.transactions import write_transaction
from mindnet.realtime import codes
from presence import avatars, bans
from presence.accounts import find_psychic
from presence.closing import close_connections
from presence.fields import BAN_MINUTES, DISCONNECT_REASON
from presence.models import Connection, ConnectionQuerySet, Psychic, PsychicQuerySet
from presence.powers import check_change

PERMISSION = "presence.disconnect"
CHANGE_PERMISSION = "presence.change_psychic"
DEFAULT_REASON = "Disconnected by an administrator."


class Target(NamedTuple):
    """Whom a deed means: the psychics, their connections to close, and the row that the log names."""

    psychics: PsychicQuerySet
    connections: ConnectionQuerySet
    named: Model


def disconnect(
    *, by: Psychic, find: Callable[[Psychic], Target], reason: str | None = "", ban_minutes: int | None = None
) -> int:
    """Closes live connections. `find(by)` gives the Target, once it is sure that `by` may and that the rest is valid.

    With `ban_minutes` whoever is meant may not connect for so long, also who is not connected now. Gives how many
    connections are being closed.
    """
    by = operator(by)
    reason = checked_reason(reason)
    check_ban(ban_minutes)
    psychics, connections, named = find(by)
    if ban_minutes and psychics.filter(pk=by.pk).exists():
        raise invalid("ban_minutes", "You cannot ban yourself.")

    with write_transaction():
        if ban_minutes:
            psychics.update(banned_until=timezone.now() + timedelta(minutes=ban_minutes), ban_reason=reason)
            # The whole psychic is banned, so none of their connections stays.
            connections = Connection.objects.filter(psychic__in=psychics)
        code = codes.BANNED if ban_minutes else codes.DISCONNECTED
        count = close_connections(connections.live(), code, reason or DEFAULT_REASON)
        write_down(by, named, told(count, reason, ban_minutes))
    return count


def operator(by: Psychic, permission: str = PERMISSION, sentence: str = "You may not disconnect anybody.") -> Psychic:
    """The fresh row of who is about to do something to somebody: their permission may have been taken a moment ago, or
    they may have been banned."""
    fresh = Psychic.objects.active().filter(pk=by.pk).first()
    if fresh is None or not fresh.has_perm(permission):
        raise DomainError("permission_denied", sentence)
    bans.check(fresh)
    return fresh


def disconnect_psychic(*, by: Psychic, username: str, **options: Any) -> int:
    """Disconnects a psychic, as `disconnect` has it. A superuser is `permission_denied` for others."""
    return disconnect(by=by, find=lambda by: psychic_target(by, username), **options)


def disconnect_connection(*, by: Psychic, connection_id: UUID, **options: Any) -> int:
    """Closes one live connection, or with `ban_minutes` all of its psychic's, as `disconnect` has it."""
    return disconnect(by=by, find=lambda by: connection_target(by, connection_id), **options)


def psychic_target(by: Psychic, username: str) -> Target:
    """Raises not_found, and permission_denied for a superuser."""
    psychic = find_psychic(username)
    check_reach(by, psychic)
    return Target(only(psychic), Connection.objects.filter(psychic=psychic), psychic)


def connection_target(by: Psychic, connection_id: UUID) -> Target:
    """Of a live connection. Raises not_found, and permission_denied for a superuser's."""
    connections = Connection.objects.live().filter(pk=connection_id)
    connection = connections.select_related("psychic").first()
    if connection is None:
        raise not_found()
    check_reach(by, connection.psychic)
    return Target(only(connection.psychic), connections, connection.psychic)


def only(psychic: Psychic) -> PsychicQuerySet:
    return Psychic.objects.filter(pk=psychic.pk)


def check_reach(by: Psychic, psychic: Psychic, sentence: str = "Only a superuser disconnects a superuser.") -> None:
    """Superusers are out of reach for others: `permission_denied`, with the sentence."""
    if psychic.is_superuser and not by.is_superuser:
        raise DomainError("permission_denied", sentence)


def close_account(*, by: Psychic, psychic: Psychic) -> None:
    """Ends an account for good: no login, no token, no connection. What was said stays under its name."""
    by = operator(by, CHANGE_PERMISSION, "You may not close accounts.")
    if psychic.pk == by.pk:
        raise invalid("username", "You cannot close your own account here.")
    check_reach(by, psychic, "Only a superuser closes a superuser's account.")
    check_change(by, psychic)
    with write_transaction():
        psychic.is_active = False
        # presence.accounts listens to this save and ends tokens and sockets.
        psychic.save(update_fields=["is_active"])
        write_down(by, psychic, "Closed the account.")


def remove_avatar(*, by: Psychic, psychic: Psychic) -> int:
    """Takes somebody's picture away. Gives how many there were."""
    by = operator(by, CHANGE_PERMISSION, "You may not remove pictures.")
    check_reach(by, psychic, "Only a superuser removes a superuser's picture.")
    check_change(by, psychic)
    if not psychic.avatar:
        return 0
    with write_transaction():
        avatars.remove_avatar(psychic=psychic)
        write_down(by, psychic, "Removed the picture.")
    return 1


def lift_ban(*, by: Psychic, psychic: Psychic) -> None:
    """Ends a ban at once. Nobody lifts their own, and only a superuser lifts a superuser's."""
    by = operator(by)
    check_lift(by, psychic)
    with write_transaction():
        Psychic.objects.filter(pk=psychic.pk).update(banned_until=None, ban_reason="")
        write_down(by, psychic, "Lifted the ban.")


def check_lift(by: Psychic, psychic: Psychic) -> None:
    """Raises permission_denied."""
    if psychic.pk == by.pk:
        raise DomainError("permission_denied", "You cannot lift your own ban.")
    check_reach(by, psychic, "Only a superuser lifts a superuser's ban.")


def may_set_ban(by: Psychic, psychic: Psychic) -> bool:
    """Whether they may put a ban on somebody and lift it again."""
    return by.has_perm(PERMISSION) and psychic.pk != by.pk and (by.is_superuser or not psychic.is_superuser)


def checked_reason(reason: str | None) -> str:
    """The reason as it is kept: those it concerns will read it."""
    reason = " ".join((reason or "").split())
    if not DISCONNECT_REASON.fits(reason):
        raise invalid("reason", f"A reason has at most {DISCONNECT_REASON.most} characters.")
    check_name(reason, field="reason")
    return reason


def check_ban(minutes: int | None) -> None:
    """Raises validation_error."""
    if minutes is not None and not BAN_MINUTES.fits(minutes):
        raise invalid("ban_minutes", f"A ban lasts from 1 to {BAN_MINUTES.most} minutes.")


def told(count: int, reason: str, ban_minutes: int | None) -> str:
    deed = f"Banned for {ban_minutes} minutes, {count} disconnected." if ban_minutes else f"Disconnected {count}."
    return f"{deed} Reason: {reason}" if reason else deed


def write_down(by: Psychic, target: Model, deed: str) -> None:
    """Into the log of the Django admin."""
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(target),
        object_id=str(target.pk),
        object_repr=str(target)[:200],
        action_flag=CHANGE,
        change_message=deed,
    )
