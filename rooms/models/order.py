"""Who is let in, who is kept from what, and what was done about it."""

import secrets
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from presence.models import Psychic
from rooms.models.room import Kind, Role, Room, RoomParticipant


def new_invitation_code() -> str:
    """128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def unexpired(self, now: datetime | None = None) -> Self:
        """Neither over nor withdrawn."""
        return self.filter(expires_at__gt=now or timezone.now())

    def in_force(self, now: datetime | None = None) -> Self:
        """Those that let somebody in: not over, used up or declined, and whoever made them may still invite.

        Who has lost the role, has left or was put out since, is muted, banned or closed invites nobody. That is asked
        when it matters, so that nothing has to be remembered in every place where a role ends.
        """
        now = now or timezone.now()
        mutes = Restriction.objects.in_force(now).filter(
            room=OuterRef("room"), psychic=OuterRef("psychic"), kind=Restriction.Kind.MUTE
        )
        makers = RoomParticipant.objects.active().filter(
            Q(psychic__banned_until=None) | Q(psychic__banned_until__lte=now),
            Q(role__in=(Role.OWNER, Role.MODERATOR)) | Q(room__kind=Kind.PRIVATE),  # either of the two asks the other
            ~Exists(mutes),
            psychic=OuterRef("created_by"),
            psychic__is_active=True,
            room=OuterRef("room"),
            room__is_active=True,
            joined_at__lte=OuterRef("created_at"),
        )
        return self.unexpired(now).filter(Exists(makers), uses__lt=F("max_uses"), declined_at=None)


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
    # Whoever declines one gets no more by name from the same psychic.
    declined_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        db_table = "room_invitations"

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.room_id}"


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def in_force(self, now: datetime | None = None) -> Self:
        return self.filter(Q(until=None) | Q(until__gt=now or timezone.now()), lifted_at=None)


class Restriction(models.Model):
    """What a moderator has put on a psychic in one room."""

    class Kind(models.TextChoices):
        KICK = "kick"  # out now, may come back
        MUTE = "mute"  # may read only
        BAN = "ban"  # out, and may not come back
        SLOW = "slow"  # waits between messages, as all do in slow mode

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="restrictions")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="restrictions")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is lifted.")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text="How long somebody slowed waits.")
    # What the restricted psychic says to it, once.
    answer = models.CharField(max_length=1000, blank=True, default="", db_default="")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        db_table = "room_restrictions"
        indexes = [models.Index(fields=["room", "psychic"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.psychic_id} in {self.room_id}"


class LogEntry(models.Model):
    """A deed in a room: who did what to whom, when and why. Written in its transaction, by rooms.log."""

    class Deed(models.TextChoices):
        CHANGE = "change"  # of the room's name, size or rules; the reason says from what to what
        INVITE = "invite"
        WITHDRAW = "withdraw"  # an invitation
        MAKE_OWNER = "make_owner"
        MAKE_MODERATOR = "make_moderator"
        MAKE_PARTICIPANT = "make_participant"
        KICK = "kick"
        MUTE = "mute"
        BAN = "ban"
        SLOW = "slow"
        LIFT = "lift"  # a restriction, before its time
        DELETE = "delete"  # somebody else's message
        LET_THROUGH = "let_through"  # a message that was held back
        REFUSE = "refuse"  # a message that was held back
        RULE = "rule"  # a word rule made, switched or taken away
        END = "end"  # of the room

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(default=timezone.now, editable=False)
    # None: the server itself, or an account that is gone.
    by = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    deed = models.CharField(max_length=20, choices=Deed.choices)
    psychic = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    restriction = models.ForeignKey(Restriction, null=True, blank=True, on_delete=models.SET_NULL, related_name="log")

    class Meta:
        db_table = "room_log"
        indexes = [models.Index(fields=["room", "-id"], name="room_log_newest")]
        verbose_name_plural = "log entries"

    def __str__(self) -> str:
        return f"{self.deed} in {self.room_id}"


class WordRule(models.Model):
    """A pattern that holds messages of a room back, or marks them for its moderators. See rooms.word_rules."""

    class Kind(models.TextChoices):
        WORDS = "words"  # whole words, where * stands for any letters
        PATTERN = "pattern"  # a regular expression, as RE2 reads it

    class Action(models.TextChoices):
        HOLD = "hold"  # a moderator looks before it is said
        MARK = "mark"  # it is said, and a moderator looks afterwards

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="word_rules")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.WORDS)
    pattern = models.CharField(max_length=200)
    action = models.CharField(max_length=4, choices=Action.choices, default=Action.HOLD)
    is_on = models.BooleanField(default=False)
    created_by = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "room_word_rules"

    def __str__(self) -> str:
        return self.pattern
