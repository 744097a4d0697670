"""What a batch of messages takes and gives: the drafts, the messages they become, and what their senders are told."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from messaging.envelopes import Envelope
from mindnet.realtime.shapes import MessageOut, PsychicOut
from presence.callers import Credential
from presence.models import Psychic


class Release(NamedTuple):
    """A message that was held back is let through, by this moderator."""

    held_id: int
    by_id: int


class Draft(NamedTuple):
    """A message on its way. `by_operator`: a broadcast, which needs no participation. `release`: it was held back."""

    sender_id: int
    room_id: int
    content: str
    message_type: str
    nonce: UUID
    reply_to: int | None = None
    attachments: tuple[UUID, ...] = ()
    urgent: bool = False
    urgent_reason: str = ""
    require_ack: bool = False
    by_operator: bool = False
    release: Release | None = None
    envelope: Envelope | None = None

    def digest(self) -> bytes:
        """What tells a retry from another message under the same nonce.

        Of a sealed message that is the room alone. Sealed again, the same words are another envelope, for who has lost
        the answer; what was sealed for an old list was refused and never stored, so nothing stands under its nonce.
        """
        if self.envelope:
            return hashlib.blake2b(f"{self.room_id}\0sealed".encode(), digest_size=16).digest()
        # No text has a NUL in it.
        parts = (f"{self.room_id}\n{self.content}", *(one.hex for one in self.attachments))
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


class Letter:
    """A message of whoever has this credential, to this room, on its way to the writer, who looks up whose that is."""

    __slots__ = ("credential", "draft", "make", "nonce", "room_id")

    def __init__(
        self, room_id: int, nonce: UUID | None, credential: Credential, make: Callable[[Psychic | None], Draft]
    ) -> None:
        """`make` gives the draft for the one whom the credential lets in, None where that is nobody. What it raises is
        what becomes of the letter. `nonce`: the draft's, None where it gets a new one. `room_id`: any number of 64
        bits; what is looked up before the draft is made goes by it."""
        self.room_id = room_id
        self.nonce = nonce
        self.credential = credential
        self.make = make
        # What was made, or why none was, once it is opened.
        self.draft: Draft | Exception | None = None

    def open(self, psychic: Psychic | None) -> None:
        """Once, however often it is tried to store it: what is made counts under somebody's rates."""
        try:
            self.draft = self.make(psychic)
        except Exception as error:
            self.draft = error


class Numbered(Struct):
    """A message that is about to be inserted: as its row, which is what a `Message` of the ORM would be, for a
    twentieth of the time."""

    room_id: int
    sender_id: int
    content: str
    message_type: str
    timestamp: datetime
    seq: int
    nonce: UUID
    nonce_digest: bytes
    reply_to_id: int | None
    urgent: bool
    urgent_reason: str
    require_ack: bool
    has_attachments: bool = False
    mentions: list[int] | None = None
    pk: int = 0  # once it is inserted


class Stored(NamedTuple):
    """`line` is the encoded event, None for a duplicate, which is told to nobody. `urgent_for`: ids of the meditators
    who are shown it at once."""

    message: MessageOut
    duplicate: bool
    held_for: list[PsychicOut]
    line: str | None
    urgent_for: Sequence[int] = ()
    urgent_reason: str = ""
