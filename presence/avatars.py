"""Avatars: the picture of a psychic, in the storage of uploads under a key that is new with every upload.

The row names the key; whoever dies between a file and its row leaves a file that nobody names, and `remove_orphans`
takes it away.
"""

import logging
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, not_found
from mindnet.database.prepared import Worded, fetch
from mindnet.database.transactions import write_transaction
from presence import pictures
from presence.accounts import find_psychic
from presence.models import Psychic
from presence.shapes import ProfileRow

logger = logging.getLogger(__name__)

FOLDER = "avatars"
SIDE = 256
# For lists and messages, where it stands at 34 px: a page full of people stays light.
SMALL_SIDE = 72
# More than any 256 px WebP takes; a file is read no further.
FILE_BYTES = 512 * 1024
# By then every upload has its row.
ORPHAN_SECONDS = 3600


def url(username: str, key: str, *, small: bool = False) -> str:
    """Where a picture is: with its key, so that a new picture has a new address."""
    return f"/psychics/{username}/avatar?v={key}" + ("&small=1" if small else "")


def url_of(psychic: Psychic | ProfileRow) -> str | None:
    """None without a picture."""
    return url(psychic.username, psychic.avatar) if psychic.avatar else None


KEYS = "SELECT id, avatar FROM psychics WHERE id {ids} ORDER BY id"


def keys_of(psychic_ids: Iterable[int]) -> dict[int, str]:
    """{id: key, "" for none} of these psychics, in one query, and in an order that says nothing: without one the
    database gives rows in the order in which they were last written, and so tells of who is invisible."""
    [rows] = fetch(asked(psychic_ids))
    return dict(rows)


def asked(psychic_ids: Iterable[int]) -> Worded:
    """What `keys_of` asks."""
    return Worded((KEYS, sorted(set(psychic_ids))))


def file_name(key: str, *, small: bool = False) -> str:
    return f"{FOLDER}/{key}{'-small' if small else ''}.webp"


def read_avatar(*, username: str, small: bool = False) -> tuple[str, bytes]:
    """(key, bytes) of a psychic's picture, or not_found."""
    psychic = find_psychic(username)
    if not psychic.avatar:
        raise not_found()
    try:
        with default_storage.open(file_name(psychic.avatar, small=small)) as file:
            return psychic.avatar, file.read(FILE_BYTES)
    except OSError as error:
        logger.warning("the avatar of %s cannot be read: %s", psychic.username, error)
        raise not_found() from None


def set_avatar(*, psychic: Psychic, file: "UploadedFile[bytes]") -> Psychic:
    """Makes an uploaded picture the psychic's. Gives the row as it is now."""
    rates.check("AVATAR_RATE", psychic.pk)
    large, small = pictures.squares(file, (SIDE, SMALL_SIDE), psychic_id=psychic.pk)

    key = secrets.token_hex(8)
    store(key, large, small)
    # Should this fail, the files stay for the sweep: a commit that broke off may have happened.
    return change_avatar(psychic, key)


def remove_avatar(*, psychic: Psychic) -> Psychic:
    """The picture is gone; without one nothing happens. Gives the row as it is now."""
    return change_avatar(psychic, "")


def store(key: str, large: bytes, small: bytes) -> None:
    """Both sizes, or neither: `unavailable`."""
    try:
        default_storage.save(file_name(key), ContentFile(large))
        default_storage.save(file_name(key, small=True), ContentFile(small))
    except OSError as error:
        logger.error("an avatar cannot be stored: %s", error)
        remove_files(key)
        raise DomainError("unavailable", "The picture could not be stored. Try again.", retry_after=5) from None


def change_avatar(psychic: Psychic, key: str) -> Psychic:
    """Writes the key, "" for none, and removes the files of the old one. Gives the fresh row."""
    with write_transaction():
        row = Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
        old, row.avatar = row.avatar, key
        if old != key:
            Psychic.objects.filter(pk=row.pk).update(avatar=key)
            # After the commit: until then the old row may come back.
            transaction.on_commit(lambda: remove_files(old))
    return row


def remove_files(key: str) -> None:
    if not key:
        return
    for small in (False, True):
        try:
            default_storage.delete(file_name(key, small=small))
        except OSError as error:
            logger.warning("an avatar cannot be removed: %s", error)


@receiver(post_delete, sender=Psychic)
def psychic_deleted(sender: type[Psychic], instance: Psychic, **kwargs: Any) -> None:
    transaction.on_commit(lambda: remove_files(instance.avatar))


def remove_orphans() -> None:
    """For the sweep of old rows: files that no row names, once they are old enough to have one."""
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return
    except OSError as error:
        logger.warning("the avatars cannot be listed: %s", error)
        return
    keys = {name.partition(".")[0].removesuffix("-small") for name in names}
    named = set(Psychic.objects.exclude(avatar="").values_list("avatar", flat=True))
    for key in keys - named:
        if is_old(key):
            remove_files(key)


def is_old(key: str) -> bool:
    """Whether a file of this key has lain there for ORPHAN_SECONDS."""
    before = timezone.now() - timedelta(seconds=ORPHAN_SECONDS)
    for small in (False, True):
        try:
            return default_storage.get_modified_time(file_name(key, small=small)) < before
        except FileNotFoundError:
            continue
    return False
