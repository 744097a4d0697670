"""What presence tells becomes lines of the connection log."""

from django.dispatch import receiver

from analytics.models import ConnectionLog
from presence.signals import connections_changed


def fitted(text, field):
    """`text` as the column takes it: a client chooses its user agent, and one that is odd must not fail a batch."""
    return text.replace("\x00", "")[: ConnectionLog._meta.get_field(field).max_length]


@receiver(connections_changed, dispatch_uid="analytics.write_connection_logs")
def write_connection_logs(sender, entries, **kwargs):
    """One insert a batch, in the transaction that changed the connections, so that both say the same."""
    ConnectionLog.objects.bulk_create(
        ConnectionLog(
            psychic_id=entry.psychic_id,
            action=entry.action,
            ip_address=entry.address or None,
            timestamp=entry.at,
            user_agent=fitted(entry.user_agent or "", "user_agent"),
            connection_id=entry.connection_id,
            node=fitted(entry.node or "", "node"),
            close_code=entry.close_code,
            reason=fitted(entry.reason or "", "reason"),
            duration_seconds=entry.duration_seconds,
        )
        for entry in entries
    )
