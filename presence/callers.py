"""Who asks, by a token or a login session.

They are looked up many at a time, for the socket's handshakes and for the short way of requests
(`mindnet.rest.short`). That takes whoever has a credential that is good as it stands: anybody else gets None here and
goes the long way, which says what is wrong, renews a token, and takes away those that have run out. Nothing is written.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from knox.crypto import hash_token
from knox.settings import knox_settings

from mindnet.database.statements import as_rows, ask, read_moment, stored_moment
from presence import accounts, bans, sql
from presence.login_sessions import SessionStore, whose
from presence.models import Psychic
from presence.signed_in import good_login

# Of a psychic's row who asks needs no more, and on a socket it would stay in memory as long as that is open.
PSYCHIC = frozenset(field.attname for field in Psychic._meta.concrete_fields) - {
    "password", "settled_password", "email", "bio", "abilities", "ban_reason",
}  # fmt: skip
# Not those that were given under another password, see `Psychic.settled_password`.
TOKENS = f"""SELECT t.digest, t.expiry, t.created,
    EXISTS (SELECT 1 FROM knox_authtoken other WHERE other.user_id = t.user_id AND other.expiry < %s),
    {sql.columns(PSYCHIC)}
FROM knox_authtoken t JOIN psychics p ON p.id = t.user_id
WHERE t.digest {{texts}} AND p.settled_password IN ('', p.password)"""

# Of a login session's there is the password too, which it is held against.
SIGNED_IN = PSYCHIC | {"password"}
LOGINS = f"""SELECT asked.place, s.session_data, {sql.columns(SIGNED_IN)}
FROM {{rows:place bigint, session_key text, psychic_id bigint}} AS asked
JOIN django_session s ON s.session_key = asked.session_key JOIN psychics p ON p.id = asked.psychic_id
WHERE s.expire_date > %s"""


class Token(NamedTuple):
    """A token of knox, and whose it is. `is_tidied`: whether knox, asked for it now, takes some of theirs away that
    have run out."""

    digest: str
    expiry: datetime | None
    created: datetime
    is_tidied: bool
    psychic: Psychic


def tokens(digests: Collection[str]) -> dict[str, Token]:
    """Those of them that there are, by digest."""
    if not digests:
        return {}
    [rows] = ask((TOKENS, stored_moment(timezone.now()), list(digests)))
    psychics = sql.psychics([row[4:] for row in rows], PSYCHIC)
    return {
        row[0]: Token(row[0], read_moment(row[1]), read_moment(row[2]), bool(row[3]), one)
        for row, one in zip(rows, psychics, strict=True)
    }


class Credential(NamedTuple):
    """What came with a request: the text of a token, or the key of a login session."""

    token: str = ""
    session_key: str = ""

    def __repr__(self) -> str:
        """Without what opens the account: this may stand in a log line."""
        return f"Credential({'token' if self.token else 'session'})"


def by_credentials(credentials: Sequence[Credential]) -> list[Psychic | None]:
    """Who each of them lets in, as it stands. Tokens are asked for together, and so are login sessions."""
    digests = [hash_token(one.token) if one.token else "" for one in credentials]
    sessions = [None if one.token else SessionStore(one.session_key) for one in credentials]
    known = tokens({digest for digest in digests if digest})
    read_together([session for session in sessions if session is not None and session.session_key in whose])
    return [
        by_token(known.get(digest)) if session is None else by_session(session)
        for digest, session in zip(digests, sessions, strict=True)
    ]


def read_together(sessions: Sequence[SessionStore]) -> None:
    """Reads sessions of which it is known whose they are, each with its psychic. One alone reads itself, as any that is
    not found."""
    if len(sessions) < 2:
        return
    asked = [(place, one.session_key, whose.get(one.session_key)) for place, one in enumerate(sessions)]
    [rows] = ask((LOGINS, as_rows(asked), stored_moment(timezone.now())))
    for (place, text, *_), psychic in zip(rows, sql.psychics([row[2:] for row in rows], SIGNED_IN), strict=True):
        psychic.session_data = text  # type: ignore[attr-defined]  # as the store reads it
        sessions[place].psychic = psychic


def by_token(token: Token | None) -> Psychic | None:
    if token is None or token.is_tidied or accounts.is_over(token.created, token.expiry) or is_due(token):
        return None
    return token.psychic if token.psychic.is_active and not bans.is_banned(token.psychic) else None


def is_due(token: Token) -> bool:
    """Whether knox renews it when it is used now."""
    if token.expiry is None:
        return False
    expiry = min(timezone.now() + knox_settings.TOKEN_TTL, token.created + knox_settings.AUTO_REFRESH_MAX_TTL)
    return bool((expiry - token.expiry).total_seconds() > knox_settings.MIN_REFRESH_INTERVAL)


def by_session(session: SessionStore) -> Psychic | None:
    psychic = good_login(session)
    # One that was changed by being read is to be stored, and its cookie sent again.
    return psychic if psychic is not None and not session.modified and not bans.is_banned(psychic) else None
