"""Ending connections from outside: an administrator, a ban, a logout, a changed password.

The order is written into the connection's row, so that it reaches the socket even when the channel layer is down: its
node looks at once when it hears of it, and every few seconds anyway.
"""

import hashlib
from typing import NamedTuple

from django.db import transaction

from mindnet.realtime import codes, publish
from presence.models import Connection, ConnectionQuerySet


def session_credential(session_key: str | None) -> str:
    """What a connection remembers of the login session that let it in: enough to recognise it, not to use it."""
    return hashlib.sha256(f"session:{session_key}".encode()).hexdigest()


def token_credential(token_digest: str) -> str:
    """The same for an API token, from knox's own digest of it."""
    return hashlib.sha256(f"token:{token_digest}".encode()).hexdigest()


class Login(NamedTuple):
    """What has let a connection in: a login session, by its key, or an API token, by knox's digest of it."""

    session_key: str = ""
    token_digest: str = ""

    @property
    def credential(self) -> str:
        if self.token_digest:
            return token_credential(self.token_digest)
        return session_credential(self.session_key) if self.session_key else ""

    def __repr__(self) -> str:
        """Without the key, which opens the login session: this may stand in a log line."""
        return f"Login({self.credential[:8]})"


def close_connections(connections: ConnectionQuerySet, code: int, reason: str) -> int:
    """Has these connections closed with `bye`. Gives how many were open."""
    asked = connections.open().filter(close_code=None).update(close_code=code, close_reason=reason[:200])
    if asked:
        transaction.on_commit(publish.look_for_closings)
    return asked


def end_credential(credential: str, reason: str = "You have signed out.") -> int:
    """The login session or token behind this credential is over."""
    return close_connections(Connection.objects.filter(credential=credential), codes.SESSION_ENDED, reason)


def end_psychic(
    psychic_id: int, *, except_credential: str | None = None, reason: str = "Your password was changed."
) -> int:
    """All of a psychic's login sessions and tokens are over, but for the one in use."""
    connections = Connection.objects.filter(psychic_id=psychic_id)
    if except_credential:
        connections = connections.exclude(credential=except_credential)
    return close_connections(connections, codes.SESSION_ENDED, reason)
