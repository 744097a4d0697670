"""Opening and closing connections in the table, in batches: a thousand sockets that come back at once cost a few
transactions, not thousands."""

from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mindnet.realtime import protocol, publish
from mindnet.realtime.executor import write_transaction
from presence.models import Connection, Psychic
from presence.signals import ConnectionEvent, connections_changed
from presence.status import refresh


class Opened(NamedTuple):
    connection_id: UUID
    psychic_id: int
    address: str | None
    user_agent: str
    credential: str


class Closed(NamedTuple):
    """`action`: disconnected, kicked or lost, for the log."""

    connection_id: UUID
    psychic_id: int
    action: str
    code: int | None
    reason: str


class LooksAt(NamedTuple):
    connection_id: UUID
    psychic_id: int
    room_id: int | None


class Refused(NamedTuple):
    """A handshake that was turned away, for the log."""

    psychic_id: int | None
    address: str | None
    user_agent: str
    reason: str


def lock_psychics(psychic_ids):
    rows = Psychic.objects.select_for_update(no_key=True).filter(pk__in=psychic_ids).order_by("pk")
    list(rows.values_list("pk", flat=True))


class Register:
    """Writes what happens to the connections of one node. `record` is the commit of a Batcher."""

    def __init__(self, node):
        self.node = node

    def record(self, items):
        """One transaction. Answers None an item."""
        now = timezone.now()
        opened = [item for item in items if isinstance(item, Opened)]
        closed = [item for item in items if isinstance(item, Closed)]
        refused = [item for item in items if isinstance(item, Refused)]
        looking = {item.connection_id: item for item in items if isinstance(item, LooksAt)}
        with write_transaction():
            # All at once and in one order: so that two processes can neither deadlock nor both count ten connections.
            involved = {item.psychic_id for item in items if not isinstance(item, Refused)}
            lock_psychics(involved)
            log = self.open(opened, now) + self.close(closed, now) + self.refuse(refused, now)
            for item in looking.values():
                Connection.objects.filter(pk=item.connection_id).update(room_id=item.room_id)
            here = {item.psychic_id for item in opened}
            refresh(here)
            # Who has closed the last connection stays as they are until the grace has passed.
            refresh({item.psychic_id for item in (*closed, *looking.values())} - here, keep_online=True)
            if log:
                connections_changed.send(sender=Connection, entries=log)
        return [None] * len(items)

    def open(self, items, now):
        if not items:
            return []
        psychic_ids = {item.psychic_id for item in items}
        # A row that is closed but not yet swept: the psychic was here a moment ago.
        back = set(
            Connection.objects.filter(psychic_id__in=psychic_ids)
            .exclude(closed_at=None)
            .values_list("psychic_id", flat=True)
        )
        Connection.objects.bulk_create(
            Connection(
                pk=item.connection_id,
                psychic_id=item.psychic_id,
                node=self.node,
                opened_at=now,
                address=item.address,
                user_agent=item.user_agent,
                credential=item.credential,
            )
            for item in items
        )
        replace_oldest(psychic_ids)
        return [
            self.entry("resumed" if item.psychic_id in back else "connected", item, item.connection_id, now)
            for item in items
        ]

    def close(self, items, now):
        rows = {
            row.pk: row
            for row in Connection.objects.open().filter(pk__in=[item.connection_id for item in items], node=self.node)
        }
        Connection.objects.filter(pk__in=rows).update(closed_at=now)
        log = []
        for item in items:
            row = rows.pop(item.connection_id, None)
            if row is not None:
                log.append(closing_event(row, item.action, now, str(self.node), item.code, item.reason))
        return log

    def refuse(self, items, now):
        return [
            self.entry("refused", item, None, now)._replace(reason=item.reason)
            for item in items
        ]

    def entry(self, action, item, connection_id, now):
        return ConnectionEvent(
            action, item.psychic_id, connection_id, item.address, item.user_agent, str(self.node), now
        )


def closing_event(row, action, at, node, code=None, reason=""):
    """The log entry of a connection's end."""
    return ConnectionEvent(
        action,
        row.psychic_id,
        row.pk,
        row.address,
        row.user_agent,
        node,
        at,
        code,
        reason[:200],
        (at - row.opened_at).total_seconds(),
    )


def replace_oldest(psychic_ids):
    """The 11th connection of a psychic closes the oldest."""
    most = settings.LIMITS["SOCKETS_PER_PSYCHIC"]
    open_ones = {}
    rows = Connection.objects.live().filter(psychic_id__in=psychic_ids, close_code=None).order_by("opened_at", "pk")
    for psychic_id, connection_id in rows.values_list("psychic_id", "pk"):
        open_ones.setdefault(psychic_id, []).append(connection_id)
    surplus = [pk for ids in open_ones.values() if len(ids) > most for pk in ids[: len(ids) - most]]
    if surplus:
        Connection.objects.filter(pk__in=surplus).update(
            close_code=protocol.REPLACED, close_reason=f"You opened more than {most} connections."
        )
        transaction.on_commit(publish.look_for_closings)
