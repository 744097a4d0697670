"""Devices: a key pair for HPKE and one for signatures, and the card that says both."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from .suites import SIGNATURE_BYTES, SUITES
from .words import (
    Refused,
    a_key,
    a_time,
    b64,
    base32,
    hash_of,
    in_groups,
    labelled,
    one_of,
    raw,
    read,
    text_of,
    unb64,
    write,
)

# Whoever has the server sees the card that waits, and may look for one of their own that has the same code. For 40 bits
# that takes a graphics card minutes.
SHORT_CODE_BITS = 80

CARD = {
    "v": one_of(1), "suite": one_of(*SUITES), "psychic": a_key, "kind": one_of("device", "recovery"),
    "name": text_of(1, 40), "dh": raw(32, 65), "sign": raw(32, 65), "made_at": a_time,
}  # fmt: skip


class Device:
    """A device as others see it: its card, of which is known that who offered it has the key."""

    def __init__(self, card, signature):
        """Raises Refused."""
        said = read(card, CARD)
        self.card, self.signature = card, signature
        self.suite = SUITES[said["suite"]]
        self.psychic, self.kind, self.name, self.made_at = (said[key] for key in ("psychic", "kind", "name", "made_at"))
        self.dh, self.sign_public = self.keys(said)
        self.id = b64(hash_of("mindnet device", card.encode())[:16])
        self.verify("mindnet device", card.encode(), signature, why="card_signature")

    def keys(self, said):
        size = self.suite.public_bytes
        try:
            return self.suite.read_dh(unb64(said["dh"], size)), self.suite.read_sign(unb64(said["sign"], size))
        except (Refused, ValueError):
            raise Refused("card", "A card has a key that is none.") from None

    def verify(self, label, x, signature, why="signature"):
        """Raises Refused unless this device has signed `x` under the label. `signature`: b64."""
        try:
            self.suite.verify(self.sign_public, unb64(signature, SIGNATURE_BYTES), labelled(label, x))
        except (InvalidSignature, ValueError):
            raise Refused(why, "A signature is not of the device that should have made it.") from None

    @property
    def short_code(self):
        """What two devices of one psychic show each other, as `ABCD-EFGH-JKMN-PQRS`."""
        digest = hash_of("mindnet device", self.card.encode())[: SHORT_CODE_BITS // 8]
        return in_groups(base32(int.from_bytes(digest), SHORT_CODE_BITS // 5))


class OwnDevice(Device):
    """A device with its private keys."""

    def __init__(self, card, signature, dh, sign):
        super().__init__(card, signature)
        self.dh_private, self.sign_private = dh, sign
        said = read(card, CARD)
        if (b64(self.suite.public(dh)), b64(self.suite.public(sign))) != (said["dh"], said["sign"]):
            raise Refused("keys", "The private keys are not those of the card.")

    @classmethod
    def make(cls, psychic, name, made_at, kind="device", suite=1):
        """A new one. `psychic`: the id of whose it is; `made_at`: as ISO 8601, for people."""
        suite = SUITES[suite]
        dh, sign = suite.new_dh(), suite.new_sign()
        card = write({
            "v": 1, "suite": suite.number, "psychic": psychic, "kind": kind, "name": name,
            "dh": b64(suite.public(dh)), "sign": b64(suite.public(sign)), "made_at": made_at,
        })  # fmt: skip
        signature = suite.sign(sign, labelled("mindnet device", card.encode()))
        return cls(card, b64(signature), dh, sign)

    def sign(self, label, x):
        return b64(self.suite.sign(self.sign_private, labelled(label, x)))

    def private(self):
        """`{"dh", "sign"}`, each as b64 of PKCS #8."""
        form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        keys = {"dh": self.dh_private, "sign": self.sign_private}
        return {name: b64(key.private_bytes(*form)) for name, key in keys.items()}

    @classmethod
    def of_private(cls, card, signature, private):
        """The device of a card and of what `private` gave. Raises Refused."""
        try:
            keys = [serialization.load_der_private_key(unb64(private[name]), None) for name in ("dh", "sign")]
            return cls(card, signature, *keys)
        except (AttributeError, TypeError, ValueError):
            raise Refused("keys", "The private keys are not those of the card.") from None
