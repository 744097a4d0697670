"""Rooms and who is in them."""

import uuid
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from presence.models import Psychic


class Kind(models.TextChoices):
    OPEN = "open"  # anybody may read and join
    CLOSED = "closed"  # by invitation; does not exist for others
    PRIVATE = "private"  # the mind-link of two
    MEDITATION = "meditation"  # open, with guided sessions
    BROADCAST = "broadcast"  # everyone's room: one, made by a migration, participants without rows


# Kinds that anybody signed in may find, read and join.
PUBLIC_KINDS = (Kind.OPEN, Kind.MEDITATION)


class Role(models.TextChoices):
    OWNER = "owner"
    MODERATOR = "moderator"
    PARTICIPANT = "participant"


class RoomQuerySet(models.QuerySet["Room"]):
    def visible_to(self, psychic: Psychic | int) -> Self:
        """Rooms that exist for this psychic: public ones, their own, and everyone's room.

        An ended room stays for those who were in it when it ended.
        """
        mine = RoomParticipant.objects.shown().filter(room=OuterRef("pk"), psychic=psychic)
        return self.filter(Q(kind__in=PUBLIC_KINDS, is_active=True) | Q(kind=Kind.BROADCAST) | Exists(mine))

    def of(self, psychic: Psychic | int) -> Self:
        """Rooms this psychic takes part in and that still go on, everyone's room among them."""
        mine = RoomParticipant.objects.shown().filter(room=OuterRef("pk"), psychic=psychic)
        return self.filter(Q(kind=Kind.BROADCAST) | Exists(mine), is_active=True)


class Room(models.Model):
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=1000, blank=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OPEN)
    max_participants = models.PositiveIntegerField(
        default=200, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    created_by = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    is_active = models.BooleanField(default=True, help_text="An ended room can be read by those who were in it.")
    slow_mode_seconds = models.PositiveIntegerField(default=0, validators=[MaxValueValidator(3600)])
    # The newest number given. Changed only by UPDATE … SET last_seq = last_seq + n, under the row's lock.
    last_seq = models.BigIntegerField(default=0, editable=False)
    # When the newest message was sent: none after it is dated before it, whichever process writes it.
    last_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The messages from `run_seq` on are all of this psychic, who has nothing of others' to look for among them; null
    # where that is not known. Ids are never used again, and no key watches over this one: it changes with messages.
    run_sender = models.BigIntegerField(null=True, blank=True, editable=False)
    run_seq = models.BigIntegerField(default=0, db_default=0, editable=False)
    # Counts what changed in the room besides messages: the room itself, its people and their roles. Under the row's
    # lock. A process that missed such a change finds by it that there was one.
    revision = models.BigIntegerField(default=0, db_default=0, editable=False)
    # Active rows of room_participants, kept by conditional UPDATE so that the limit holds under a race.
    participant_count = models.PositiveIntegerField(default=0, editable=False)
    # "<smaller id>:<larger id>" of a private room's two, so that there is one link of these two only.
    pair = models.CharField(max_length=41, null=True, blank=True, unique=True, editable=False)
    # House rules. They stand in the room's row, which the writer holds anyway: a room without any costs no query.
    mention_all = models.CharField(
        max_length=12,
        choices=Role.choices,
        default=Role.MODERATOR,
        db_default=Role.MODERATOR,
        help_text="The lowest role that may mention all at once.",
    )
    hold_new_hours = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Accounts younger than this are held back: a moderator looks first."
    )
    hold_new_messages = models.PositiveIntegerField(
        default=0, db_default=0, help_text="So many first messages of a participant here are held back likewise."
    )
    retention_hours = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Messages older than this are deleted; 0 keeps them."
    )
    # Nothing here is too old before this; null where messages are kept for good. Changed under the room's lock.
    empties_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Everything up to this number is deleted, or stays, see messaging.retention: where its walk goes on.
    emptied_seq = models.BigIntegerField(default=0, db_default=0, editable=False)
    # Whether a word rule is switched on; changed under the room's lock, see rooms.word_rules.
    has_word_rules = models.BooleanField(default=False, db_default=False, editable=False)
    # The guided session that runs here, null mostly. Changed only under the row's lock, by conditional UPDATE, so that
    # there is one at a time; the writer reads it with the row and needs no query to know that nothing runs.
    session_id = models.BigIntegerField(null=True, blank=True, editable=False)
    # The role of whom a row was read for, see rooms.lookups; None where they are not in. No column.
    my_role: str | None

    objects = RoomQuerySet.as_manager()

    class Meta:
        db_table = "rooms"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["kind", "is_active"]),
            # SQLite uses such an index only where it is written as IS NOT NULL.
            models.Index(fields=["empties_at"], name="rooms_retention", condition=Q(empties_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class RoomParticipantQuerySet(models.QuerySet["RoomParticipant"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def shown(self) -> Self:
        """Those who are in and know it; see `is_aside`."""
        return self.active().filter(is_aside=False)

    def acting(self) -> Self:
        """Those who are in and can do something: a closed account counts for nothing in any rule about roles."""
        return self.active().filter(psychic__is_active=True)


class RoomParticipant(models.Model):
    """A psychic in a room, with two watermarks: everything up to here was delivered, was read."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="participant_rows")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="participant_rows")
    joined_at = models.DateTimeField(default=timezone.now)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.PARTICIPANT)
    is_active = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True, blank=True)
    # In a mind-link that was opened by somebody whom they have blocked: in it for the other, who must not notice, and
    # for themselves not there until they take the block back. See rooms/links.py.
    is_aside = models.BooleanField(default=False, db_default=False, editable=False)
    delivered_seq = models.BigIntegerField(default=0)
    read_seq = models.BigIntegerField(default=0)
    # "Unread from here": a private marker beside the watermarks, which never move back. Reading past it clears it.
    unread_from = models.BigIntegerField(null=True, blank=True)
    # What others see instead once an invisible psychic has read on: the watermarks as they stood when they vanished.
    shown_delivered_seq = models.BigIntegerField(null=True, blank=True)
    shown_read_seq = models.BigIntegerField(null=True, blank=True)
    # The room's revision when this participation began, and when anything but the watermarks changed last.
    joined_revision = models.BigIntegerField(default=0, db_default=0, editable=False)
    revision = models.BigIntegerField(default=0, db_default=0, editable=False)
    # When the watermarks moved last, of somebody with several connections in a room too large to tell everybody: for
    # processes that were not told (see messaging/watermarks.py).
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    # False where the viewer may not see more than the name, see rooms.lookups.marked_known. No column.
    is_known: bool = True

    objects = RoomParticipantQuerySet.as_manager()

    class Meta:
        db_table = "room_participants"
        constraints = [models.UniqueConstraint(fields=["room", "psychic"], name="room_participants_once")]
        indexes = [
            models.Index(fields=["psychic", "is_active"]),
            # What changed lately, for processes that were not told: see rooms/reconcile.py.
            models.Index(fields=["joined_at"]),
            models.Index(fields=["left_at"]),
            models.Index(fields=["moved_at"], name="room_participants_moved", condition=~Q(moved_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.psychic_id} in {self.room_id}"


class RoomReceipts(models.Model):
    """Counts what was told of a room's watermarks, as `Room.revision` counts the rest. Not in the room's row: whoever
    reads would wait there for whoever writes."""

    room = models.OneToOneField(Room, primary_key=True, on_delete=models.CASCADE, related_name="receipts")
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "room_receipts"

    def __str__(self) -> str:
        return f"{self.count} receipts in {self.room_id}"


class Epoch(models.Model):
    """One row: under which name the numbers of all rooms were given. Numbers of another epoch say nothing here; see
    rooms.epochs."""

    value = models.UUIDField(default=uuid.uuid4)
    began_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "epochs"

    def __str__(self) -> str:
        return str(self.value)
