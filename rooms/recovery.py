"""The recovery device: one whose private keys lie here, sealed by a code that its psychic has written down.

For the device log it is a device like others. Its bundle comes in the same request as its endorsement, so that neither
is there without the other; a new code is a new device, and revokes the one before in that request too.
"""

from typing import Any, Literal

from msgspec import Struct

from mindnet.base import rates
from mindnet.base.errors import invalid, not_found
from mindnet.base.rules import most_of
from mindnet.base.signed import convert, unb64
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import announce, device_log
from rooms.device_lists import own_devices
from rooms.device_log import DeviceId, Endorse, Revoke
from rooms.device_shapes import OwnDevicesOut, RecoveryBundleOut, bundle_out
from rooms.devices import Said, append, checked_card, checked_entry, checked_growth, hold, is_known, log_of
from rooms.fields import RECOVERY_ENTRIES
from rooms.models import Device, RecoveryBundle

# Two keys in PKCS #8 of P-256 take half of it.
BUNDLE_BYTES = 2048
SALT_BYTES, IV_BYTES, TAG_BYTES = 16, 12, 16


class Bundle(Struct, forbid_unknown_fields=True):
    v: Literal[1]
    device: DeviceId
    salt: str
    iv: str
    box: str


def get_recovery(*, psychic: Psychic) -> RecoveryBundleOut:
    """Raises not_found."""
    bundle = RecoveryBundle.objects.filter(psychic=psychic).first()
    if bundle is None:
        raise not_found()
    return bundle_out(bundle)


def put_recovery(*, psychic: Psychic, card: str, signature: str, entries: list[Any], bundle: Any) -> OwnDevicesOut:
    """A recovery device and its bundle, in place of the one before. Raises validation_error, rate_limited, conflict
    where the log is full, and device_list_changed where it has grown meanwhile."""
    device = checked_card(psychic, card, signature)
    if device.kind != Device.Kind.RECOVERY:
        raise invalid("card", "This card is of an ordinary device.")
    said = checked_entries(entries, device)
    sealed = checked_bundle(bundle, device)
    rates.check("DEVICE_RATE", psychic.pk)

    with write_transaction():
        row = hold(psychic)
        if row is None:
            raise invalid("entries", "The first device begins the device log: offer one before a recovery device.")
        if not is_known(row, said[-1][0]):
            require_replaced(psychic, said)
            for one in said:
                append(row, checked_growth(log_of(row, one), one, field="entries"))
            RecoveryBundle.objects.create(
                psychic=psychic, device_id=device.id, salt=sealed.salt, iv=sealed.iv, box=sealed.box
            )
            announce.devices_changed(psychic, row.head)
    return own_devices(psychic=psychic)


def require_replaced(psychic: Psychic, said: list[Said]) -> None:
    """Raises validation_error where what is revoked on the way is not the recovery device before."""
    revoked = [statement.device for _, statement in said if isinstance(statement, Revoke)]
    if Device.objects.filter(pk__in=revoked, psychic=psychic).exclude(kind=Device.Kind.RECOVERY).exists():
        raise invalid("entries", "Only the recovery device before is revoked here.")


def checked_entries(entries: list[Any], device: device_log.Device) -> list[Said]:
    """An endorsement of the device, and before it at most one revocation. Raises validation_error."""
    if not RECOVERY_ENTRIES.fits(entries):
        raise invalid("entries", f"One or {most_of(RECOVERY_ENTRIES)} entries are expected here.")
    said = [checked_entry(entry, field="entries") for entry in entries]
    deeds = [type(statement) for _, statement in said]
    if deeds not in ([Endorse], [Revoke, Endorse]) or said[-1][1].device != device.id:
        raise invalid("entries", "The last one endorses this device, and one before it revokes the device before.")
    return said


def checked_bundle(value: Any, device: device_log.Device) -> Bundle:
    """Raises validation_error."""
    try:
        bundle = convert(value, Bundle)
        unb64(bundle.salt, SALT_BYTES)
        unb64(bundle.iv, IV_BYTES)
        box = unb64(bundle.box)
    except ValueError as error:
        raise invalid("bundle", f"This is no recovery bundle: {error}") from None
    if bundle.device != device.id or not TAG_BYTES < len(box) <= BUNDLE_BYTES:
        words = f"A bundle is of the device that is offered, and its box has at most {BUNDLE_BYTES} bytes."
        raise invalid("bundle", words)
    return bundle
