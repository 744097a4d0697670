"""What psychics say to each other."""

import uuid
from typing import Self

from django.db import models
from django.utils import timezone

from presence.models import Psychic
from rooms.models import Room


class MessageType(models.TextChoices):
    TEXT = "text"
    IMAGE = "image"
    FILE = "file"
    SYSTEM = "system"
    BROADCAST = "broadcast"
    SEALED = "sealed"  # end-to-end encrypted: the server has an envelope and no key


class MessageQuerySet(models.QuerySet["Message"]):
    def before(self, seq: int) -> Self:
        """Older than this number, newest first."""
        return self.filter(seq__lt=seq).order_by("-seq")

    def after(self, seq: int) -> Self:
        """Newer than this number, oldest first."""
        return self.filter(seq__gt=seq).order_by("seq")

    def changed_after(self, seq: int) -> Self:
        """What a holder of everything up to `seq` lacks, in the order of change."""
        return self.filter(changed_seq__gt=seq).order_by("changed_seq")


class Message(models.Model):
    """One message. Rows are written by `messaging.writer` alone and never removed: the nonce is unique for ever."""

    # No index of their own for room and sender: those of the constraints begin with them.
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="messages", db_index=False)
    sender = models.ForeignKey(Psychic, on_delete=models.PROTECT, related_name="messages", db_index=False)
    content = models.TextField(blank=True)
    message_type = models.CharField(max_length=12, choices=MessageType.choices, default=MessageType.TEXT)
    timestamp = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    seq = models.BigIntegerField()
    changed_seq = models.BigIntegerField()
    nonce = models.UUIDField(default=uuid.uuid4)
    # Digest of what was first sent under the nonce, since an edit must not turn an honest retry into a conflict.
    nonce_digest = models.BinaryField(max_length=16)
    reply_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replies")
    urgent = models.BooleanField(default=False)
    urgent_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    require_ack = models.BooleanField(default=False)
    # Spares the second query for the many messages without one.
    has_reactions = models.BooleanField(default=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        db_table = "messages"
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="messages_room_seq"),
            models.UniqueConstraint(fields=["room", "changed_seq"], name="messages_room_changed_seq"),
            models.UniqueConstraint(fields=["sender", "nonce"], name="messages_sender_nonce"),
        ]
        # Who was urgent, or has edited, within the last minutes; few ever are or do.
        indexes = [
            models.Index(fields=["sender", "timestamp"], name="messages_urgent", condition=models.Q(urgent=True)),
            models.Index(
                fields=["sender", "edited_at"], name="messages_edited", condition=models.Q(edited_at__isnull=False)
            ),
        ]
        permissions = [("broadcast", "Can broadcast to everyone")]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Reaction(models.Model):
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "message_reactions"
        constraints = [models.UniqueConstraint(fields=["message", "psychic", "emoji"], name="message_reactions_once")]

    def __str__(self) -> str:
        return f"{self.emoji} on {self.message_id}"


class UrgentPass(models.Model):
    """An urgent message that a meditator's own rules let through to them at once."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "message_urgent_passes"
        constraints = [models.UniqueConstraint(fields=["message", "psychic"], name="message_urgent_passes_once")]
        indexes = [models.Index(fields=["psychic", "created_at"], name="message_urgent_passes_psychic")]

    def __str__(self) -> str:
        return f"{self.message_id} let through to {self.psychic_id}"


class Acknowledgement(models.Model):
    """A psychic's answer to a broadcast that asked for one."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="acknowledgements")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "message_acknowledgements"
        constraints = [models.UniqueConstraint(fields=["message", "psychic"], name="message_acknowledgements_once")]

    def __str__(self) -> str:
        return f"{self.psychic_id} acknowledged {self.message_id}"
