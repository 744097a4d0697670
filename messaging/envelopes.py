"""The shape of a sealed message: what the server can know of an envelope without a key. docs/sealed.md has the format.

The signature is not checked here but by whoever opens it: a forged one is of no use to anybody, and the writer has
better things to do.
"""

from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from django.conf import settings
from msgspec import Meta, Struct

from mindnet.base.errors import DomainError, invalid
from mindnet.base.signed import Count, check_box, check_wrap, read
from rooms.device_log import DEVICES_MOST, RECOVERY_DEVICES_MOST, DeviceId

# All live devices of two people.
WRAPS_MOST = 2 * (DEVICES_MOST + RECOVERY_DEVICES_MOST)


class Wrap(Struct, forbid_unknown_fields=True):
    device: DeviceId
    enc: str
    key: str


class Whole(Struct, forbid_unknown_fields=True):
    header: str
    box: str
    to: Annotated[list[Wrap], Meta(min_length=1, max_length=WRAPS_MOST)]
    signature: str


class Header(Struct, forbid_unknown_fields=True):
    v: Literal[1]
    suite: Literal[1, 2]
    room: Count
    sender: Count
    device: DeviceId
    nonce: str
    revision: Count
    reply_to: Count | None
    heads: Annotated[dict[str, str], Meta(min_length=2, max_length=2)]


class Envelope(NamedTuple):
    """What an envelope says, and the ids of the devices that its key is wrapped for."""

    header: Header
    to: frozenset[str]


def read_envelope(content: str) -> Envelope:
    """Raises validation_error for what is no envelope."""
    most = settings.LIMITS["SEALED_BYTES"]
    try:
        whole = read(content, Whole, bytes_most=most)
        header = read(whole.header, Header, bytes_most=most)
        check_box(whole.box, whole.signature)
        for wrap in whole.to:
            check_wrap(wrap.enc, wrap.key)
    except ValueError as error:
        raise invalid("content", f"This is no sealed message: {error}") from None
    to = frozenset(wrap.device for wrap in whole.to)
    if len(to) < len(whole.to):
        raise invalid("content", "The key is wrapped for a device twice.")
    return Envelope(header, to)


def check_place(header: Header, *, room_id: int, sender_id: int, nonce: UUID, reply_to: int | None) -> None:
    """Raises validation_error where an envelope was sealed for another place than the message stands in."""
    if (header.room, header.sender, header.nonce, header.reply_to) != (room_id, sender_id, str(nonce), reply_to):
        raise invalid("content", "It was sealed for another room, sender, nonce or reply_to than the message has.")


def check_first(header: Header) -> None:
    """Raises validation_error for what claims to be an edit."""
    if header.revision:
        raise invalid("content", "The revision of a new message is 0.")


def check_next(header: Header, content: str) -> None:
    """Raises conflict unless the header is of the revision that follows `content`. What is no envelope, from before
    there were any, counts as the first."""
    try:
        revision = read_envelope(content).header.revision
    except DomainError:
        revision = 0
    if header.revision != revision + 1:
        raise DomainError("conflict", f"The next revision of this message is {revision + 1}.")
