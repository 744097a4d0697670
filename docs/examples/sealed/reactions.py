"""Reactions: a token in the place of an emoji, the same each time, so that it can be taken back."""

import hmac

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
    iv = hmac.digest(mac, plain, "sha256")[:IV_BYTES]
    return b64(iv + AESGCM(key).encrypt(iv, plain, LABEL.encode()))


def emoji_of(token, psychic, reactions):
    """The emoji of a token that the server says is this psychic's. Raises Refused, also where it is another's."""
    key, _ = keys_of(reactions)
    plain = unboxed(key, unb64(token, TOKEN_BYTES), LABEL.encode())
    try:
        whose, _, emoji = plain.rstrip(b"\0").decode().partition(":")
    except UnicodeDecodeError:
        raise Refused("text", "A reaction is no text.") from None
    if whose != str(psychic) or token_of(emoji, psychic, reactions) != token:
        raise Refused("sender", "A reaction is another's than the server says.")
    return emoji


def keys_of(reactions):
    both = derived(unb64(reactions, 32), b"", LABEL, 64)
    return both[:32], both[32:]
