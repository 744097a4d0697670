"""How everyone's room comes to be: by the migration, and again after a `flush` has emptied the tables."""

from typing import Any

# A pair is unique, so that only one can be made whoever makes it first. Places are not counted here, and so not bounded
# but by the column.
FIELDS = {"name": "Everyone", "pair": "everyone", "max_participants": 2**31 - 1}


def make_everyones_room(Room: Any, using: str) -> None:
    Room.objects.using(using).get_or_create(kind="broadcast", defaults=FIELDS)
