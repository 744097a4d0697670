"""Devices: offered, endorsed, revoked, and the beginning of a log, each by an entry that a device has signed.

A psychic's log grows under the lock of their row and of the log's own, which the writer of sealed messages shares
(`rooms.device_lists.held_devices`): a message is stored either before an entry, or for the devices that are live after
it. What an entry may say is in `rooms.device_log`. An entry that came already is answered as it was: whoever has lost
the answer sends it again.
"""

from typing import Any

from django.conf import settings
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import announce, device_log
from rooms.device_lists import list_changed, own_devices
from rooms.device_log import Endorse, Entry, Growth, Log, NotNewest, Refused, Revoke, Root
from rooms.device_shapes import OwnDevicesOut
from rooms.models import Device, DeviceLog, DeviceLogEntry, HandedOnKeys, Kind, RecoveryBundle, Room

# Cards of one psychic that wait at a time.
WAITING_MOST = 10

Said = tuple[Entry, Root | Endorse | Revoke]


# Offering


def offer_device(
    *, psychic: Psychic, card: str, signature: str, entry: Any = None, start_over: bool = False
) -> tuple[OwnDevicesOut, bool]:
    """Offers a device by its card: the first one begins the log with its `entry`, a further one waits to be endorsed.
    `start_over`: all devices are lost, and `entry` begins a new log. Gives the psychic's list, and whether it is
    another one than before.

    Raises validation_error, rate_limited, conflict for a device that was in a log or where too many wait, and
    device_list_changed where there is a log that the entry does not know of.
    """
    device = checked_card(psychic, card, signature)
    if device.kind != Device.Kind.DEVICE:
        raise invalid("card", "A recovery device comes with its bundle, by PUT /devices/recovery.")
    said = None if entry is None else checked_entry(entry)
    rates.check("DEVICE_RATE", psychic.pk)

    with write_transaction():
        if said is not None:
            hold_links(psychic)
        row = hold(psychic)
        if said is not None:
            is_new = begin(psychic, row, device, said, start_over=start_over)
        elif row is None:
            raise invalid("entry", "The first device begins the device log: give its entry.")
        else:
            is_new = wait(psychic, row, device, card, signature)
    return own_devices(psychic=psychic), is_new


def wait(psychic: Psychic, row: DeviceLog, device: device_log.Device, card: str, signature: str) -> bool:
    """Has a device wait for another one's endorsement. False where it waits, or is live, already."""
    known = Device.objects.filter(pk=device.id).first()
    if known and known.state == Device.State.REVOKED:
        raise no_second_time()
    if known and (known.state == Device.State.LIVE or Device.objects.waiting().filter(pk=known.pk).exists()):
        return False
    if Device.objects.waiting().filter(psychic=psychic).count() >= WAITING_MOST:
        raise DomainError("conflict", f"{WAITING_MOST} devices wait already. Endorse one, or wait for a day.")
    forget_expired(psychic)
    Device.objects.create(
        pk=device.id, psychic=psychic, kind=device.kind, name=device.name, card=card, signature=signature
    )
    announce.own_devices_changed(psychic, row.head)
    return True


def forget_expired(psychic: Psychic) -> None:
    """Cards that have waited too long are offered anew, or not at all."""
    waiting = Device.objects.waiting().filter(psychic=psychic).values("pk")
    Device.objects.filter(psychic=psychic, state=Device.State.WAITING).exclude(pk__in=waiting).delete()


def begin(psychic: Psychic, row: DeviceLog | None, device: device_log.Device, said: Said, *, start_over: bool) -> bool:
    """The first entry of a log, or with `start_over` of another one. False where it is there already."""
    entry, statement = said
    if not isinstance(statement, Root) or statement.device != device.id:
        raise invalid("entry", "A device log begins with the deed root, for the device that is offered.")
    if row and is_known(row, entry):
        return False
    if row and not start_over:
        raise list_changed("There is a device log already: ask one of its devices to endorse this one.", [psychic.pk])
    if Device.objects.filter(pk=device.id).exclude(state=Device.State.WAITING).exists():
        raise no_second_time()
    growth = checked_growth(Log(psychic.pk), said)
    if row is None:
        row = DeviceLog(psychic=psychic, length=0)
    else:
        bury(row)
    append(row, growth)
    announce.devices_changed(psychic, row.head)
    return True


def bury(row: DeviceLog) -> None:
    """A new log begins, and the devices of the one before are dead. Its entries stay: they say who could sign what."""
    Device.objects.filter(psychic=row.psychic_id, state=Device.State.LIVE).update(
        state=Device.State.REVOKED, revoked_at=timezone.now()
    )
    forget_sealed(row.psychic_id)
    row.generation += 1
    row.length, row.live = 0, ""


def no_second_time() -> DomainError:
    return DomainError("conflict", "This device was in a device log before. Make one with new keys.")


# Endorsing and revoking


def endorse_device(*, psychic: Psychic, device_id: str, entry: Any) -> OwnDevicesOut:
    """A waiting device is live from here on. Raises not_found, validation_error, rate_limited, conflict where the log
    is full, and device_list_changed where it has grown meanwhile."""
    return add(psychic, device_id, entry, Endorse)


def revoke_device(*, psychic: Psychic, device_id: str, entry: Any) -> OwnDevicesOut:
    """A live device is so no longer, and never again. Raises what `endorse_device` raises."""
    return add(psychic, device_id, entry, Revoke)


def add(psychic: Psychic, device_id: str, entry: Any, deed: type[Endorse] | type[Revoke]) -> OwnDevicesOut:
    said = checked_entry(entry)
    if not isinstance(said[1], deed) or said[1].device != device_id:
        raise invalid("entry", f"Its statement has to be of the deed {deed.__name__.lower()} and of this device.")
    rates.check("DEVICE_RATE", psychic.pk)

    with write_transaction():
        row = hold(psychic)
        if row is None:
            raise not_found()
        if not is_known(row, said[0]):
            require_device(psychic, device_id, is_waiting=deed is Endorse)
            append(row, checked_growth(log_of(row, said), said))
            announce.devices_changed(psychic, row.head)
    return own_devices(psychic=psychic)


def require_device(psychic: Psychic, device_id: str, *, is_waiting: bool) -> None:
    """Raises not_found where none of the psychic's devices has this id, or it has not been offered lately."""
    devices = Device.objects.waiting() if is_waiting else Device.objects.exclude(state=Device.State.WAITING)
    if not devices.filter(pk=device_id, psychic=psychic).exists():
        raise not_found()


# The log


def hold_links(psychic: Psychic) -> None:
    """Locks the psychic's mind-links. Who has no log yet has no row of one that the writer could share; so what is
    being said plainly is stored before there is a device to seal it for. Rooms are locked before psychics."""
    links = Room.objects.filter(kind=Kind.PRIVATE, is_active=True, participant_rows__psychic=psychic)
    list(links.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk", flat=True))


def hold(psychic: Psychic) -> DeviceLog | None:
    """The newest state of a psychic's log, locked, with everything about their devices; None before there is one."""
    Psychic.objects.select_for_update(no_key=True).get(pk=psychic.pk)
    return DeviceLog.objects.select_for_update(no_key=True).filter(pk=psychic.pk).first()


def log_of(row: DeviceLog, said: Said) -> Log:
    """What a locked log amounts to, for this entry. Devices of earlier logs are gone as well: none comes back."""
    stored = Device.objects.in_bulk(row.live.split())
    live = {one: device_log.stored_device(device.card) for one, device in stored.items()}
    gone = Device.objects.filter(pk=said[1].device, psychic=row.psychic_id, state=Device.State.REVOKED)
    return Log(row.psychic_id, row.length, row.head, live, set(gone.values_list("pk", flat=True)))


def is_known(row: DeviceLog, entry: Entry) -> bool:
    """Whether this very entry stands in the log."""
    try:
        hash = device_log.hash_of(entry)
    except Refused as refusal:
        raise invalid("entry", str(refusal)) from None
    entries = DeviceLogEntry.objects.filter(psychic=row.psychic_id, generation=row.generation)
    return entries.filter(hash=hash).exists()


def append(row: DeviceLog, growth: Growth) -> None:
    """Writes an entry that was checked, and what it makes of the log."""
    most = settings.LIMITS["DEVICE_LOG_ENTRIES"]
    if row.length >= most:
        words = f"A device log takes at most {most} entries, and yours has them."
        raise DomainError("conflict", f"{words} Start over: begin a new one, with a new device.")
    DeviceLogEntry.objects.create(
        psychic_id=row.psychic_id,
        generation=row.generation,
        n=row.length,
        statement=growth.entry.statement,
        signature=growth.entry.signature,
        hash=growth.hash,
    )
    live = row.live.split()
    if isinstance(growth.statement, Revoke) or growth.device is None:
        live.remove(growth.statement.device)
        end_device(growth.statement.device)
    else:
        live.append(growth.device.id)
        enter_device(row, growth.device, growth.statement)
    row.length, row.head, row.live = row.length + 1, growth.hash, " ".join(live)
    state = {"generation": row.generation, "length": row.length, "head": row.head, "live": row.live}
    DeviceLog.objects.update_or_create(pk=row.pk, defaults=state)


def enter_device(row: DeviceLog, device: device_log.Device, statement: Root | Endorse) -> None:
    """Live from this entry on, whether or not it has waited."""
    values = {
        "psychic_id": row.psychic_id,
        "kind": device.kind,
        "name": device.name,
        "card": statement.card,
        "signature": statement.card_signature,
        "state": Device.State.LIVE,
        "generation": row.generation,
        "n": row.length,
    }
    Device.objects.update_or_create(pk=device.id, defaults=values)


def end_device(device_id: str) -> None:
    """What was sealed for a device that is revoked is of no use to anybody any more."""
    Device.objects.filter(pk=device_id).update(state=Device.State.REVOKED, revoked_at=timezone.now())
    RecoveryBundle.objects.filter(device=device_id).delete()
    HandedOnKeys.objects.filter(device=device_id).delete()


def forget_sealed(psychic_id: int) -> None:
    """The recovery bundle and handed-on keys of an account that is closed, or begins a new log."""
    RecoveryBundle.objects.filter(psychic=psychic_id).delete()
    HandedOnKeys.objects.filter(device__psychic=psychic_id).delete()


# Checking what was sent


def checked_card(psychic: Psychic, card: str, signature: str) -> device_log.Device:
    """Raises validation_error."""
    try:
        return device_log.read_card(card, signature, psychic_id=psychic.pk)
    except Refused as refusal:
        raise invalid("card", str(refusal)) from None


def checked_entry(entry: Any, *, field: str = "entry") -> Said:
    """Raises validation_error."""
    try:
        return device_log.read_entry(entry)
    except Refused as refusal:
        raise invalid(field, str(refusal)) from None


def checked_growth(log: Log, said: Said, *, field: str = "entry") -> Growth:
    """What an entry adds to a log. Raises device_list_changed where it does not follow, and validation_error."""
    try:
        return device_log.check(log, *said)
    except NotNewest:
        raise list_changed("Your device log has grown meanwhile.", [log.psychic_id]) from None
    except Refused as refusal:
        raise invalid(field, str(refusal)) from None
