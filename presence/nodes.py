"""A server process as the others see it: its heartbeat, and what each does for those that have stopped giving one."""

import logging
import os
import socket
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mindnet.database.statements import ask, read_moment, read_uuid, stored_moment, stored_uuid
from mindnet.database.transactions import write_transaction
from mindnet.realtime import codes
from presence import accounts, bans, choices, leaving, quiet, sql
from presence.models import NODE_LEASE_SECONDS, Connection, ConnectionQuerySet, Node
from presence.registry import closing_event
from presence.signals import connections_changed
from presence.status import refresh

logger = logging.getLogger(__name__)

# Stopped nodes are kept so long that an operator can see what went down.
KEEP_NODES = timedelta(days=1)


class ToClose(NamedTuple):
    """`until` is the end of a ban."""

    connection_id: UUID
    code: int
    reason: str
    until: datetime | None


def start() -> Node:
    """The row of this process."""
    return Node.objects.create(host=socket.gethostname()[:100], pid=os.getpid())


def stop(node: Node) -> None:
    """An orderly end: what is still open in the table is closed."""
    with write_transaction():
        Node.objects.filter(pk=node.pk).update(stopped_at=timezone.now())
        close_all(Connection.objects.open().filter(node=node), "disconnected", timezone.now())


def heartbeat(node: Node) -> tuple[bool, int]:
    """A sign of life. (whether nobody has taken this node for dead and closed its connections, how many live)."""
    now = timezone.now()
    # On a database that has forgotten the last one there is no next one; see `has_gone_back`.
    mine = Node.objects.filter(pk=node.pk, stopped_at=None, heartbeat_at__gte=node.heartbeat_at)
    alive = mine.update(heartbeat_at=now)
    if alive:
        node.heartbeat_at = now
    lease = timedelta(seconds=NODE_LEASE_SECONDS)
    return bool(alive), Node.objects.filter(stopped_at=None, heartbeat_at__gt=now - lease).count()


def has_gone_back(node: Node) -> bool:
    """Whether the database does not know this node's last heartbeat: it is a backup from before."""
    known = Node.objects.filter(pk=node.pk).values_list("heartbeat_at", flat=True).first()
    return known is None or known < node.heartbeat_at


def revive(node: Node, connection_ids: Collection[UUID]) -> set[UUID]:
    """Back from the dead (a stopped machine, a database that was away): these sockets are still open.

    Gives the ids of those whose row was swept meanwhile: nobody could reach them any more, so they have to go.
    """
    with write_transaction():
        node.heartbeat_at = timezone.now()
        # The row may be gone: forgotten a day after its end, or not in the backup that this database is now.
        kept_fields = {"host": node.host, "pid": node.pid, "started_at": node.started_at}
        fresh = {"heartbeat_at": node.heartbeat_at, "stopped_at": None}
        Node.objects.update_or_create(pk=node.pk, defaults=fresh, create_defaults=kept_fields | fresh)
        kept = Connection.objects.filter(pk__in=connection_ids, node=node)
        kept.update(closed_at=None)
        rows = dict(kept.values_list("pk", "psychic_id"))
        refresh(set(rows.values()))
    return set(connection_ids) - rows.keys()


def sweep() -> None:
    """What every node does for all: dead nodes, the end of the offline grace, quiet hours, statuses that have run out.

    Each step is claimed by a conditional UPDATE or by the row locks, so that several nodes sweeping at once do
    everything once.
    """
    sweep_dead_nodes()
    sweep_closed_connections()
    leaving.sweep()
    quiet.begin_due()  # before the ends, so that hours that join on leave no gap
    choices.end_due()


def sweep_dead_nodes() -> None:
    """Closes the connections of nodes without a heartbeat, and forgets nodes that stopped long ago."""
    now = timezone.now()
    dead = Node.objects.filter(stopped_at=None, heartbeat_at__lt=now - timedelta(seconds=NODE_LEASE_SECONDS))
    for node in dead:
        with write_transaction():
            if not Node.objects.filter(pk=node.pk, stopped_at=None, heartbeat_at=node.heartbeat_at).update(
                stopped_at=F("heartbeat_at")
            ):
                continue  # another node was first, or it gave a sign of life
            logger.warning("node %s has given no heartbeat since %s: its connections are lost", node, node.heartbeat_at)
            close_all(Connection.objects.open().filter(node=node), "lost", node.heartbeat_at)
    Node.objects.filter(stopped_at__lt=now - KEEP_NODES).delete()


def close_all(connections: ConnectionQuerySet, action: str, at: datetime) -> None:
    """Of one node, with a line in the log for each."""
    rows = list(connections.select_related("node"))
    if rows:
        Connection.objects.filter(pk__in=[row.pk for row in rows]).update(closed_at=at)
        refresh({row.psychic_id for row in rows}, keep_online=True)
        log = [closing_event(row, action, max(at, row.opened_at), str(row.node)) for row in rows]
        connections_changed.send(sender=Connection, entries=log)


def sweep_closed_connections() -> None:
    """The grace of closed connections is over: their psychics may now be offline."""
    due = timezone.now() - timedelta(seconds=settings.LIMITS["OFFLINE_GRACE_SECONDS"])
    if not Connection.objects.filter(closed_at__lt=due).exists():
        return
    with write_transaction():
        rows = Connection.objects.select_for_update(skip_locked=has_skip_locked()).filter(closed_at__lt=due)
        closed = list(rows.values_list("pk", "psychic_id"))
        Connection.objects.filter(pk__in=[pk for pk, _ in closed]).delete()
        graced = set(
            Connection.objects.filter(psychic_id__in=[psychic_id for _, psychic_id in closed])
            .exclude(closed_at=None)
            .values_list("psychic_id", flat=True)
        )
        refresh({psychic_id for _, psychic_id in closed} - graced, are_gone=True)


def has_skip_locked() -> bool:
    return bool(transaction.get_connection().features.has_select_for_update_skip_locked)


def to_close(node: Node) -> list[ToClose]:
    """This node's connections that have to be closed: those that somebody has marked, and those whose account was
    closed or banned, whose password was changed, or whose token or login session has run out or is gone, however that
    came."""
    now = timezone.now()
    moment, oldest = stored_moment(now), stored_moment(now - accounts.login_lasts())
    [rows] = ask((sql.TO_CLOSE, moment, oldest, moment, stored_uuid(node.pk), moment))
    return [order(*row) for row in rows]


def order(
    pk: UUID | str,
    code: int | None,
    reason: str,
    is_active: bool,
    banned_until: datetime | str | None,
    ban_reason: str,
    has_other_password: bool,
) -> ToClose:
    """What a row of `sql.TO_CLOSE` asks for."""
    connection_id, banned_until = read_uuid(pk), read_moment(banned_until)
    if code is not None:
        return ToClose(connection_id, code, reason, banned_until if code == codes.BANNED else None)
    if not is_active:
        return ToClose(connection_id, codes.SESSION_ENDED, "This account is closed.", None)
    if bans.ends(banned_until):
        return ToClose(connection_id, codes.BANNED, ban_reason or "You are banned.", banned_until)
    why = "Your password was changed." if has_other_password else "Your sign-in is over. Sign in again."
    return ToClose(connection_id, codes.SESSION_ENDED, why, None)
