"""Who asks over REST, by a token or a login session that is good as it stands.

What the short way of requests takes (`mindnet.rest.short`). Whoever has nothing plain to show gets None here and goes
the long way, which says what is wrong, renews a token, and takes away those that have run out: nothing is written here.
"""

from collections.abc import Sequence
from hmac import compare_digest
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone
from knox.crypto import hash_token
from knox.settings import CONSTANTS, knox_settings

from mindnet.base.errors import DomainError
from mindnet.database.prepared import fetch
from mindnet.rest import access
from presence.models import Psychic
from presence.signed_in import good_login

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


class Credential(NamedTuple):
    """What came with a request: the text of a token, or the key of a login session."""

    token: str = ""
    session_key: str = ""

    def __repr__(self) -> str:
        """Without what opens the account: this may stand in a log line."""
        return f"Credential({'token' if self.token else 'session'})"


class Caller(NamedTuple):
    """`token` is knox's row, None for a login session."""

    psychic: Psychic
    token: Any = None


def by_credentials(credentials: Sequence[Credential]) -> list[Caller | None]:
    """Who each of them lets in. Tokens are asked for together."""
    texts = [one.token for one in credentials if one.token]
    found = iter(by_tokens(texts))
    return [next(found) if one.token else by_session(one.session_key) for one in credentials]


def by_tokens(texts: Sequence[str]) -> list[Caller | None]:
    now = timezone.now()
    rows = fetch(*[access.known_tokens(text[: CONSTANTS.TOKEN_KEY_LENGTH], now) for text in texts])
    return [by_token(text, mine, now) for text, mine in zip(texts, rows, strict=True)]


def by_token(text: str, rows: Sequence[Any], now: Any) -> Caller | None:
    """`rows`: the tokens that begin like this text."""
    digest = hash_token(text) if rows else ""
    for row in rows:
        if row.has_expired:
            return None
        if compare_digest(digest, row.digest):
            return admitted(row.user, row) if row.user.is_active and not is_due(row, now) else None
    return None


def is_due(token: Any, now: Any) -> bool:
    """Whether knox renews it when it is used now."""
    if not token.expiry:
        return False
    expiry = min(now + knox_settings.TOKEN_TTL, token.created + knox_settings.AUTO_REFRESH_MAX_TTL)
    return bool((expiry - token.expiry).total_seconds() > knox_settings.MIN_REFRESH_INTERVAL)


def by_session(key: str) -> Caller | None:
    session = SessionStore(key)
    psychic = good_login(session)
    # One that was changed by being read is to be stored, and its cookie sent again.
    return admitted(psychic) if psychic is not None and not session.modified else None


def admitted(psychic: Psychic, token: Any = None) -> Caller | None:
    try:
        access.check_caller(psychic, token)
    except DomainError:
        return None
    return Caller(psychic, token)
