"""A sealed file comes back whole, or not at all."""

import io

import pytest
from sealed.files import CHUNK_BYTES, decrypt, encrypt, new_key
from sealed.words import Refused

pytestmark = pytest.mark.once

CHUNK = CHUNK_BYTES + 16


def sealed(key, plain):
    return b"".join(encrypt(key, io.BytesIO(plain)))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_it_comes_back(size):
    key, plain = new_key(), bytes(size)
    box = sealed(key, plain)
    assert len(box) == size + 16 * max(1, -(-size // CHUNK_BYTES))
    assert b"".join(decrypt(key, io.BytesIO(box))) == plain


def test_nothing_can_be_left_out_or_moved():
    key = new_key()
    box = sealed(key, bytes(2 * CHUNK_BYTES) + b"the end")
    first, second, last = box[:CHUNK], box[CHUNK : 2 * CHUNK], box[2 * CHUNK :]
    for broken in (b"", first, first + second, second + first + last, first + last, first + second + last[:-1],
                   box + b"\0", b"\1" + box[1:] if not box[0] else b"\0" + box[1:]):  # fmt: skip
        with pytest.raises(Refused):
            list(decrypt(key, io.BytesIO(broken)))
    with pytest.raises(Refused):
        list(decrypt(new_key(), io.BytesIO(box)))
