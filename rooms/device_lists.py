"""Reading devices: the list of each psychic's, whom it is shown to, and the state that the writer checks by."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, Subquery

from mindnet.base.errors import DomainError, not_found
from mindnet.database.statements import ask
from mindnet.realtime import events
from mindnet.realtime.shapes import DeviceListOut
from presence.fields import USERNAME
from presence.models import Psychic
from presence.shapes import psychic_out
from rooms.device_shapes import OwnDevicesOut, list_out, own_devices_out
from rooms.links import pair_of
from rooms.models import Device, DeviceLog, DeviceLogEntry, Kind, RecoveryBundle, Room, RoomParticipant

# Held with others until the transaction's end: what is being stored for these devices is stored before the list is
# another one, also in a link that whoever changes it has not heard of.
HEADS = "SELECT psychic_id, head, live FROM device_logs WHERE psychic_id {ids} ORDER BY psychic_id {for_share}"


class Devices(NamedTuple):
    """What a psychic's device log amounts to: its head, and the ids of the live devices."""

    head: str
    live: frozenset[str]


def held_devices(psychic_ids: Iterable[int]) -> dict[int, Devices]:
    """By psychic, of those who have a log; unchanged until the transaction's end. Behind the lock of the room."""
    [rows] = ask((HEADS, sorted(set(psychic_ids))))
    return {psychic_id: Devices(head, frozenset(live.split())) for psychic_id, head, live in rows}


def have_devices(psychic_ids: Collection[int]) -> bool:
    """Whether each of these psychics has a live device now."""
    return DeviceLog.objects.filter(pk__in=psychic_ids).exclude(live="").count() == len(psychic_ids)


# Lists


def lists_of(psychics: Collection[Psychic]) -> list[DeviceListOut]:
    """The list of each, in this order; an empty one of who has no device yet. All of it as it was when the state of
    the log was read: what is added meanwhile is left out."""
    logs = {row.pk: row for row in DeviceLog.objects.filter(pk__in=[psychic.pk for psychic in psychics])}
    devices = Device.objects.in_bulk([one for row in logs.values() for one in row.live.split()])
    seen = Q(pk__in=[])
    for row in logs.values():
        seen |= Q(psychic=row.pk, generation=row.generation, n__lt=row.length)
    entries: dict[int, list[DeviceLogEntry]] = {}
    for entry in DeviceLogEntry.objects.filter(seen).order_by("psychic_id", "n"):
        entries.setdefault(entry.psychic_id, []).append(entry)
    return [one_list(psychic, logs.get(psychic.pk), entries.get(psychic.pk, []), devices) for psychic in psychics]


def one_list(
    psychic: Psychic, row: DeviceLog | None, entries: list[DeviceLogEntry], devices: dict[str, Device]
) -> DeviceListOut:
    live = [devices[one] for one in row.live.split()] if row else []
    return list_out(psychic_out(psychic), row.head if row else None, entries, live)


def own_devices(*, psychic: Psychic) -> OwnDevicesOut:
    [whole] = lists_of([psychic])
    has_recovery = RecoveryBundle.objects.filter(psychic=psychic).exists()
    waiting = Device.objects.waiting().filter(psychic=psychic).order_by("offered_at", "pk")
    return own_devices_out(whole, has_recovery=has_recovery, waiting=list(waiting))


def get_list(*, psychic: Psychic, username: str, generation: int | None = None) -> DeviceListOut:
    """The list of whoever has this name, for who shares a room with them or reads a mind-link of the two, which may
    have ended, with somebody whose account is closed. `generation`: of the logs they have begun, counted from 0; None
    for the newest. Raises not_found.

    A block changes nothing here: it is told to nobody, and a list that is missing would tell it.
    """
    other = Psychic.objects.named(username).first() if USERNAME.fits(username) else None
    if other is None or not (other.pk == psychic.pk or may_see(psychic, other)):
        raise not_found()
    [whole] = lists_of([other]) if generation is None else [log_before(other, generation)]
    return whole


def log_before(psychic: Psychic, generation: int) -> DeviceListOut:
    """A log that was begun before the newest one: what was said while it held is read by it. Nothing is live by it.
    Raises not_found."""
    current = DeviceLog.objects.filter(pk=psychic.pk).values("generation")
    entries = DeviceLogEntry.objects.filter(psychic=psychic, generation=generation).order_by("n")
    found = list(entries.filter(generation__lt=Subquery(current)))
    if not found:
        raise not_found()
    return list_out(psychic_out(psychic), found[-1].hash, found, [])


def may_see(viewer: Psychic, other: Psychic) -> bool:
    mine = RoomParticipant.objects.shown().filter(room=OuterRef("pk"), psychic=viewer)
    theirs = RoomParticipant.objects.filter(room=OuterRef("pk"), psychic=other)
    shared = Q(Exists(theirs.filter(is_active=True)), is_active=True)
    link = Q(kind=Kind.PRIVATE) & (Exists(theirs) | Q(pair=pair_of(viewer, other)))
    return Room.objects.filter(Exists(mine)).filter(shared | link).exists()


# Refusals


def list_changed(sentence: str, psychic_ids: Collection[int]) -> DomainError:
    """device_list_changed, with the lists of these psychics as they are now. They are left out where they would take
    more than half of a frame: then they are to be asked for."""
    rows = Psychic.objects.in_bulk(psychic_ids)
    lists = lists_of([rows[one] for one in sorted(rows)])
    fits = len(events.encode(lists)) <= settings.LIMITS["SERVER_FRAME_BYTES"] // 2
    extra: dict[str, Any] = {"lists": lists} if fits else {}
    return DomainError("device_list_changed", sentence, **extra)
