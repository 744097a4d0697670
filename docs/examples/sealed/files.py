"""Files: sealed in chunks of 1 MiB, so that no more than one has to be held, and none can be left out or moved."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .words import Refused

CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
LABEL = b"mindnet file"
NAME, MEDIA_TYPE = "sealed", "application/octet-stream"  # what the server is told of every file


def new_key():
    return secrets.token_bytes(32)


def encrypt(key, file):
    """Yields the sealed chunks of a binary file. An empty one has one chunk."""
    chunk, number = file.read(CHUNK_BYTES), 0
    while True:
        following = file.read(CHUNK_BYTES)
        yield AESGCM(key).encrypt(iv(number, not following), chunk, LABEL)
        if not following:
            return
        chunk, number = following, number + 1


def decrypt(key, file):
    """Yields what was in the chunks of a sealed file. Raises Refused at the first that is not where it belongs, and at
    the end if that is missing: what came before is a beginning then, and not the file."""
    chunk, number = file.read(CHUNK_BYTES + TAG_BYTES), 0
    while True:
        following = file.read(CHUNK_BYTES + TAG_BYTES)
        try:
            yield AESGCM(key).decrypt(iv(number, not following), chunk, LABEL)
        except (InvalidTag, ValueError):
            raise Refused("box", "A file has been altered or cut off.") from None
        if not following:
            return
        chunk, number = following, number + 1


def iv(number, is_last):
    return bytes(7) + number.to_bytes(4) + bytes([is_last])
