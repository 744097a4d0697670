"""Every group name. Made from numbers only, never from text a person chose.

Redis has one name space for all who publish through it, whatever database number their address names. So on the wire
each name carries which installation it belongs to: two of them on one Redis have rooms of the same numbers, and must
not hear each other.
"""

import functools
import hashlib

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# What concerns no single room: presence, what goes to one psychic, orders to close. Every process listens, so that a
# connection costs no subscription of its own.
NODES = "nodes"


def room(room_id: int) -> str:
    return f"room.{room_id}"


def on_the_wire(group: str) -> str:
    """The group's name in the channel layer. The first call asks the database, so it is made where one may."""
    return f"{installation()}.{group}"


@functools.cache
def installation() -> str:
    """12 characters that all processes on one database have in common, and others have not.

    Made of when this database was first migrated, to the microsecond, and of its name: a copy of a database lives under
    another name. How a process reaches it, by which host and user, plays no part. A file's name would differ from
    container to container, so of SQLite's only the time counts.
    """
    applied = MigrationRecorder.Migration.objects.order_by("pk").values_list("applied", flat=True).first()
    name = "" if connection.vendor == "sqlite" else connection.settings_dict["NAME"]
    return hashlib.sha256(f"{applied} {name}".encode()).hexdigest()[:12]
