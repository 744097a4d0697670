"""Guides, the sessions that follow them, and who sat in those."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from presence.models import Psychic
from rooms.models.room import Kind, Role, Room, RoomParticipant


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
