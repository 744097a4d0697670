"""Opening and closing connections in the table, in batches: a thousand sockets that come back at once cost a few
transactions, not thousands."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mindnet.database.statements import Question, Row, as_rows, ask, stored_moment, stored_uuid
from mindnet.database.transactions import write_transaction
from mindnet.realtime import codes, publish
from presence import sql
from presence.closing import Login
from presence.models import Connection, Node
from presence.signals import ConnectionEvent, connections_changed
from presence.sql import Ended, Live
from presence.status import settle


class Opened(NamedTuple):
    """A socket was let in."""

    connection_id: UUID
    psychic_id: int
    address: str | None
    user_agent: str
    login: Login


class Closed(NamedTuple):
    """`action`: disconnected, kicked or lost, for the log."""

    connection_id: UUID
    psychic_id: int
    action: str
    code: int | None
    reason: str


class LooksAt(NamedTuple):
    """A connection looks at another room from now on, or at none."""

    connection_id: UUID
    psychic_id: int
    room_id: int | None


class Refused(NamedTuple):
    """A handshake that was turned away, or several of a kind, for the log."""

    psychic_id: int | None
    address: str | None
    user_agent: str
    reason: str
    times: int = 1


Item = Opened | Closed | LooksAt | Refused


class Register:
    """Writes what happens to the connections of one node. `record` is the commit of a Batcher."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.name = str(node)

    def record(self, items: list[Item]) -> list[None]:
        """One transaction, of two exchanges and what those ask who are told. Answers None an item."""
        now = timezone.now()
        moved = {item.psychic_id for item in items if not isinstance(item, Refused)}
        here = {item.psychic_id for item in items if isinstance(item, Opened)}
        with write_transaction():
            statements = self.statements(items, list(moved), now)
            found = dict(zip(statements, ask(*statements.values()), strict=True))
            log = self.log(items, found, now)
            if log:
                connections_changed.send(sender=Connection, entries=log)
            # Who has closed the last connection stays as they are until the grace has passed.
            live = sql.live(found["live"])
            touched = settle(sql.psychics(found["psychics"]), live, keep_online=moved - here)
            ask(*sql.status(touched), *replace_oldest(live, here), commit=True)
        return [None] * len(items)

    def statements(self, items: list[Item], psychic_ids: list[int], now: datetime) -> dict[str | UUID, Question]:
        """What has happened, written down, and what is known of those psychics before and after, by name; of a look,
        by connection."""
        opened = [item for item in items if isinstance(item, Opened)]
        closed = [stored_uuid(item.connection_id) for item in items if isinstance(item, Closed)]
        node, moment = stored_uuid(self.node.pk), stored_moment(now)
        # All at once and in one order: so that two processes can neither deadlock nor both count ten connections.
        lock, live = sql.presence_of(psychic_ids)
        found: dict[str | UUID, Question] = {"psychics": lock}
        if opened:
            # A row that is closed but not yet swept: the psychic was here a moment ago.
            found["back"] = (sql.CLOSED, psychic_ids)
            # A microsecond apart, so that which is the oldest and which the newest is theirs to say, not their ids'.
            first = now - timedelta(microseconds=len(opened))
            found["opened"] = (sql.OPEN, node, as_rows(
                (item.connection_id, item.psychic_id, first + timedelta(microseconds=number), item.address,
                 item.user_agent, item.login.credential, *item.login)
                for number, item in enumerate(opened)
            ))  # fmt: skip
        if closed:
            found["ended"] = (sql.CLOSE, moment, node, closed)
        for item in items:
            if isinstance(item, LooksAt):
                found[item.connection_id] = (sql.LOOK, item.room_id, stored_uuid(item.connection_id))
        found["live"] = live
        return found

    def log(self, items: list[Item], found: Mapping[str | UUID, list[Row]], now: datetime) -> list[ConnectionEvent]:
        back = {psychic_id for (psychic_id,) in found.get("back", ())}
        ended = sql.ended(found.get("ended", ()))
        log = []
        for item in items:
            if isinstance(item, Opened):
                action = "resumed" if item.psychic_id in back else "connected"
                log.append(self.entry(action, item, item.connection_id, now))
            elif isinstance(item, Closed) and item.connection_id in ended:
                row = ended.pop(item.connection_id)
                log.append(closing_event(row, item.action, now, self.name, item.code, item.reason))
            elif isinstance(item, Refused):
                log.append(self.entry("refused", item, None, now)._replace(reason=item.reason, times=item.times))
        return log

    def entry(self, action: str, item: Opened | Refused, connection_id: UUID | None, now: datetime) -> ConnectionEvent:
        return ConnectionEvent(action, item.psychic_id, connection_id, item.address, item.user_agent, self.name, now)


def closing_event(
    row: Ended | Connection, action: str, at: datetime, node: str, code: int | None = None, reason: str = ""
) -> ConnectionEvent:
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


def replace_oldest(live: Mapping[int, list[Live]], psychic_ids: Iterable[int]) -> list[Question]:
    """The 11th connection of a psychic closes the oldest: the statements for that, if any."""
    most = settings.LIMITS["SOCKETS_PER_PSYCHIC"]
    surplus: list[UUID] = []
    for psychic_id in psychic_ids:
        open_ones = [one.pk for one in live.get(psychic_id, ()) if one.close_code is None]
        surplus += open_ones[: max(0, len(open_ones) - most)]
    if not surplus:
        return []
    transaction.on_commit(publish.look_for_closings)
    reason = f"You opened more than {most} connections."
    return [(sql.REPLACE, codes.REPLACED, reason, [stored_uuid(pk) for pk in surplus])]
