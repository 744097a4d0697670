"""The five who stand in every test of what may be done in a room."""

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone

from presence.models import Psychic
from rooms import invitations, restrictions, roles, services
from rooms.models import Invitation, Kind, LogEntry, Restriction, Room, RoomParticipant

# What the services write for them, in the order in which rows name each other.
MODELS: tuple[type[Model], ...] = (Psychic, Room, RoomParticipant, Invitation, Restriction, LogEntry)


@dataclass
class Cast:
    """A room and those around it. The restricted one is in it, and muted without an end."""

    room: Room
    owner: Psychic
    moderator: Psychic
    participant: Psychic
    restricted: Psychic
    outsider: Psychic

    def everybody(self) -> dict[str, Psychic]:
        """{part: psychic}, for tests that ask the same of each."""
        return {part: value for part, value in vars(self).items() if isinstance(value, Psychic)}


@dataclass
class First:
    """The first cast of a kind, as it was when it had been made."""

    cast: Cast
    rows: list[list[Model]]  # of each of MODELS
    made_at: datetime


firsts: dict[str, First] = {}  # kind -> its first


def make_cast(kind: str = Kind.OPEN) -> Cast:
    """Olga owns the room, Mona moderates it, Paul takes part, Rita is muted, Otto is not in it.

    The first of a kind goes through the services, which takes as long as many a test. Later ones are copies of its
    rows, under numbers of their own and with times as if it were now.
    """
    if kind in firsts:
        return made_again(firsts[kind])
    there = [set(model._default_manager.values_list("pk", flat=True)) for model in MODELS]
    cast = play(kind)
    rows = [
        list(model._default_manager.exclude(pk__in=pks).order_by("pk"))
        for model, pks in zip(MODELS, there, strict=True)
    ]
    # The test that has it may change it.
    firsts[kind] = First(Cast(**{part: copy.deepcopy(row) for part, row in vars(cast).items()}), rows, timezone.now())
    return cast


Places = dict[tuple[Any, Any], Any]  # (model, number in the first) -> number in the copy


def made_again(first: First) -> Cast:
    later, places = timezone.now() - first.made_at, Places()
    for model, rows in zip(MODELS, first.rows, strict=True):
        copies = [moved(row, places, later) for row in rows]
        model._default_manager.bulk_create(copies)
        places |= {(model, row.pk): made.pk for row, made in zip(rows, copies, strict=True)}
    return Cast(**{part: stored(row, places, later) for part, row in vars(first.cast).items()})


def moved(row: Model, places: Places, later: timedelta) -> Model:
    """The same row without a number, naming the copies of what it named."""
    values = {}
    for field in row._meta.concrete_fields:
        value = copy.deepcopy(getattr(row, field.attname))
        if field.is_relation:
            value = places.get((field.related_model, value), value)
        elif isinstance(value, datetime):
            value += later
        if not field.primary_key:
            values[field.attname] = value
    return type(row)(**values)


def stored(row: Model, places: Places, later: timedelta) -> Any:
    """One of the cast, as the services handed it out the first time."""
    made = moved(row, places, later)
    made.pk = places[type(row), row.pk]
    made._state.adding, made._state.db = False, "default"
    return made


def play(kind: str) -> Cast:
    """The same, through the services."""
    names = ("olga", "mona", "paul", "rita", "otto")
    olga, mona, paul, rita, otto = (Psychic.objects.create_user(name, password="open the third eye") for name in names)
    room, _ = services.create_room(psychic=olga, name="The garden", kind=kind)
    for guest in (mona, paul, rita):
        code = invitations.invite(psychic=olga, room_id=room.pk).code if kind == Kind.CLOSED else None
        services.join_room(psychic=guest, room_id=room.pk, invitation=code)
    roles.set_role(psychic=olga, room_id=room.pk, username="mona", role="moderator")
    restrictions.restrict(psychic=olga, room_id=room.pk, username="rita", kind="mute", reason="Too loud.")
    return Cast(room, olga, mona, paul, rita, otto)
