"""Files in the storage of uploads, a folder or a bucket: whole or not at all, and never in memory as a whole.

A key is a name of ours, new with every file. What fails is said as `unavailable`; whoever asks again finds the file
under its key or nothing, for a row says what is there (`messaging.models.Attachment`).
"""

import logging
from collections.abc import Iterator
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

from mindnet.base.errors import DomainError, not_found

logger = logging.getLogger(__name__)

CHUNK_BYTES = 64 * 1024


class Pieces(Iterator[bytes]):
    """Bytes of an open file, from where it stands, in pieces of CHUNK_BYTES. It is closed at the end, or by `close`,
    which Django calls for what it hands out."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self.file = file
        self.left = length

    def __next__(self) -> bytes:
        piece = self.file.read(min(CHUNK_BYTES, self.left)) if self.left > 0 else b""
        if not piece:
            self.close()
            raise StopIteration
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.file.close()


def save(key: str, stream: IO[bytes]) -> None:
    """Stores what `stream` has, from its beginning. What lay under the key before, of an attempt that broke off, is
    gone. Raises `unavailable`; then nothing is left, or what is left is nobody's."""
    try:
        default_storage.save(key, File(stream))
    except OSError as error:
        logger.error("a file cannot be stored: %s", error)
        try:
            default_storage.delete(key)
        except OSError:
            pass  # whoever takes away what has no row takes this too
        raise unavailable("The file could not be stored. Try again.") from None


def read(key: str, start: int, stop: int) -> Pieces:
    """The bytes from `start` up to before `stop`, in pieces. Raises not_found for a file that is lost, `unavailable`
    where the storage does not answer."""
    try:
        file = opened(key, start, stop)
    except FileNotFoundError:
        logger.warning("the file %s is lost", key)
        raise not_found() from None
    except OSError as error:
        logger.error("a file cannot be read: %s", error)
        raise unavailable("The file could not be read. Try again.") from None
    return Pieces(file, stop - start)


def opened(key: str, start: int, stop: int) -> IO[bytes]:
    """From `start` on. A bucket is asked for these bytes alone."""
    if hasattr(default_storage, "read_range"):
        part: IO[bytes] = default_storage.read_range(key, start, stop)
        return part
    file = default_storage.open(key)
    file.seek(start)
    return file


def delete(key: str) -> None:
    """The file is gone; without one nothing happens. Raises `unavailable`."""
    try:
        default_storage.delete(key)
    except OSError as error:
        logger.warning("a file cannot be removed: %s", error)
        raise unavailable("The file could not be removed. Try again.") from None


def path(key: str) -> str | None:
    """Where the file lies on this machine, None where it does not: in a bucket."""
    try:
        return default_storage.path(key)
    except NotImplementedError:
        return None


def unavailable(detail: str) -> DomainError:
    return DomainError("unavailable", detail, retry_after=5)
