"""Devices for sealed mind-links, and the log that says which of a psychic's are live. See docs/sealed.md.

All of it is public but for the recovery bundle and handed-on keys, which are sealed: the server can open neither.
Written by `rooms.devices` and its neighbours, under the lock of the psychic's row.
"""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from presence.models import Psychic
from rooms.models.room import Room

# How long a card waits to be endorsed.
WAITING_HOURS = 24


class DeviceQuerySet(models.QuerySet["Device"]):
    def waiting(self) -> Self:
        """Offered lately, and not endorsed."""
        since = timezone.now() - timedelta(hours=WAITING_HOURS)
        return self.filter(state=Device.State.WAITING, offered_at__gt=since)


class Device(models.Model):
    """A device whose card somebody has offered. Once in a log it stays, so that it never comes back when revoked."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for another device to endorse it
        LIVE = "live"
        REVOKED = "revoked"  # or of a log that was begun anew since

    class Kind(models.TextChoices):
        DEVICE = "device"
        RECOVERY = "recovery"

    # Made of the card, so nobody can give it to another key.
    id = models.CharField(max_length=22, primary_key=True)
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=40, help_text="As its owner has called it.")
    card = models.TextField()
    signature = models.CharField(max_length=100)
    state = models.CharField(
        max_length=12,
        choices=State.choices,
        default=State.WAITING,
        help_text="As the device log says, which the psychic's own devices sign: no operator can revoke a device.",
    )
    # Of the log it stands in, and the number of the entry that brought it in; null while it waits.
    generation = models.PositiveIntegerField(null=True, blank=True)
    n = models.PositiveIntegerField(null=True, blank=True, help_text="The entry of the log that it came with.")
    offered_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        db_table = "devices"

    def __str__(self) -> str:
        return f"{self.name} of {self.psychic_id}"


class DeviceLog(models.Model):
    """The newest state of a psychic's device log: what the writer of sealed messages asks for, which never reads the
    log itself. Whoever changes it has the row to themselves, and the writer has it with others."""

    psychic = models.OneToOneField(Psychic, primary_key=True, on_delete=models.CASCADE, related_name="device_log")
    # Rises by one when a psychic who has lost all devices starts over.
    generation = models.PositiveIntegerField(default=0)
    length = models.PositiveIntegerField()
    head = models.CharField(max_length=43)
    # Ids of the live devices, with spaces between them.
    live = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "device_logs"

    def __str__(self) -> str:
        return f"device log of {self.psychic_id}"


class DeviceLogEntry(models.Model):
    """An entry, as it was signed. Never changed and never removed."""

    # No index of their own: that of the constraint begins with the psychic.
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="+", db_index=False)
    generation = models.PositiveIntegerField()
    n = models.PositiveIntegerField()
    statement = models.TextField()
    signature = models.CharField(max_length=100)
    hash = models.CharField(max_length=43)
    # By the server's clock; what stands in the statement is its author's.
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "device_log_entries"
        verbose_name_plural = "device log entries"
        constraints = [
            models.UniqueConstraint(fields=["psychic", "generation", "n"], name="device_log_entries_in_order")
        ]

    def __str__(self) -> str:
        return f"entry {self.n} of {self.psychic_id}"


class RecoveryBundle(models.Model):
    """The private keys of a psychic's recovery device, under a key made of the code that they have written down."""

    psychic = models.OneToOneField(Psychic, primary_key=True, on_delete=models.CASCADE, related_name="recovery_bundle")
    device = models.OneToOneField(Device, on_delete=models.CASCADE, related_name="bundle")
    # As the client gave it, without the device.
    salt = models.CharField(max_length=22)
    iv = models.CharField(max_length=16)
    box = models.TextField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "recovery_bundles"

    def __str__(self) -> str:
        return f"recovery of {self.psychic_id}"


class HandedOnKeys(models.Model):
    """Keys of earlier messages in a mind-link, sealed by one device of a psychic for another of theirs."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="handed_on", db_index=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    part = models.PositiveIntegerField()
    sealed = models.TextField()
    handed_on_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "handed_on_keys"
        verbose_name_plural = "handed-on keys"
        constraints = [models.UniqueConstraint(fields=["device", "room", "part"], name="handed_on_keys_once")]

    def __str__(self) -> str:
        return f"part {self.part} of {self.room_id} for {self.device_id}"
