"""Keys of earlier messages that one of a psychic's devices hands on to another: kept as sealed, and given back."""

from typing import Literal

from django.conf import settings
from django.db.models import QuerySet
from msgspec import Struct, field

from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.signed import Count, check_box, check_wrap, read
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import announce
from rooms.device_log import DeviceId
from rooms.devices import hold
from rooms.fields import DEVICE_ID
from rooms.lookups import get_room
from rooms.models import Device, HandedOnKeys, Kind


class Sealed(Struct, forbid_unknown_fields=True):
    header: str
    box: str
    enc: str
    key: str
    signature: str


class Header(Struct, forbid_unknown_fields=True):
    v: Literal[1]
    suite: Literal[1, 2]
    psychic: Count
    from_: DeviceId = field(name="from")
    for_: DeviceId = field(name="for")
    room: Count
    part: Count


def hand_on(*, psychic: Psychic, device_id: str, room_id: int, part: int, sealed: str) -> None:
    """Keeps a part for one of the psychic's live devices, in place of what it had under this room and number. The
    psychic's devices are told of part 0 alone: whoever hands on puts it last, or once more, when all are there. Raises
    not_found, validation_error, and conflict where the device has HANDED_ON_PARTS."""
    header = checked(sealed)
    most = settings.LIMITS["HANDED_ON_PARTS"]
    if part >= most:
        raise invalid("sealed", f"Parts are numbered from 0 to {most - 1}.")
    if (header.psychic, header.for_, header.room, header.part) != (psychic.pk, device_id, room_id, part):
        raise invalid("sealed", "Its header is of another device, another room or another part.")
    if get_room(psychic=psychic, room_id=room_id).kind != Kind.PRIVATE:
        raise not_found()

    with write_transaction():
        row = hold(psychic)
        if row is None or not live(psychic, device_id):
            raise not_found()
        if not live(psychic, header.from_):
            raise invalid("sealed", "It is not from one of your live devices.")
        others = HandedOnKeys.objects.filter(device=device_id).exclude(room=room_id, part=part)
        if others.count() >= most:
            raise DomainError("conflict", f"A device is handed {most} parts at most.")
        HandedOnKeys.objects.update_or_create(
            device_id=device_id, room_id=room_id, part=part, defaults={"sealed": sealed}
        )
        if part == 0:
            announce.own_devices_changed(psychic, row.head)


def checked(sealed: str) -> Header:
    """What the header of a part says. Raises validation_error for anything that is no part of handed-on keys."""
    most = settings.LIMITS["SEALED_BYTES"]
    try:
        whole = read(sealed, Sealed, bytes_most=most)
        check_box(whole.box, whole.signature)
        check_wrap(whole.enc, whole.key)
        return read(whole.header, Header, bytes_most=most)
    except ValueError as error:
        raise invalid("sealed", f"These are no handed-on keys: {error}") from None


def live(psychic: Psychic, device_id: str) -> bool:
    return Device.objects.filter(pk=device_id, psychic=psychic, state=Device.State.LIVE).exists()


def handed_on(*, psychic: Psychic, device_id: str, room_id: int | None = None) -> QuerySet[HandedOnKeys]:
    """What one of the psychic's own devices was handed, of one mind-link or of all. Raises not_found."""
    if not DEVICE_ID.fits(device_id) or not live(psychic, device_id):
        raise not_found()
    rows = HandedOnKeys.objects.filter(device=device_id)
    if room_id is None:
        return rows
    return rows.filter(room=room_id) if is_id(room_id) else rows.none()
