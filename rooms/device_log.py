"""The rules of a device log, pure: cards, statements, and what an entry makes of the log that it is added to. The same
rules as every client checks; docs/sealed.md has them in words, and its names are the names here.

Nothing here knows the database. Whoever adds an entry hands in what the log amounts to so far (`Log`), and hears what
the entry adds.
"""

from collections.abc import Callable, Container, Mapping
from typing import Annotated, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from msgspec import Meta, Struct

from mindnet.base.signed import SIGNATURE_BYTES, Count, b64, convert, digest, labelled, read, unb64
from mindnet.base.text import FORBIDDEN_TEXT, can_be_seen

DEVICE_LABEL, LOG_LABEL = "mindnet device", "mindnet device log"

CARD_BYTES = 1024
STATEMENT_BYTES = 4096
NAME_CHARACTERS = 40
ID_BYTES = 16
# Rule 3. Every client checks them, so they are no limits of an operator's.
DEVICES_MOST, RECOVERY_DEVICES_MOST = 10, 1

DeviceId = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{22}$")]
# For people; not checked.
When = Annotated[str, Meta(min_length=1, max_length=40)]
Signature = Annotated[str, Meta(max_length=100)]
Kind = Literal["device", "recovery"]


class Card(Struct, forbid_unknown_fields=True):
    v: Literal[1]
    suite: Literal[1, 2]
    psychic: Count
    kind: Kind
    name: Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS)]
    dh: str
    sign: str
    made_at: When


class Statement(Struct, tag_field="deed", forbid_unknown_fields=True):
    v: Literal[1]
    psychic: Count
    n: Count
    previous: str | None
    device: DeviceId
    by: DeviceId
    at: When


class Root(Statement, tag="root"):
    card: str
    card_signature: Signature


class Endorse(Statement, tag="endorse"):
    card: str
    card_signature: Signature


class Revoke(Statement, tag="revoke"):
    pass


class Entry(Struct, forbid_unknown_fields=True):
    statement: str
    signature: Signature


class Device(NamedTuple):
    """A device whose card was checked. `sign` is its public key for signatures, `suite` says of which kind."""

    id: str
    kind: str
    name: str
    suite: int
    sign: bytes


class Log(NamedTuple):
    """What a log of so many entries amounts to: its head, None of an empty one, the live devices by their ids, and the
    ids of those that were revoked, as far as an entry may ask for them."""

    psychic_id: int
    length: int = 0
    head: str | None = None
    live: Mapping[str, Device] = {}
    gone: Container[str] = ()


class Growth(NamedTuple):
    """An entry that was checked: what it says, its hash, and the device that comes in by it, if one does."""

    entry: Entry
    statement: Root | Endorse | Revoke
    hash: str
    device: Device | None


class Refused(ValueError):
    """An entry, or a card, that breaks a rule. The text is a sentence for people."""


class NotNewest(Refused):
    """The entry does not follow the newest one: the log has grown meanwhile, or it is of another log."""


# Keys and signatures


def ed25519_verified(key: bytes, signature: bytes, data: bytes) -> None:
    ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, data)


def ecdsa_verified(key: bytes, signature: bytes, data: bytes) -> None:
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    p256_key(key).verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def p256_key(key: bytes) -> ec.EllipticCurvePublicKey:
    """Raises ValueError for bytes that are no point of the curve, or not written out in full."""
    if len(key) != P256_BYTES:
        raise ValueError("This is no public key of P-256.")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)


def x25519_key(key: bytes) -> None:
    """Raises ValueError for a point of small order: nothing can be wrapped for it, so it would stop whoever writes."""
    x25519.X25519PrivateKey.generate().exchange(x25519.X25519PublicKey.from_public_bytes(key))


X25519_BYTES, P256_BYTES = 32, 65


class Suite(NamedTuple):
    """How long its public keys are, of both sorts, how one for HPKE is checked, and how a signature is."""

    key_bytes: int
    check: Callable[[bytes], object]
    verify: Callable[[bytes, bytes, bytes], None]


SUITES = {1: Suite(X25519_BYTES, x25519_key, ed25519_verified), 2: Suite(P256_BYTES, p256_key, ecdsa_verified)}


def check_signature(device: Device, signature: str, label: str, text: str) -> None:
    """Raises Refused unless it is the device's signature of the text under the label."""
    try:
        raw = unb64(signature, SIGNATURE_BYTES)
        SUITES[device.suite].verify(device.sign, raw, labelled(label, text.encode()))
    except (InvalidSignature, ValueError):
        raise Refused("The signature is not that of the device which should have made it.") from None


# Cards


def device_id(card: str) -> str:
    return b64(digest(DEVICE_LABEL, card.encode())[:ID_BYTES])


def read_card(card: str, signature: str, *, psychic_id: int) -> Device:
    """The device of a card of this psychic's, which has signed it itself. Raises Refused."""
    try:
        said = read(card, Card, bytes_most=CARD_BYTES)
        device = said_device(card, said)
        SUITES[said.suite].check(unb64(said.dh, len(device.sign)))
    except ValueError as error:
        raise Refused(f"This is no card of a device: {error}") from None
    if FORBIDDEN_TEXT.search(said.name) or not can_be_seen(said.name):
        raise Refused("The name of a device can be seen, and has no control characters.")
    if said.psychic != psychic_id:
        raise Refused("This card is of somebody else's device.")
    check_signature(device, signature, DEVICE_LABEL, card)
    return device


def said_device(card: str, said: Card) -> Device:
    """Raises ValueError where the key for signatures is of another length than its suite's."""
    return Device(device_id(card), said.kind, said.name, said.suite, unb64(said.sign, SUITES[said.suite].key_bytes))


def stored_device(card: str) -> Device:
    """The device of a card that was checked before."""
    return said_device(card, read(card, Card, bytes_most=CARD_BYTES))


# Entries


def read_entry(value: object) -> tuple[Entry, Root | Endorse | Revoke]:
    """An entry as it came in JSON, with what its statement says. Raises Refused."""
    try:
        entry = convert(value, Entry)
        return entry, read(entry.statement, Root | Endorse | Revoke, bytes_most=STATEMENT_BYTES)  # type: ignore[arg-type]  # a union
    except ValueError as error:
        raise Refused(f"This is no entry of a device log: {error}") from None


def hash_of(entry: Entry) -> str:
    """By which the next entry names this one. Raises Refused where the signature is none."""
    try:
        signature = unb64(entry.signature, SIGNATURE_BYTES)
    except ValueError as error:
        raise Refused(f"The signature is none: {error}") from None
    return b64(digest(LOG_LABEL, entry.statement.encode() + b"\0" + signature))


def check(log: Log, entry: Entry, statement: Root | Endorse | Revoke) -> Growth:
    """What an entry adds to a log. Raises Refused where a rule forbids it, NotNewest where it does not follow."""
    if statement.psychic != log.psychic_id:
        raise Refused("This entry is of somebody else's device log.")
    if (statement.n, statement.previous) != (log.length, log.head):
        raise NotNewest("This entry does not follow the newest one of the device log.")
    if isinstance(statement, Root) != (log.length == 0):
        raise Refused("A device log begins with the deed root, and has it nowhere else.")
    came = None if isinstance(statement, Revoke) else coming(log, statement)
    author = came if isinstance(statement, Root) else log.live.get(statement.by)
    if author is None or author.id != statement.by:
        raise Refused("Only a live device adds to the device log.")
    check_signature(author, entry.signature, LOG_LABEL, entry.statement)
    if came is None and statement.device not in log.live:
        raise Refused("Only a live device is revoked.")
    return Growth(entry, statement, hash_of(entry), came)


def coming(log: Log, statement: Root | Endorse) -> Device:
    """The device that comes in by this statement. Raises Refused."""
    device = read_card(statement.card, statement.card_signature, psychic_id=log.psychic_id)
    if device.id != statement.device:
        raise Refused("The card is of another device than the statement.")
    if device.id in log.live or device.id in log.gone:
        raise Refused("A device is endorsed once, and one that was revoked does not come back.")
    if isinstance(statement, Root) and device.kind != "device":
        raise Refused("No device log begins with a recovery device.")
    most = DEVICES_MOST if device.kind == "device" else RECOVERY_DEVICES_MOST
    if sum(one.kind == device.kind for one in log.live.values()) >= most:
        kinds = "device" if device.kind == "device" else "recovery device"
        raise Refused(f"At most {most} {kinds}{'' if most == 1 else 's'} are live at a time. Revoke one first.")
    return device
