"""Texts that are signed, as docs/sealed.md has them: how bytes are written in JSON, what is hashed and signed under a
label, and reading strictly what somebody has signed.

What is signed is carried as a text and never written anew. So no two programs need to agree how JSON is written, but
each has to read it the same: members twice, members nobody knows, other spellings of the same bytes and numbers that
are not whole are refused.
"""

import base64
import hashlib
import json
import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

# Whole numbers that every language holds exactly.
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]

B64 = re.compile(r"[A-Za-z0-9_-]*")
# What the last of so many characters beyond groups of four may be: those whose unused bits are zero, so that the same
# bytes have one spelling. One alone stands for nothing.
B64_LAST = {0: "", 1: "", 2: "AQgw", 3: "AEIMQUYcgkosw048"}
SURROGATE = re.compile("[\ud800-\udfff]")
# How JSON writes one where the text itself has none.
ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

Kind = TypeVar("Kind")


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str, size: int | None = None) -> bytes:
    """The bytes, `size` of them if it is given. Raises ValueError for anything but the one way to write them."""
    if size not in (None, size_of(text)):
        raise ValueError(f"{size} bytes are expected here.")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def size_of(text: str) -> int:
    """How many bytes a text stands for, without making them. Raises ValueError as `unb64` does."""
    beyond = len(text) % 4
    if B64.fullmatch(text) is None or (beyond and text[-1] not in B64_LAST[beyond]):
        raise ValueError("This is not base64url without padding, or these bytes are written otherwise in it.")
    return len(text) * 3 // 4


def labelled(label: str, data: bytes) -> bytes:
    """What is hashed or signed under a label."""
    return label.encode() + b"\0" + data


def digest(label: str, data: bytes) -> bytes:
    """`hash(label, x)` of the format: 32 bytes."""
    return hashlib.sha256(labelled(label, data)).digest()


def read(text: str, kind: type[Kind], *, bytes_most: int) -> Kind:
    """What a JSON text says, as a msgspec structure that forbids unknown fields. Raises ValueError for a text of more
    than `bytes_most` bytes in UTF-8, and for anything else than the structure."""
    try:
        too_long = len(text.encode()) > bytes_most
    except UnicodeEncodeError:
        too_long = True
    if too_long:
        raise ValueError(f"This takes at most {bytes_most} bytes of UTF-8.")
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise ValueError("This is nested too deeply.") from None
    # Every message that is sealed passes here, and hardly any has such an escape in it.
    return convert(value, kind) if ESCAPED_SURROGATE.search(text) else msgspec.convert(value, kind)


def convert(value: Any, kind: type[Kind]) -> Kind:
    """The same of what was read from JSON already. Raises ValueError."""
    found = msgspec.convert(value, kind)
    if has_surrogate(value):  # behind the structure, which bounds how deep it is
        raise ValueError("This has half of a character in it.")
    return found


def has_surrogate(value: Any) -> bool:
    """Whether a text in it is none that UTF-8 can say."""
    if isinstance(value, dict):
        return any(has_surrogate(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(map(has_surrogate, value))
    return isinstance(value, str) and SURROGATE.search(value) is not None


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("An object has a member twice.")
    return members


def whole(text: str) -> int:
    """A number with a point or an exponent: JavaScript does not tell 1.0 from 1."""
    number = float(text)
    if not number.is_integer():
        raise ValueError("A number is not whole.")
    return int(number)


# `json.loads` would make one for each text.
DECODER = json.JSONDecoder(object_pairs_hook=once, parse_float=whole, parse_constant=whole)

# What is sealed: nothing of it can be opened here, but it has a shape.

SIGNATURE_BYTES = 64
# Behind the iv of AES-256-GCM comes at least its tag.
BOX_BYTES_LEAST = 12 + 16
# `enc` of HPKE with X25519 and with P-256, and a key of 32 bytes with its tag.
ENC_BYTES = (32, 65)
WRAPPED_KEY_BYTES = 32 + 16


def check_box(box: str, signature: str) -> None:
    """Raises ValueError."""
    if size_of(box) < BOX_BYTES_LEAST:
        raise ValueError("This box is too short to hold anything.")
    if size_of(signature) != SIGNATURE_BYTES:
        raise ValueError(f"A signature has {SIGNATURE_BYTES} bytes.")


def check_wrap(enc: str, key: str) -> None:
    """Raises ValueError."""
    if size_of(enc) not in ENC_BYTES:
        raise ValueError("This is no encapsulated key.")
    if size_of(key) != WRAPPED_KEY_BYTES:
        raise ValueError(f"A wrapped key has {WRAPPED_KEY_BYTES} bytes.")
