"""Where minds meet."""

import secrets
import uuid
from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
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
    def visible_to(self, psychic: Psychic) -> Self:
        """Rooms that exist for this psychic: public ones, their own, and everyone's room.

        An ended room stays for those who were in it when it ended.
        """
        mine = RoomParticipant.objects.filter(room=OuterRef("pk"), psychic=psychic, is_active=True)
        return self.filter(Q(kind__in=PUBLIC_KINDS, is_active=True) | Q(kind=Kind.BROADCAST) | Exists(mine))

    def of(self, psychic: Psychic | int) -> Self:
        """Rooms this psychic takes part in and that still go on, everyone's room among them."""
        mine = RoomParticipant.objects.filter(room=OuterRef("pk"), psychic=psychic, is_active=True)
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
    # Counts what changed in the room besides messages: the room itself, its people and their roles. Under the row's
    # lock. A process that missed such a change finds by it that there was one.
    revision = models.BigIntegerField(default=0, db_default=0, editable=False)
    # Active rows of room_participants, kept by conditional UPDATE so that the limit holds under a race.
    participant_count = models.PositiveIntegerField(default=0, editable=False)
    # "<smaller id>:<larger id>" of a private room's two, so that there is one link of these two only.
    pair = models.CharField(max_length=41, null=True, blank=True, unique=True, editable=False)
    # The guided session that runs here, null mostly. Changed only under the row's lock, by conditional UPDATE, so that
    # there is one at a time; the writer reads it with the row and needs no query to know that nothing runs.
    session_id = models.BigIntegerField(null=True, blank=True, editable=False)
    # The role of whom a row was read for, see rooms.lookups; None where they are not in. No column.
    my_role: str | None

    objects = RoomQuerySet.as_manager()

    class Meta:
        db_table = "rooms"
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "is_active"])]

    def __str__(self) -> str:
        return self.name


class RoomParticipantQuerySet(models.QuerySet["RoomParticipant"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

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
    delivered_seq = models.BigIntegerField(default=0)
    read_seq = models.BigIntegerField(default=0)
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


def new_invitation_code() -> str:
    """128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unexpired(self) -> Self:
        """Neither over nor withdrawn."""
        return self.filter(expires_at__gt=timezone.now())

    def in_force(self) -> Self:
        """Those that let somebody in: not over, not used up, and whoever made them may still invite.

        Who has lost the role, has left or was put out since, is banned or closed invites nobody. That is asked when it
        matters, so that nothing has to be remembered in every place where a role ends.
        """
        makers = RoomParticipant.objects.active().filter(
            Q(psychic__banned_until=None) | Q(psychic__banned_until__lte=timezone.now()),
            Q(role__in=(Role.OWNER, Role.MODERATOR)) | Q(room__kind=Kind.PRIVATE),  # either of the two asks the other
            psychic=OuterRef("created_by"),
            psychic__is_active=True,
            room=OuterRef("room"),
            room__is_active=True,
            joined_at__lte=OuterRef("created_at"),
        )
        return self.unexpired().filter(Exists(makers), uses__lt=F("max_uses"))


class Invitation(models.Model):
    """Lets somebody into a closed room: one named psychic, or whoever holds the code. In a mind-link it asks the one it
    names to come in, see rooms/links.py."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invitations")
    code = models.CharField(max_length=40, unique=True, default=new_invitation_code)
    psychic = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    max_uses = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()  # or when it was withdrawn

    objects = InvitationQuerySet.as_manager()

    class Meta:
        db_table = "room_invitations"

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.room_id}"


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def in_force(self) -> Self:
        return self.filter(Q(until=None) | Q(until__gt=timezone.now()), lifted_at=None)


class Restriction(models.Model):
    """What a moderator has put on a psychic in one room."""

    class Kind(models.TextChoices):
        KICK = "kick"  # out now, may come back
        MUTE = "mute"  # may read only
        BAN = "ban"  # out, and may not come back

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="restrictions")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="restrictions")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is lifted.")
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        db_table = "room_restrictions"
        indexes = [models.Index(fields=["room", "psychic"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.psychic_id} in {self.room_id}"


class GuideQuerySet(models.QuerySet["Guide"]):
    def library(self) -> Self:
        return self.filter(owner=None)

    def visible_to(self, psychic: Psychic) -> Self:
        """The library, one's own, and what a moderator of a meditation room shares with those who are in it too."""
        mine = Room.objects.filter(
            kind=Kind.MEDITATION, is_active=True, participant_rows__psychic=psychic, participant_rows__is_active=True
        )
        shares = RoomParticipant.objects.acting().filter(
            psychic=OuterRef("owner"), role__in=(Role.OWNER, Role.MODERATOR), room__in=mine
        )
        return self.filter(Q(owner=None) | Q(owner=psychic) | Q(is_shared=True) & Exists(shares))


class Guide(models.Model):
    """What a guided session follows: steps at offsets from its start. Without an owner it belongs to the library."""

    owner = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.CASCADE, related_name="guides")
    # What the library knows its guides by, across releases.
    slug = models.CharField(max_length=40, null=True, blank=True, unique=True, editable=False)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=1000, blank=True)
    steps = models.JSONField(default=list, help_text="[{at, kind, text, seconds}], see rooms/timeline.py.")
    is_shared = models.BooleanField(default=False, help_text="For those in meditation rooms that the owner moderates.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GuideQuerySet.as_manager()

    class Meta:
        db_table = "guides"

    def __str__(self) -> str:
        return self.name


class SessionQuerySet(models.QuerySet["Session"]):
    def running(self) -> Self:
        """Not ended by anyone; the time of one may be over all the same, see `Session.is_over`."""
        return self.filter(ended_at=None)


class Session(models.Model):
    """A guided session in a room. The step is computed from `started_at` and the clock; nothing ticks."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="sessions")
    guide = models.ForeignKey(Guide, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # As the guide was at the start: changing or deleting it changes no session.
    name = models.CharField(max_length=80)
    steps = models.JSONField()
    started_by = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(help_text="When its time is over.")
    ended_at = models.DateTimeField(null=True, blank=True)
    leader = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="+")
    led_since = models.DateTimeField(default=timezone.now)
    # The talking piece: who holds it, in which sharing step (it says nothing in another), who waits for it.
    holder = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="+")
    held_since = models.DateTimeField(null=True, blank=True)
    held_step = models.IntegerField(null=True, blank=True)
    queue = models.JSONField(default=list, blank=True)
    # Count what is told of circle and piece, so that a process knows what it has told already.
    circle_revision = models.PositiveIntegerField(default=0)
    piece_revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)
    # Whether who leads and who holds the piece is there, see rooms.session_sweep. No columns.
    has_leader: bool
    has_holder: bool

    objects = SessionQuerySet.as_manager()

    class Meta:
        db_table = "room_sessions"
        constraints = [
            models.UniqueConstraint(fields=["room"], name="room_sessions_one", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"session {self.pk} in {self.room_id}"

    def is_over(self, now: datetime) -> bool:
        """Ended by somebody, or its time has passed, even before a sweep has seen it."""
        return self.ended_at is not None or self.ends_at <= now


class SittingQuerySet(models.QuerySet["Sitting"]):
    def now(self) -> Self:
        """Those who sit at this moment."""
        return self.exclude(since=None)


class Sitting(models.Model):
    """A psychic in a session. Who rises and comes back sits on in the same row."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="sittings")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="sittings")
    joined_at = models.DateTimeField(default=timezone.now)
    since = models.DateTimeField(null=True, blank=True, help_text="When they sat down last; empty once they rose.")
    left_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0, help_text="Sat so far, without the time since they sat down last.")
    # When their last connection went. Nobody who comes back within the offline grace has risen.
    away_since = models.DateTimeField(null=True, blank=True)
    # Their status was made meditating for this, and has to be given back.
    is_holding = models.BooleanField(default=False)
    # Sat invisibly: shown to nobody else.
    is_hidden = models.BooleanField(default=False)

    objects = SittingQuerySet.as_manager()

    class Meta:
        db_table = "room_sittings"
        constraints = [models.UniqueConstraint(fields=["session", "psychic"], name="room_sittings_once")]
        indexes = [
            models.Index(fields=["psychic"], name="room_sittings_now", condition=~Q(since=None)),
            models.Index(fields=["session"], name="room_sittings_holding", condition=Q(is_holding=True)),
        ]

    def __str__(self) -> str:
        return f"{self.psychic_id} in session {self.session_id}"


class Epoch(models.Model):
    """One row: under which name the numbers of all rooms were given. Numbers of another epoch say nothing here; see
    rooms.epochs."""

    value = models.UUIDField(default=uuid.uuid4)
    began_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "epochs"

    def __str__(self) -> str:
        return str(self.value)
