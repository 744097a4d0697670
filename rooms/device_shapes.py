"""Devices as they go over the wire."""

from typing import Annotated

from msgspec import Meta, Struct

from mindnet.realtime.shapes import DeviceListOut, DeviceLogEntryOut, DeviceOut, Id, PsychicOut
from rooms.models import Device, DeviceLogEntry, HandedOnKeys, RecoveryBundle


class OwnDevicesOut(Struct):
    """One's own list. `recovery`: whether there is a bundle that a recovery code opens. `waiting`: what was offered
    within a day and no device has endorsed yet."""

    log: list[DeviceLogEntryOut]
    head: str | None
    devices: list[DeviceOut]
    recovery: bool
    waiting: list[DeviceOut]


class RecoveryBundleOut(Struct):
    """The private keys of the recovery device, sealed by the code: `box` is AES-256-GCM under a key made of it."""

    v: Annotated[int, Meta(examples=[1])]
    device: str
    salt: str
    iv: str
    box: str


class HandedOnKeysOut(Struct):
    """A part of the keys of earlier messages in a mind-link, as one of one's devices has sealed it for another."""

    room: Id
    part: int
    sealed: str


def device_out(device: Device) -> DeviceOut:
    return DeviceOut(device.pk, str(device.kind), device.name, device.card, device.signature)


def entry_out(entry: DeviceLogEntry) -> DeviceLogEntryOut:
    return DeviceLogEntryOut(entry.statement, entry.signature)


def own_devices_out(whole: DeviceListOut, *, has_recovery: bool, waiting: list[Device]) -> OwnDevicesOut:
    return OwnDevicesOut(whole.log, whole.head, whole.devices, has_recovery, [device_out(one) for one in waiting])


def list_out(psychic: PsychicOut, head: str | None, log: list[DeviceLogEntry], live: list[Device]) -> DeviceListOut:
    return DeviceListOut(psychic, [entry_out(one) for one in log], head, [device_out(one) for one in live])


def bundle_out(bundle: RecoveryBundle) -> RecoveryBundleOut:
    return RecoveryBundleOut(1, bundle.device_id, bundle.salt, bundle.iv, bundle.box)


def handed_on_out(row: HandedOnKeys) -> HandedOnKeysOut:
    return HandedOnKeysOut(row.room_id, row.part, row.sealed)
