"""What presence tells the shelves above it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.dispatch import Signal


class ConnectionEvent(NamedTuple):
    """One line for the connection log; `action` is a value of `analytics.models.Action`."""

    action: str
    psychic_id: int | None
    connection_id: UUID | None
    address: str | None
    user_agent: str
    node: str
    at: datetime
    close_code: int | None = None
    reason: str = ""
    duration_seconds: float | None = None
    times: int = 1


# entries: list[ConnectionEvent]; sent inside the transaction that changed the connections
connections_changed = Signal()

# psychics: list[Psychic], as they are now; sent after the commit, unlike the other
presence_changed = Signal()

# psychic: Psychic; sent inside the transaction that created the account, however it was created
psychic_created = Signal()

# psychic: Psychic; sent inside the transaction that gave them another username, unless that was done past the services
psychic_renamed = Signal()

# psychic: Psychic; sent inside the transaction that closed the account, unless that was done past the services
psychic_closed = Signal()

# psychic, unblocked: Psychic; sent inside the transaction that took the block of the one against the other back
psychic_unblocked = Signal()
