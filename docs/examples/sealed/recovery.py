"""The recovery code, and the bundle in which the private keys of a recovery device lie on the server."""

import re
import secrets

from .devices import OwnDevice
from .suites import boxed, derived, unboxed
from .words import ALPHABET, Refused, an_id, b64, base32, check, in_groups, one_of, raw, read, unb64, write

CODE_BYTES = 16
CODE_CHARACTERS = 26
READ_AS = str.maketrans("OIL", "011")

BUNDLE = {"v": one_of(1), "device": an_id, "salt": raw(16), "iv": raw(12), "box": raw()}
KEYS = {"dh": raw(), "sign": raw()}


def new_code():
    """Sixteen random bytes."""
    return secrets.token_bytes(CODE_BYTES)


def write_code(code):
    """As a person writes it down: 26 characters in groups of four, the last two bits zero."""
    return in_groups(base32(int.from_bytes(code) << 2, CODE_CHARACTERS))


def read_code(text):
    """The bytes of a code as a person types it. Raises Refused."""
    characters = re.sub(r"[\s-]", "", text).upper().translate(READ_AS)
    if len(characters) != CODE_CHARACTERS or not set(characters) <= set(ALPHABET):
        raise Refused("code", f"A recovery code has {CODE_CHARACTERS} characters of {ALPHABET}.")
    number = 0
    for character in characters:
        number = number << 5 | ALPHABET.index(character)
    if number & 3:
        raise Refused("code", "That is no recovery code: its last character is none that a code ends with.")
    return (number >> 2).to_bytes(CODE_BYTES)


def wrap(own, code):
    """The bundle of a recovery device: its private keys under a key made of the code."""
    salt = secrets.token_bytes(16)
    box = boxed(derived(code, salt, "mindnet recovery", 32), write(own.private()).encode(), own.id.encode())
    return {"v": 1, "device": own.id, "salt": b64(salt), "iv": b64(box[:12]), "box": b64(box[12:])}


def unwrap(bundle, code, device):
    """The recovery device with its private keys. `device`: as the log has it, so that no other can be put in its place.
    Raises Refused, with `code` where the code is wrong."""
    bundle = check(bundle, BUNDLE)
    if bundle["device"] != device.id:
        raise Refused("device", "The bundle is of another device.")
    key = derived(code, unb64(bundle["salt"]), "mindnet recovery", 32)
    keys = unboxed(key, unb64(bundle["iv"]) + unb64(bundle["box"]), device.id.encode(), why="code")
    private = read(keys.decode(), KEYS)
    return OwnDevice.of_private(device.card, device.signature, private)
