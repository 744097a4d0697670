"""The epoch of this installation: under which name its rooms' numbers were given.

A number is a promise for as long as the database remembers that it gave it. A backup put back has forgotten some, gives
them again to other messages, and clients that hold them would never ask. So a database that has become another than it
was begins a new epoch, and numbers under the old one count for nothing (`reset` in the reply to `sync`).

That it has become another is seen in three ways: a process finds a number or its own heartbeat gone back while it runs;
at the start the newest heartbeat in the database is older than the one that was last noted beside it, in DATA_DIR; or
somebody who has restored a backup says so with `manage.py new_epoch`.
"""

import logging
import os
import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from mindnet.database.transactions import write_transaction
from mindnet.realtime import groups
from presence.models import Node
from rooms.models import Epoch

logger = logging.getLogger(__name__)

# The one row.
ID = 1


def current() -> str:
    """The epoch as clients know it; the first one is made where there is none yet."""
    return str(Epoch.objects.get_or_create(pk=ID)[0])


def renew(since: datetime) -> str:
    """The epoch after what has happened at some time after `since`: a new one, unless another process was first."""
    current()
    with write_transaction():
        began = Epoch.objects.filter(pk=ID, began_at__lte=since).update(value=uuid.uuid4(), began_at=timezone.now())
    if began:
        logger.warning("the database has gone back to before %s: a new epoch begins, and clients read anew", since)
    return current()


def begin() -> str:
    """The epoch at the start of a process, before the process itself leaves a trace in the database."""
    noted = read_note()
    if noted is not None:
        newest = Node.objects.aggregate(newest=Max("heartbeat_at"))["newest"]
        if newest is None or newest < noted:
            return renew(noted)
    return current()


# What is noted beside the database: until when it is known to remember.


def note_path() -> Path:
    """One for each database that is served from this DATA_DIR."""
    folder: Path = settings.DATA_DIR
    return folder / f"heartbeat.{groups.installation()}"


def note(heartbeat_at: datetime) -> None:
    """After this heartbeat was committed. A note that cannot be written is no reason to stop: `new_epoch` is left."""
    path = note_path()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_text(heartbeat_at.isoformat())
        draft.replace(path)
    except OSError as error:
        logger.warning("the last heartbeat could not be noted: %s", error)


def read_note() -> datetime | None:
    """None where there is none, or none that can be read."""
    try:
        return datetime.fromisoformat(note_path().read_text())
    except (OSError, ValueError):
        return None
