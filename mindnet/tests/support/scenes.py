"""What the services have made once, made again by copying its rows: that takes a tenth of the time."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from presence.models import Psychic
from rooms.models import Invitation, LogEntry, Restriction, Room, RoomParticipant

# What a scene may write, in the order in which rows name each other.
MODELS: tuple[type[Model], ...] = (Psychic, Room, RoomParticipant, Invitation, Restriction, LogEntry)

Rows = dict[type[Model], list[Model]]
Places = dict[tuple[Any, Any], Any]  # (model, number in the first) -> number in the copy


@dataclass
class First:
    """The first of a scene, as it was when it had been made."""

    guests: list[Model]
    made: list[Model]  # what it handed out
    rows: Rows
    made_at: datetime


firsts: dict[tuple[Any, ...], First] = {}  # scene and what it was given -> its first


def stage(scene: Callable[..., list[Any]], *given: Any) -> list[Any]:
    """What `scene(*given)` makes and hands out: a list of rows.

    The first of its kind goes through the services, which takes as long as many a test. Later ones are copies of its
    rows, under numbers of their own and with times as if it were now. Rows among what is given are guests: they are
    there already, and copies name those of their own test. Raises AssertionError where a scene changes a guest, or
    writes what cannot be copied.
    """
    guests = [one for one in given if isinstance(one, Model)]
    key = (scene, *(str(one) for one in given))  # a scene may write names down
    if key in firsts:
        return made_again(firsts[key], guests)
    before, there = stored_rows(), [values(one) for one in guests]
    made = scene(*given)
    rows = written_since(before)
    assert [values(type(one)._default_manager.get(pk=one.pk)) for one in guests] == there, f"{scene} changes a guest"
    # The test that has it may change it.
    firsts[key] = First(copy.deepcopy(guests), copy.deepcopy(made), rows, timezone.now())
    return made


def stored_rows() -> dict[type[Model], set[Any]]:
    return {model: set(model._default_manager.values_list("pk", flat=True)) for model in apps.get_models()}


def written_since(before: dict[type[Model], set[Any]]) -> Rows:
    """What is there now and was not then. Raises AssertionError for a model that is not among MODELS."""
    new = {model: list(model._default_manager.exclude(pk__in=pks).order_by("pk")) for model, pks in before.items()}
    strange = [model._meta.label for model, rows in new.items() if rows and model not in MODELS]
    assert not strange, f"a scene cannot copy {', '.join(strange)}"
    return {model: new[model] for model in MODELS}


def made_again(first: First, guests: list[Model]) -> list[Any]:
    later = timezone.now() - first.made_at
    places: Places = {(type(was), was.pk): now.pk for was, now in zip(first.guests, guests, strict=True)}
    for model, rows in first.rows.items():
        copies = [moved(row, places, later) for row in rows]
        model._default_manager.bulk_create(copies)
        places |= {(model, row.pk): made.pk for row, made in zip(rows, copies, strict=True)}
    return [stored(row, places, later) for row in first.made]


def values(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def moved(row: Model, places: Places, later: timedelta) -> Model:
    """The same row without a number, naming the copies of what it named."""
    fresh = {}
    for field in row._meta.concrete_fields:
        value = copy.deepcopy(getattr(row, field.attname))
        if field.is_relation:
            value = places.get((field.related_model, value), value)
        elif isinstance(value, datetime):
            value += later
        if not field.primary_key:
            fresh[field.attname] = value
    return type(row)(**fresh)


def stored(row: Model, places: Places, later: timedelta) -> Any:
    """One of those that the scene handed out, as it was then."""
    made = moved(row, places, later)
    made.pk = places[type(row), row.pk]
    made._state.adding, made._state.db = False, "default"
    return made
