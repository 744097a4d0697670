"""What psychics say to each other."""

import uuid
from typing import Any, Self

from django.db import models
from django.utils import timezone

from presence.models import Psychic
from rooms.models import Invitation, Room, WordRule


class MessageType(models.TextChoices):
    TEXT = "text"
    IMAGE = "image"
    FILE = "file"
    SYSTEM = "system"
    BROADCAST = "broadcast"
    SEALED = "sealed"  # end-to-end encrypted: the server has an envelope and no key


# What of a message is left once it was deleted: its row, its place, who sent it and when. `deleted_at` says so.
EMPTIED: dict[str, Any] = {
    "content": "",
    "urgent_reason": "",
    "has_reactions": False,
    "has_attachments": False,
    "mentions": None,
}


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
    has_attachments = models.BooleanField(default=False, db_default=False)
    # Ids of the participants whom the text meant when it was sent or edited; null, like most, where it meant nobody.
    mentions = models.JSONField(null=True, blank=True, editable=False)

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
            # Broadcasts: those that ask for an acknowledgement lately, and all of them.
            models.Index(fields=["timestamp"], name="messages_asking", condition=models.Q(require_ack=True)),
            models.Index(fields=["id"], name="messages_broadcasts", condition=models.Q(message_type="broadcast")),
            models.Index(
                fields=["sender", "edited_at"], name="messages_edited", condition=models.Q(edited_at__isnull=False)
            ),
        ]
        permissions = [("broadcast", "Can broadcast to everyone")]

    def __str__(self) -> str:
        return f"message {self.pk}"


class MessageVersion(models.Model):
    """What a message said before an edit, as long as it is not deleted."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    content = models.TextField()
    # When it was written: the moment of the message, or of the edit that brought this text.
    edited_at = models.DateTimeField()

    class Meta:
        db_table = "message_versions"

    def __str__(self) -> str:
        return f"version of {self.message_id}"


class Mention(models.Model):
    """A message means a psychic: `Message.mentions`, to be found by whom it means."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mention_rows")
    # No index of their own: those below begin with the psychic, and nothing looks for a room alone.
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="+", db_index=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.BigIntegerField(help_text="The message's number in its room.")

    class Meta:
        db_table = "message_mentions"
        constraints = [models.UniqueConstraint(fields=["psychic", "message"], name="message_mentions_once")]
        indexes = [models.Index(fields=["psychic", "room", "seq"], name="message_mentions_unread")]

    def __str__(self) -> str:
        return f"{self.message_id} means {self.psychic_id}"


class Attachment(models.Model):
    """A file that somebody has put into a room: theirs until one message takes it, and that message's for good.

    The row comes first, names the files and counts against the quota; then the files are stored, then `ready_at` says
    that they are. So whoever dies between has left a row that says what is to be taken away. `removed_at` says the
    same of what was deleted: its files go, and then the row.
    """

    class Kind(models.TextChoices):
        IMAGE = "image"
        AUDIO = "audio"
        VIDEO = "video"
        FILE = "file"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    uploader = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.PROTECT, related_name="attachments")
    # Of one that waits for a moderator: until then it is nobody else's either.
    held = models.ForeignKey(
        "HeldMessage", null=True, blank=True, on_delete=models.SET_NULL, related_name="attachments"
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Its place among those of its message.")
    nonce = models.UUIDField(default=uuid.uuid4, help_text="A retry of the same upload finds it by this.")
    # Digest of what came under the nonce, so that another file under it is told from a retry.
    nonce_digest = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.FILE)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField(help_text="In bytes, of the file as it is handed out.")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    # Names in the storage of uploads; `thumbnail_key` is empty where there is no thumbnail.
    key = models.CharField(max_length=200)
    thumbnail_key = models.CharField(max_length=200, blank=True, default="")
    stored_bytes = models.BigIntegerField(help_text="With the thumbnail: what it takes of the quota.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "attachments"
        constraints = [models.UniqueConstraint(fields=["uploader", "nonce"], name="attachments_nonce_once")]
        indexes = [
            # A room's files as they are shown: by message, the newest first.
            models.Index(fields=["room", "message", "position"], name="attachments_of_room"),
            # What somebody has used of their quota, and all of it, without a look at the rows.
            models.Index(fields=["uploader", "stored_bytes"], name="attachments_used"),
            # What the sweep looks at: what no message has, and what is to be taken away.
            models.Index(fields=["created_at"], name="attachments_loose", condition=models.Q(message=None)),
            models.Index(
                fields=["removed_at"], name="attachments_removed", condition=models.Q(removed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.room_id}"


class Reaction(models.Model):
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="+")
    # On a sealed message a token, which only the devices of the two can read.
    emoji = models.CharField(max_length=102)
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


class Reminder(models.Model):
    """A broadcast was brought back to mind to all who had not acknowledged it yet."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reminders")
    by = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    recipients = models.PositiveIntegerField(help_text="How many were silent then.")

    class Meta:
        db_table = "message_reminders"

    def __str__(self) -> str:
        return f"reminder of {self.message_id}"


class HeldMessage(models.Model):
    """What somebody wrote that waits for a moderator: it has no number, and nobody else sees it.

    It keeps the nonce it came with. Let through, it is stored under it like any other message, so that a retry of its
    sender finds it there.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        LET_THROUGH = "let_through"
        REFUSED = "refused"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="held_messages")
    sender = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="held_messages")
    content = models.TextField()
    message_type = models.CharField(
        max_length=12, choices=MessageType.choices, default=MessageType.TEXT, db_default=MessageType.TEXT.value
    )
    nonce = models.UUIDField()
    nonce_digest = models.BinaryField(max_length=16)
    reply_to = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # The word rule that held it, None where it is held because its sender is new.
    rule = models.ForeignKey(WordRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=300, help_text="In words, as it was when it was held.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it was refused: its sender reads it.")

    class Meta:
        db_table = "held_messages"
        constraints = [models.UniqueConstraint(fields=["sender", "nonce"], name="held_messages_nonce_once")]
        indexes = [
            models.Index(fields=["room"], name="held_messages_waiting", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"message of {self.sender_id} held back in {self.room_id}"

    @property
    def why_for_sender(self) -> str:
        """Without what the rule looks for, which stands in brackets: whoever knew it would write around it."""
        return self.why.partition(" (")[0]


class Mark(models.Model):
    """A word rule found something in a message: a moderator is to look at it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="marks")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="marks")
    rule = models.ForeignKey(WordRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    why = models.CharField(max_length=300, help_text="In words, as the rule was then.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    seen_by = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "message_marks"
        indexes = [models.Index(fields=["room"], name="message_marks_unseen", condition=models.Q(seen_at=None))]

    def __str__(self) -> str:
        return f"mark on {self.message_id}"


class Report(models.Model):
    """Somebody asks the operators to look at a message, a psychic, a room or an invitation: exactly one of these.

    `evidence` is the thing as it was when it was reported, so that an edit or a deletion takes nothing away.
    """

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"  # something was done about it
        DISMISSED = "dismissed"  # looked at, and left

    reporter = models.ForeignKey(Psychic, null=True, on_delete=models.SET_NULL, related_name="reports")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    psychic = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    invitation = models.ForeignKey(Invitation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=1000)
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=1000, blank=True, help_text="The reporter reads it.")
    answered_by = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    # When the reporter looked at their reports with the answer among them.
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "reports"
        indexes = [models.Index(fields=["state", "id"])]

    def __str__(self) -> str:
        return f"report {self.pk}"


class SearchEntry(models.Model):
    """A message as searches see it. Written by `messaging.search_index`, a moment after the message, with what no model
    holds: on PostgreSQL the column `keys` under a GIN index, on SQLite the FTS5 table `search_keys` with the same."""

    # No constraints: messages are never removed, and each would cost a look for every message.
    message = models.OneToOneField(
        Message, primary_key=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    folded = models.TextField()
    # "file", "image" and "link", as far as it has them.
    has = models.CharField(max_length=20, blank=True, default="")
    # As it stood in the message: another one there says that this entry is of an earlier text.
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "search_entries"

    def __str__(self) -> str:
        return f"index entry of {self.message_id}"


class SearchedRoom(models.Model):
    """How far a room is in the index: every change up to this number is. What is above is searched without it."""

    room = models.OneToOneField(Room, primary_key=True, on_delete=models.CASCADE, related_name="searched")
    seq = models.BigIntegerField()

    class Meta:
        db_table = "search_rooms"

    def __str__(self) -> str:
        return f"{self.room_id} searched up to {self.seq}"
