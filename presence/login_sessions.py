"""The login session store: Django's own, and whatever ends a login session also ends the sockets it let in.

Logout, also in the admin, signing in as somebody else and an operator's deletion all come through `delete`.
"""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from presence import closing
from presence.models import Connection


class SessionStore(DatabaseSessionStore):
    def _validate_session_key(self, key: str) -> bool:
        """Keys are letters and digits. A quoted cookie may hold anything else, a NUL too, which PostgreSQL refuses."""
        is_valid = super()._validate_session_key(key)  # type: ignore[misc]  # no part of what Django says of itself
        return bool(is_valid) and key.isascii() and key.isalnum()

    # The key that is being exchanged for a new one: its session goes on.
    exchanged_key: str | None = None

    def delete(self, session_key: str | None = None) -> None:
        """Ends the sockets too; but those of a key that is exchanged are known by the new one from now on."""
        key = session_key or self.session_key
        super().delete(session_key)
        if key is None:
            return
        credential = closing.session_credential(key)
        if key == self.exchanged_key:
            Connection.objects.open().filter(credential=credential).update(
                credential=closing.session_credential(self.session_key)
            )
        else:
            closing.end_credential(credential)

    def cycle_key(self) -> None:
        self.exchanged_key = self.session_key
        try:
            super().cycle_key()
        finally:
            self.exchanged_key = None
