"""Who asks, by a token or a login session.

They are looked up many at a time, for the socket's handshakes and for the short way of requests
(`mindnet.rest.short`). That takes whoever has a credential that is good as it stands: anybody else gets None here and
goes the long way, which says what is wrong, renews a token, and takes away those that have run out. Nothing is written.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from knox.crypto import hash_token
from knox.settings import knox_settings

from mindnet.database.statements import Question, Row, as_rows, ask, read_moment, stored_moment, vendor
from presence import accounts, bans, sql
from presence.login_sessions import SessionStore, Whose, whose
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
LOGINS = f"""SELECT asked.session_key, s.session_data, {sql.columns(SIGNED_IN)}
FROM {{rows:session_key text, psychic_id bigint}} AS asked
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
    return read_tokens(ask(tokens_of(digests))[0]) if digests else {}


def tokens_of(digests: Collection[str]) -> Question:
    return TOKENS, stored_moment(datetime.now(UTC)), list(digests)


def read_tokens(rows: Sequence[Row]) -> dict[str, Token]:
    psychics = sql.psychics([row[4:] for row in rows], PSYCHIC)
    return {
        row[0]: Token(row[0], read_moment(row[1]), read_moment(row[2]), bool(row[3]), one)
        for row, one in zip(rows, psychics, strict=True)
    }


# By the digest of a token. 350 bytes each.
whose_token = Whose(20_000)


class Credential(NamedTuple):
    """What came with a request: the text of a token, or the key of a login session."""

    token: str = ""
    session_key: str = ""

    def __repr__(self) -> str:
        """Without what opens the account: this may stand in a log line."""
        return f"Credential({'token' if self.token else 'session'})"


def by_credentials(credentials: Sequence[Credential]) -> list[Psychic | None]:
    """Who each of them lets in, as it stands. They are asked for together."""
    return Lookup(credentials).look()


class NotTheirs(BaseException):
    """Out of what was begun at a guess, where who asks is somebody else, or may not go on: no Exception, so that nobody
    takes it for a failure of what they did."""


class Lookup:
    """Of credentials who each of them lets in: `questions`, and what to make of the answers. One that comes several
    times is looked up once.

    `guesses`: of each whom it let in when it was read last, for who asks something else in the same exchange; `read`
    has the last word. None where that is not known of all of them, and on SQLite, where it spares nothing. `is_known`:
    whether all of them have let somebody in before.
    """

    def __init__(self, credentials: Sequence[Credential]) -> None:
        self.credentials = credentials
        self.digests = {one.token: hash_token(one.token) for one in credentials if one.token}
        self.sessions = {one.session_key: SessionStore(one.session_key) for one in credentials if not one.token}
        # A session of which it is not known whose it is reads itself, as one that is not found.
        logins = {key: owner for key in self.sessions if (owner := whose.get(key)) is not None}
        self.questions: list[Question] = []
        if self.digests:
            self.questions.append(tokens_of(self.digests.values()))
        if logins:
            self.questions.append((LOGINS, as_rows(logins.items()), stored_moment(datetime.now(UTC))))
        known = [
            whose_token.get(self.digests[one.token]) if one.token else logins.get(one.session_key)
            for one in credentials
        ]
        guesses = [one for one in known if one is not None]
        self.is_known = len(guesses) == len(known)
        self.guesses = guesses if self.is_known and vendor() == "postgresql" else None

    def is_right(self, psychics: Sequence[Psychic | None]) -> bool:
        """Whether nobody else was let in than was guessed."""
        return all(one is None or one.pk == guess for one, guess in zip(psychics, self.guesses or (), strict=True))

    def look(self) -> list[Psychic | None]:
        """Who each of them lets in, as it stands."""
        return self.read(ask(*self.questions))

    def read(self, answers: Sequence[list[Row]]) -> list[Psychic | None]:
        """`answers`: the rows of each question."""
        left = iter(answers)
        known = read_tokens(next(left)) if self.digests else {}
        for digest, token in known.items():
            whose_token.put(digest, token.psychic.pk)
        for rows in left:
            psychics = sql.psychics([row[2:] for row in rows], SIGNED_IN)
            for (key, text, *_), psychic in zip(rows, psychics, strict=True):
                psychic.session_data = text  # type: ignore[attr-defined]  # as the store reads it
                self.sessions[key].psychic = psychic
        signed_in = {key: by_session(session) for key, session in self.sessions.items()}
        return [
            by_token(known.get(self.digests[one.token])) if one.token else signed_in[one.session_key]
            for one in self.credentials
        ]


def by_token(token: Token | None) -> Psychic | None:
    if token is None or token.is_tidied or accounts.is_over(token.created, token.expiry) or is_due(token):
        return None
    return token.psychic if token.psychic.is_active and not bans.is_banned(token.psychic) else None


def is_due(token: Token) -> bool:
    """Whether knox renews it when it is used now."""
    if token.expiry is None:
        return False
    expiry = min(datetime.now(UTC) + knox_settings.TOKEN_TTL, token.created + knox_settings.AUTO_REFRESH_MAX_TTL)
    return bool((expiry - token.expiry).total_seconds() > knox_settings.MIN_REFRESH_INTERVAL)


def by_session(session: SessionStore) -> Psychic | None:
    psychic = good_login(session)
    # One that was changed by being read is to be stored, and its cookie sent again.
    return psychic if psychic is not None and not session.modified and not bans.is_banned(psychic) else None
