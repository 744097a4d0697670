"""The login session store: Django's own, with a greatest age. What ends a login session ends the sockets it let in.

Logout, also in the admin, signing in as somebody else and an operator's deletion all come through `delete`. A login
session goes on with each change of it, but not for longer than LOGIN_DAYS after the password was given.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from mindnet.database.prepared import Prepared
from presence import closing
from presence.models import Connection, Psychic

# In the login session's data: when the password was given, in seconds since 1970.
SIGNED_IN_AT = "signed_in_at"


def unexpired(session_key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=session_key, expire_date__gt=now)


going_on = Prepared(unexpired)


class SessionStore(DatabaseSessionStore):
    def _validate_session_key(self, key: str) -> bool:
        """Keys are letters and digits. A quoted cookie may hold anything else, a NUL too, which PostgreSQL refuses."""
        is_valid = super()._validate_session_key(key)  # type: ignore[misc]  # no part of what Django says of itself
        return bool(is_valid) and key.isascii() and key.isalnum()

    def _get_session_from_db(self) -> Any:
        """As Django does, with one prepared query: every page begins with it."""
        found = going_on.first(self.session_key or "", timezone.now())
        if found is None:
            self._session_key = None
        return found

    # Ages

    def load(self) -> dict[str, Any]:
        """Nothing of a login that is older than LOGIN_DAYS. One of before there was such an end begins to count now."""
        data: dict[str, Any] = super().load()
        if SESSION_KEY not in data:
            return data
        if SIGNED_IN_AT not in data:
            data[SIGNED_IN_AT] = timezone.now().timestamp()
            self.modified = True
        end = end_of(data)
        if end and end <= timezone.now():
            self._session_key = None
            return {}
        return data

    def get_expiry_age(self, **kwargs: Any) -> int:
        age: int = super().get_expiry_age(**kwargs)
        end = end_of(self)
        return max(0, min(age, int((end - timezone.now()).total_seconds()))) if end else age

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        date: datetime = super().get_expiry_date(**kwargs)
        end = end_of(self)
        return min(date, end) if end else date

    # Ends

    # The key that is being exchanged for a new one: its session goes on.
    exchanged_key: str | None = None

    def delete(self, session_key: str | None = None) -> None:
        """Ends the sockets too; but those of a key that is exchanged are known by the new one from now on."""
        key = session_key or self.session_key
        if key and key == self.exchanged_key:
            # Before the old one is gone, so that no sweep finds them without a login session.
            login = closing.Login(session_key=self.session_key or "")
            Connection.objects.open().filter(credential=closing.session_credential(key)).update(
                credential=login.credential, session_key=login.session_key
            )
            super().delete(session_key)
            return
        super().delete(session_key)
        if key:
            closing.end_credential(closing.session_credential(key))

    def cycle_key(self) -> None:
        self.exchanged_key = self.session_key
        try:
            super().cycle_key()
        finally:
            self.exchanged_key = None


def end_of(data: Mapping[str, Any] | SessionStore) -> datetime | None:
    """When this login is over whatever happens; None where nobody is signed in."""
    signed_in_at = data.get(SIGNED_IN_AT)
    if signed_in_at is None:
        return None
    return datetime.fromtimestamp(signed_in_at, UTC) + timedelta(days=settings.LIMITS["LOGIN_DAYS"])


@receiver(user_logged_in)
def begin(sender: Any, request: HttpRequest, user: Psychic, **kwargs: Any) -> None:
    """The password was given just now. A token that is made goes without a login session."""
    if SESSION_KEY in request.session:
        request.session[SIGNED_IN_AT] = timezone.now().timestamp()
