"""What a psychic's connections and choice add up to, kept in `psychics.status` so that lists are one query.

meditating > online > away > offline over all connections; invisible is the psychic's own choice and others see it as
offline. Call `refresh` in the transaction that changed a connection or a choice.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from mindnet.database.statements import ask
from mindnet.realtime.shapes import PresenceOut
from presence import sql
from presence.models import Psychic, Status
from presence.shapes import presence_out
from presence.signals import presence_changed
from presence.sql import Live

RANK: dict[str, int] = {Status.OFFLINE: 0, Status.AWAY: 1, Status.ONLINE: 2}


def merged(psychic: Psychic, connections: Sequence[Live]) -> str:
    """The status of a psychic with these live connections. A closed account is not here, whatever is still open."""
    if not psychic.is_active:
        return Status.OFFLINE
    if psychic.chosen_status in (Status.MEDITATING, Status.INVISIBLE):
        return psychic.chosen_status
    if not connections:
        return Status.OFFLINE
    if psychic.chosen_status == Status.AWAY or all(connection.is_away for connection in connections):
        return Status.AWAY
    return Status.ONLINE


def has_gone(was: str, status: str, has_no_connection: bool) -> bool:
    """Whether this change of status is one after which `last_online` is now."""
    if status == Status.OFFLINE:
        return was in (Status.ONLINE, Status.AWAY)
    return status == Status.MEDITATING and has_no_connection


def refresh(
    psychic_ids: Iterable[int],
    *,
    keep_online: bool = False,
    are_gone: bool = False,
    seen_before: Mapping[int, PresenceOut] | None = None,
) -> list[Psychic]:
    """Recomputes the status of these psychics, in two exchanges. Gives the fresh rows.

    `keep_online`: a connection has closed, and nobody seems less present for it for now (the offline grace).
    `are_gone`: that grace is over, so who meditates without a connection was last online now.
    `seen_before`: how others saw them, by psychic, where the caller has changed note or end already.
    """
    psychic_ids = set(psychic_ids)
    if not psychic_ids:
        return []
    rows, live = ask(*sql.presence_of(psychic_ids))
    psychics = sql.psychics(rows)
    kept: Container[int] = psychic_ids if keep_online else ()
    touched = settle(psychics, sql.live(live), keep_online=kept, are_gone=are_gone, seen_before=seen_before)
    ask(*sql.status(touched))
    return psychics


def settle(
    psychics: Iterable[Psychic],
    live: Mapping[int, list[Live]],
    *,
    keep_online: Container[int] = (),
    are_gone: bool = False,
    seen_before: Mapping[int, PresenceOut] | None = None,
) -> list[Psychic]:
    """The rules of `refresh`, for psychics that are locked and their connections as read under the lock. Gives those
    whose row has to be written for it, by the same transaction.

    `keep_online`: ids. Only what others see differently is announced, so that nothing betrays an invisible psychic.
    """
    seen_before = seen_before or {}
    changed, touched = [], []
    for psychic in psychics:
        connections = live.get(psychic.pk, [])
        seen = seen_before.get(psychic.pk) or presence_out(psychic)
        newest = connections[-1] if connections else None
        looked_at = next((c.room_id for c in reversed(connections) if c.room_id), None)
        status = merged(psychic, connections)
        if psychic.pk in keep_online and RANK.get(status, 9) < RANK.get(psychic.status, 0):
            status = psychic.status
        before = (psychic.status, psychic.connection_id, psychic.room_id, psychic.last_online)
        was = psychic.status
        psychic.connection_id = newest.pk if newest else None
        psychic.room_id = looked_at
        psychic.status = status
        # Always the moment it is told, also for who has vanished: the two must look alike.
        if has_gone(was, status, are_gone and not connections):
            psychic.last_online = timezone.now()
        if (psychic.status, psychic.connection_id, psychic.room_id, psychic.last_online) != before:
            touched.append(psychic)
        if presence_out(psychic) != seen:
            changed.append(psychic)
    if changed:
        transaction.on_commit(lambda: presence_changed.send(sender=Psychic, psychics=changed))
    return touched
