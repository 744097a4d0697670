"""What presence tells becomes lines of the connection log."""

from typing import Any

from django.dispatch import receiver

from analytics.models import ConnectionLog
from mindnet.database.statements import Row, as_rows, ask
from presence.signals import ConnectionEvent, connections_changed

LENGTHS = {column.name: column.max_length for column in ConnectionLog._meta.concrete_fields}


def fitted(text: str | None, field: str) -> str:
    """`text` as the column takes it: a client chooses its user agent, and one that is odd must not fail a batch."""
    return (text or "").replace("\x00", "")[: LENGTHS[field]]


LINES = """INSERT INTO connection_logs (psychic_id, action, ip_address, timestamp, user_agent, connection_id, node,
    close_code, reason, duration_seconds, times)
SELECT psychic_id, action, ip_address, timestamp, user_agent, connection_id, node,
    close_code, reason, duration_seconds, times
FROM {rows:psychic_id bigint, action text, ip_address inet, timestamp timestamptz, user_agent text, connection_id uuid,
    node text, close_code integer, reason text, duration_seconds float, times integer} AS new"""


@receiver(connections_changed, dispatch_uid="analytics.write_connection_logs")
def write_connection_logs(sender: Any, entries: list[ConnectionEvent], **kwargs: Any) -> None:
    """One insert a batch, in the transaction that changed the connections, so that both say the same."""
    if entries:
        ask((LINES, as_rows(line(entry) for entry in entries)))


def line(entry: ConnectionEvent) -> Row:
    return (
        entry.psychic_id, entry.action, entry.address or None, entry.at, fitted(entry.user_agent, "user_agent"),
        entry.connection_id, fitted(entry.node, "node"), entry.close_code, fitted(entry.reason, "reason"),
        entry.duration_seconds, entry.times,
    )  # fmt: skip
