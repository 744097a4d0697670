"""Reactions: a token in the place of an emoji, the same each time, so that it can be taken back."""

import hmac
import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .suites import IV_BYTES, derived, unboxed
from .words import Refused, b64, unb64

LABEL = "mindnet reaction"
PLAIN_BYTES = 48
TOKEN_BYTES = IV_BYTES + PLAIN_BYTES + 16


def token_of(emoji, psychic, reactions):
    """What is sent for a psychic's emoji. `psychic`: the id; `reactions`: that of the box, b64."""
    plain = f"{psychic}:{emoji}".encode().ljust(PLAIN_BYTES, b"\0")
    if len(plain) > PLAIN_BYTES:
        raise Refused("too_large", "That is too long for a reaction.")
    key, mac = keys_of(reactions)
    iv = iv_of(mac, plain)
    return b64(iv + AESGCM(key).encrypt(iv, plain, LABEL.encode()))


def emoji_of(token, psychic, reactions):
    """The emoji of a token that the server says is this psychic's. Raises Refused, also where it is another's."""
    key, mac = keys_of(reactions)
    box = unb64(token, TOKEN_BYTES)
    plain = unboxed(key, box, LABEL.encode())
    if not hmac.compare_digest(box[:IV_BYTES], iv_of(mac, plain)):
        raise Refused("box", "A reaction has another token than the same reaction would have.")
    said = re.fullmatch(rb"([1-9][0-9]*):([^\0]+)\0*", plain)
    try:
        whose, emoji = said[1].decode(), said[2].decode()
    except (TypeError, UnicodeDecodeError):
        raise Refused("text", "What is in a reaction is none.") from None
    if whose != str(psychic):
        raise Refused("sender", "A reaction is another's than the server says.")
    return emoji


def iv_of(mac, plain):
    """The same for the same reaction, and for no other."""
    return hmac.digest(mac, plain, "sha256")[:IV_BYTES]


def keys_of(reactions):
    both = derived(unb64(reactions, 32), b"", LABEL, 64)
    return both[:32], both[32:]
