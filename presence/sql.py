"""The statements for connections and what they add up to, for `mindnet.database.statements`."""

from collections.abc import Callable, Iterable, Set
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import BooleanField, DateTimeField
from django.db.models.base import ModelState
from django.utils import timezone

from mindnet.database.statements import Question, Row, as_rows, read_moment, read_uuid, stored_moment, vendor
from presence.models import NODE_LEASE_SECONDS, Psychic

# Of a psychic, what their presence is made of and what is told of it.
PRESENCE = frozenset((
    "id", "username", "is_active", "status", "chosen_status", "note", "until", "last_online", "connection_id",
    "room_id", "shown_everyone_read_seq",
))  # fmt: skip
FLAGS = {field.attname for field in Psychic._meta.concrete_fields if isinstance(field, BooleanField)}
MOMENTS = {field.attname for field in Psychic._meta.concrete_fields if isinstance(field, DateTimeField)}


def columns(fields: Set[str]) -> str:
    """Fields of a psychic as `psychics` expects their columns: in the order of the model."""
    return ", ".join(f"p.{one.attname}" for one in Psychic._meta.concrete_fields if one.attname in fields)


PSYCHICS = f"SELECT {columns(PRESENCE)} FROM psychics p WHERE id {{ids}} ORDER BY id {{for_no_key_update}}"
# As ConnectionQuerySet.live has it.
LIVE = """SELECT c.psychic_id, c.id, c.room_id, c.is_away, c.close_code
FROM connections c JOIN nodes n ON n.id = c.node_id
WHERE c.psychic_id {ids} AND c.closed_at IS NULL AND n.stopped_at IS NULL AND n.heartbeat_at > %s
ORDER BY c.opened_at, c.id"""
STATUS = """UPDATE psychics
SET status = new.status, connection_id = new.connection_id, room_id = new.room_id, last_online = new.last_online
FROM {rows:id bigint, status text, connection_id uuid, room_id bigint, last_online timestamptz} AS new
WHERE psychics.id = new.id"""

CLOSED = "SELECT DISTINCT psychic_id FROM connections WHERE psychic_id {ids} AND closed_at IS NOT NULL"
OPEN = """INSERT INTO connections (id, psychic_id, node_id, opened_at, is_away, address, user_agent, credential,
    session_key, token_digest, close_reason)
SELECT id, psychic_id, %s, opened_at, false, address, user_agent, credential, session_key, token_digest, ''
FROM {rows:id uuid, psychic_id bigint, opened_at timestamptz, address inet, user_agent text, credential text,
    session_key text, token_digest text} AS new"""
CLOSE = """UPDATE connections SET closed_at = %s WHERE node_id = %s AND id {uuids} AND closed_at IS NULL
RETURNING id, psychic_id, address, user_agent, opened_at"""
LOOK = "UPDATE connections SET room_id = %s WHERE id = %s"
REPLACE = "UPDATE connections SET close_code = %s, close_reason = %s WHERE id {uuids}"

# A node's open connections that may have to be closed: somebody has marked them, or what they stand on is over, however
# that came. Empty keys are of the release before, which ends them by `credential` alone.
TO_CLOSE = """SELECT c.id, c.close_code, c.close_reason, p.is_active, p.banned_until, p.ban_reason,
    p.settled_password <> '' AND p.settled_password <> p.password
FROM connections c JOIN psychics p ON p.id = c.psychic_id
LEFT JOIN django_session s ON s.session_key = c.session_key AND s.expire_date > %s
LEFT JOIN knox_authtoken t ON t.digest = c.token_digest AND t.created > %s AND (t.expiry IS NULL OR t.expiry > %s)
WHERE c.node_id = %s AND c.closed_at IS NULL AND (
    c.close_code IS NOT NULL OR NOT p.is_active OR p.banned_until > %s
    OR (p.settled_password <> '' AND p.settled_password <> p.password)
    OR (c.session_key <> '' AND s.session_key IS NULL) OR (c.token_digest <> '' AND t.digest IS NULL))"""


class Live(NamedTuple):
    """A live connection."""

    pk: UUID
    room_id: int | None
    is_away: bool
    close_code: int | None


class Ended(NamedTuple):
    """A connection that was closed just now."""

    pk: UUID
    psychic_id: int
    address: str | None
    user_agent: str
    opened_at: datetime


def presence_of(psychic_ids: Iterable[int]) -> tuple[Question, Question]:
    """The questions for psychics, locked, and for their live connections, which are read under the lock."""
    psychic_ids = list(psychic_ids)
    fresh = stored_moment(timezone.now() - timedelta(seconds=NODE_LEASE_SECONDS))
    return (PSYCHICS, psychic_ids), (LIVE, psychic_ids, fresh)


def psychics(rows: Iterable[Row], fields: Set[str] = PRESENCE) -> list[Psychic]:
    """Rows of `columns` as models that have these fields and read others only when asked for them."""
    fields = frozenset(fields)
    readers, names = readers_of(fields) if vendor() == "sqlite" else [], names_of(fields)
    found = []
    for row in rows:
        values = list(row)
        for place, read in readers:
            if values[place] is not None:
                values[place] = read(values[place])
        found.append(psychic_of(names, values))
    return found


def psychic_of(names: Iterable[str], values: Iterable[Any]) -> Psychic:
    """As `Psychic.from_db`, past the signals of a model that is made, which nobody hears for this one: who asks is read
    with every request."""
    psychic = Psychic.__new__(Psychic)
    psychic._state = state = ModelState()
    psychic.__dict__.update(zip(names, values, strict=True))
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    return psychic


@lru_cache
def names_of(fields: frozenset[str]) -> list[str]:
    """In the order of `columns`."""
    return [one.attname for one in Psychic._meta.concrete_fields if one.attname in fields]


@lru_cache
def readers_of(fields: frozenset[str]) -> list[tuple[int, Callable[[Any], Any]]]:
    """Where in a row of these columns SQLite has something else than the model, and what reads it."""
    readers: dict[str, Callable[[Any], Any]] = {"connection_id": read_uuid}
    readers |= dict.fromkeys(MOMENTS, read_moment) | dict.fromkeys(FLAGS, bool)
    return [(place, readers[name]) for place, name in enumerate(names_of(fields)) if name in readers]


def live(rows: Iterable[Row]) -> dict[int, list[Live]]:
    """{psychic id: [Live]} of what LIVE found, the oldest first."""
    found: dict[int, list[Live]] = {}
    for psychic_id, pk, *columns in rows:
        found.setdefault(psychic_id, []).append(Live(read_uuid(pk), *columns))
    return found


def ended(rows: Iterable[Row]) -> dict[UUID, Ended]:
    """{connection id: Ended} of what CLOSE has closed."""
    found = {}
    for pk, psychic_id, address, user_agent, opened_at in rows:
        row = Ended(read_uuid(pk), psychic_id, address, user_agent, read_moment(opened_at))
        found[row.pk] = row
    return found


def status(psychics: Iterable[Psychic]) -> list[Question]:
    """The statement that writes what these add up to now; none for nobody."""
    rows = [(one.pk, one.status, one.connection_id, one.room_id, one.last_online) for one in psychics]
    return [(STATUS, as_rows(rows))] if rows else []
