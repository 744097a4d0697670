"""What is asked of every file that somebody sends, and what is said of one that is no good."""

import os
from typing import IO

from django.conf import settings

from mindnet.base.confined import Exceeded
from mindnet.base.errors import DomainError, damaged_picture, invalid

TOO_MUCH = {
    "seconds": "This picture takes too long to unpack. Try a smaller one.",
    "memory": "This picture takes too much memory to unpack. Try a smaller one.",
}


def size_of(file: IO[bytes], *, more_bytes: int = 0) -> int:
    """In bytes. Raises payload_too_large above UPLOAD_BYTES and what it may have more, validation_error for an empty
    file."""
    size, most = file.seek(0, os.SEEK_END), settings.LIMITS["UPLOAD_BYTES"]
    if size > most + more_bytes:
        raise DomainError("payload_too_large", f"A file takes at most {most / 1024 / 1024:.3g} MiB.")
    if not size:
        raise invalid("file", "This file is empty.")
    return size


def refusal_of(exceeded: Exceeded) -> DomainError:
    """Of a picture that took more than it may to unpack."""
    words = TOO_MUCH.get(exceeded.of)
    return invalid("file", words) if words else damaged_picture()
