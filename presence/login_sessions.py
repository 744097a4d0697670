"""The login session store: Django's own, with a greatest age. What ends a login session ends the sockets it let in.

Logout, also in the admin, signing in as somebody else and an operator's deletion all come through `delete`. A login
session goes on with each change of it, but not for longer than LOGIN_DAYS after the password was given.

Whose it is stands within what is signed, so that a session has to be read before its psychic. `whose` remembers that of
those that were read before: both are then read by one statement, and what the session says has the last word.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet, Subquery
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from mindnet.base.ids import whole_number
from mindnet.database.prepared import Prepared
from presence import closing
from presence.models import Connection, Psychic, PsychicQuerySet

# In the login session's data: when the password was given, in seconds since 1970.
SIGNED_IN_AT = "signed_in_at"


def unexpired(session_key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=session_key, expire_date__gt=now)


def with_session(psychic_id: int, session_key: str, now: datetime) -> PsychicQuerySet:
    """The psychic, and what the session holds, None where it is over."""
    held = unexpired(session_key, now).values("session_data")[:1]
    return Psychic.objects.filter(pk=psychic_id).annotate(session_data=Subquery(held))


going_on, going_on_of = Prepared(unexpired), Prepared(with_session)


class Whose:
    """By the key of a session, or the digest of a token, the id of the psychic whose it was when it was read last; the
    oldest go first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.ids: dict[str, int] = {}
        self.lock = Lock()

    def get(self, key: str | None) -> int | None:
        return self.ids.get(key or "")

    def __contains__(self, key: str | None) -> bool:
        return key in self.ids

    def put(self, key: str, psychic_id: int) -> None:
        if self.ids.get(key) == psychic_id:
            return
        with self.lock:
            self.ids[key] = psychic_id
            while len(self.ids) > self.most:
                del self.ids[next(iter(self.ids))]


# 200 bytes each. A process that has more of them under way asks twice for some.
whose = Whose(20_000)

# What a session holds is read again for every request. Most are of some hundred characters; one may hold a form that
# was sent without a sign-in, and is read anew.
KEPT_TEXTS, KEPT_CHARACTERS = 5000, 1500


@lru_cache(KEPT_TEXTS)
def in_json(text: bytes | str, keys: tuple[str, ...]) -> str:
    """What a session's text holds, which was signed with one of these keys."""
    return json.dumps(DatabaseSessionStore().decode(text))


class SessionStore(DatabaseSessionStore):
    # Who was read together with the session, and has its `session_data`: for `presence.signed_in`, once.
    psychic: Any = None

    def _validate_session_key(self, key: str) -> bool:
        """Keys are letters and digits. A quoted cookie may hold anything else, a NUL too, which PostgreSQL refuses."""
        is_valid = super()._validate_session_key(key)  # type: ignore[misc]  # no part of what Django says of itself
        return bool(is_valid) and key.isascii() and key.isalnum()

    def _get_session_from_db(self) -> Any:
        """As Django does, with one prepared query: every page begins with it."""
        key, now = self.session_key or "", timezone.now()
        psychic_id = whose.get(key)
        if self.psychic is None and psychic_id is not None:
            self.psychic = going_on_of.first(psychic_id, key, now)
        found = self.psychic
        if found is None or found.session_data is None:
            found, self.psychic = going_on.first(key, now), None
        if found is None:
            self._session_key = None
        return found

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        if len(session_data) > KEPT_CHARACTERS:
            large: dict[str, Any] = super().decode(session_data)
            return large
        data: dict[str, Any] = json.loads(in_json(session_data, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)))
        return data

    def take_psychic(self, psychic_id: int) -> Psychic | None:
        """Who was read together with it, if it is this one."""
        psychic, self.psychic = self.psychic, None
        return psychic if psychic is not None and psychic.pk == psychic_id else None

    # Ages

    def load(self) -> dict[str, Any]:
        """Nothing of a login that is older than LOGIN_DAYS. One of before there was such an end begins to count now."""
        data: dict[str, Any] = super().load()
        if SESSION_KEY not in data:
            return data
        self.note_whose(data)
        if SIGNED_IN_AT not in data:
            data[SIGNED_IN_AT] = timezone.now().timestamp()
            self.modified = True
        end = end_of(data)
        if end and end <= timezone.now():
            self._session_key = None
            return {}
        return data

    def note_whose(self, data: Mapping[str, Any]) -> None:
        key, psychic_id = self.session_key, whole_number(str(data[SESSION_KEY]))
        if key and psychic_id is not None:
            whose.put(key, psychic_id)

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
