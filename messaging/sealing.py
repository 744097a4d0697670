"""Whether a message in a mind-link has to be sealed, and for which devices: decided under the room's lock.

The state of both device logs is held with it (`rooms.device_lists.held_devices`), so that a log does not grow between
the check and the commit. Rooms of other kinds ask nothing of the database.
"""

from collections.abc import Iterable
from typing import Protocol

from messaging import media
from messaging.envelopes import Envelope
from messaging.models import MessageType
from mindnet.base.errors import DomainError, invalid
from rooms.device_lists import have_devices, held_devices, list_changed
from rooms.links import ids_of
from rooms.models import Kind


class Link(Protocol):
    """A room's row, as a batch holds it or as the ORM gives it."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def pair(self) -> str | None: ...


class Sealing:
    """What these rooms ask of what is written in them. Inside a transaction that has locked them."""

    def __init__(self, rooms: Iterable[Link]) -> None:
        # By room, the ids of its two, also of who has left.
        self.pairs = {room.pk: ids_of(room.pair) for room in rooms if room.kind == Kind.PRIVATE}
        self.devices = held_devices(one for pair in self.pairs.values() for one in pair) if self.pairs else {}

    def has_devices(self, psychic_ids: Iterable[int]) -> bool:
        """Whether each of them has a live device."""
        return all(one in self.devices and self.devices[one].live for one in psychic_ids)

    def check(self, room_id: int, message_type: str, envelope: Envelope | None) -> None:
        """Raises sealed_required, device_list_changed with the lists of both, and validation_error."""
        pair = self.pairs.get(room_id)
        if message_type != MessageType.SEALED:
            if pair and self.has_devices(pair):
                raise sealed_required()
            return
        if not pair or envelope is None:
            raise invalid("message_type", "Sealed messages belong into a private mind-link.")
        self.check_devices(pair, envelope)

    def check_devices(self, pair: list[int], envelope: Envelope) -> None:
        if not self.has_devices(pair):
            raise list_changed("Not both of you have a device: nothing can be sealed here.", pair)
        header, sender = envelope.header, self.devices[envelope.header.sender]
        if header.heads != {str(one): self.devices[one].head for one in pair}:
            raise list_changed("Somebody's devices have changed meanwhile. Seal it for those of now.", pair)
        if header.device not in sender.live:
            raise invalid("content", "The device that has sealed it is none of your live ones.")
        if envelope.to != frozenset().union(*(self.devices[one].live for one in pair)):
            raise list_changed("It is not sealed for just the live devices of both. Seal it for those of now.", pair)


# Files


def is_sealed_file(room: Link, name: str | None, media_type: str | None) -> bool:
    """Whether a client says that it has sealed this file. In other rooms than mind-links nothing is sealed."""
    return room.kind == Kind.PRIVATE and (name, media_type) == (media.SEALED_NAME, media.UNKNOWN)


def must_be_sealed(room: Link) -> bool:
    """Whether nothing plain may be put into a room now. What is said there is decided under the room's lock."""
    pair = ids_of(room.pair) if room.kind == Kind.PRIVATE else []
    return bool(pair) and have_devices(pair)


def sealed_required() -> DomainError:
    return DomainError("sealed_required", "Both of you have devices: what is said here is sealed.")
