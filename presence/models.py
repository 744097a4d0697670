"""Who a psychic is, and whether they are here.

The truth about being here is a `Connection` row per open socket together with the heartbeat of its `Node` (one row
per server process). `Psychic.status` is what these add up to, kept by `presence.registry` so that lists can be read
in one query.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from presence.passwords import normalised

USERNAME_PATTERN = r"^[A-Za-z0-9_.-]{3,30}\Z"
# A node writes a heartbeat every 5 s; three missed ones and it is dead (DESIGN §5).
NODE_HEARTBEAT_SECONDS = 5
NODE_LEASE_SECONDS = 15


class Status(models.TextChoices):
    """What a psychic is doing. Online and away come from the connections, unless the psychic has chosen otherwise."""

    ONLINE = "online"
    AWAY = "away"
    MEDITATING = "meditating"
    INVISIBLE = "invisible"
    OFFLINE = "offline"


class PsychicQuerySet(models.QuerySet["Psychic"]):
    def named(self, username: str) -> Self:
        """The psychic of this name, whatever its case."""
        return self.annotate(username_lower=Lower("username")).filter(username_lower=str(username).lower())

    def with_names(self, usernames: Iterable[str]) -> Self:
        """The psychics of any of these names, whatever their case."""
        names = {str(username).lower() for username in usernames}
        return self.annotate(username_lower=Lower("username")).filter(username_lower__in=names)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def online(self, since: datetime | None = None) -> Self:
        """Psychics with a live connection (`since`: see there) whom others may see, so without the invisible ones."""
        live = Connection.objects.live(since).filter(psychic=models.OuterRef("pk"))
        return self.active().exclude(status=Status.INVISIBLE).filter(models.Exists(live))


PsychicQueries = UserManager.from_queryset(PsychicQuerySet)


class PsychicManager(PsychicQueries["Psychic"]):  # type: ignore[valid-type]  # a class, made by a call
    def get_by_natural_key(self, username: str | None) -> "Psychic":
        return self.named(username or "").get()

    def _create_user_object(self, username: str, email: str | None, password: str | None, **fields: Any) -> "Psychic":
        """Behind create_user and createsuperuser, which hash the password themselves."""
        password = normalised(password) if password else password
        psychic: Psychic = super()._create_user_object(username, email, password, **fields)  # type: ignore[misc]  # private
        return psychic


class Psychic(AbstractUser):
    """A person's account: the user model."""

    first_name = None  # type: ignore[assignment]  # how Django is told to leave a field out
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        max_length=30,
        unique=True,
        help_text="3 to 30 letters, digits, dots, dashes or underscores. Unique whatever the case.",
        validators=[
            RegexValidator(USERNAME_PATTERN, "A username has 3 to 30 of the characters A-Z a-z 0-9 _ . - and no other.")
        ],
        error_messages={"unique": "This username is taken."},
    )
    display_name = models.CharField(max_length=80, blank=True)
    bio = models.TextField(blank=True, validators=[MaxLengthValidator(2000)])
    abilities = models.JSONField(default=list, blank=True, help_text="A list of words: what this psychic is good at.")
    # The key of the picture in the storage, new with every upload; see presence.avatars.
    avatar = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    status = models.CharField(
        max_length=12,
        choices=Status.choices,
        default=Status.OFFLINE,
        help_text="What all connections and the psychic's own choice add up to.",
    )
    chosen_status = models.CharField(
        max_length=12,
        choices=[(status, status.label) for status in (Status.AWAY, Status.MEDITATING, Status.INVISIBLE)],
        blank=True,
        default="",
        help_text="As the psychic has set it for all their connections; it lasts until they choose online.",
    )
    note = models.CharField(max_length=140, blank=True, help_text="A few words beside the status.")
    until = models.DateTimeField(null=True, blank=True, help_text="When the chosen status ends by itself.")
    last_online = models.DateTimeField(null=True, blank=True, editable=False)
    connection_id = models.UUIDField(null=True, blank=True, editable=False, help_text="The newest live connection.")
    # The room now looked at. A plain number, since rooms stand on a higher shelf than presence.
    room_id = models.BigIntegerField(null=True, blank=True, editable=False)

    # Watermarks in everyone's room, where nobody has a participant row.
    everyone_delivered_seq = models.BigIntegerField(default=0, editable=False)
    everyone_read_seq = models.BigIntegerField(default=0, editable=False)
    everyone_unread_from = models.BigIntegerField(null=True, blank=True, editable=False)
    # What others see instead once the psychic has read on while invisible.
    shown_everyone_delivered_seq = models.BigIntegerField(null=True, blank=True, editable=False)
    shown_everyone_read_seq = models.BigIntegerField(null=True, blank=True, editable=False)
    # When they moved last while there were several connections, as in room_participants.
    everyone_moved_at = models.DateTimeField(null=True, blank=True, editable=False)

    # The password that tokens and connections stand on, as it is stored. Where `password` is another one, somebody has
    # set it past the services, and they are over. Empty before the first login.
    settled_password = models.CharField(max_length=128, db_default="", default="", editable=False)

    # Whether the username is another one since the row was written last; see presence.accounts. No column.
    is_renamed: bool = False

    # The login that outlives a new password about to be saved: a token's id, and what its connections know it by. No
    # columns; see presence.accounts.keep_login.
    kept_token: str | None = None
    kept_credential: str | None = None

    banned_until = models.DateTimeField(null=True, blank=True, help_text="May not connect before this time.")
    ban_reason = models.CharField(max_length=200, blank=True)

    objects: ClassVar[PsychicManager] = PsychicManager()

    # Of `createsuperuser`: an e-mail address is optional here, and nothing is ever sent to one.
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "psychics"
        verbose_name = "psychic"
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="psychics_username_lower", violation_error_message="This username is taken."
            )
        ]
        # Few have chosen a status; asking who meditates in a room starts from them. Few are closed; sweeps look there.
        indexes = [
            models.Index(fields=["chosen_status"], name="psychics_chosen", condition=~models.Q(chosen_status="")),
            models.Index(
                fields=["everyone_moved_at"], name="psychics_moved", condition=~models.Q(everyone_moved_at=None)
            ),
            models.Index(fields=["status"], name="psychics_closed", condition=models.Q(is_active=False)),
        ]

    def get_full_name(self) -> str:
        return self.display_name or self.username

    def get_short_name(self) -> str:
        return self.username

    def set_password(self, raw_password: str | None) -> None:
        password = normalised(raw_password) if raw_password else raw_password
        super().set_password(password)
        if password != raw_password:
            # Django hashes for an unknown name by this call: it has to take as long as `check_password` with two tries.
            make_password(raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        """Whether it is the password, in whatever way it was typed. Earlier releases kept it as it was typed: then it
        counts as typed, and is kept anew."""
        if raw_password is None:
            return False
        password = normalised(raw_password)
        if check_password(password, self.password, self.keep_anew):
            return True
        if password == raw_password or not check_password(raw_password, self.password):
            return False
        self.keep_anew(password)
        return True

    def keep_anew(self, raw_password: str) -> None:
        """The same password under a new hash: with today's effort, or as it is typed today. It replaces the one that
        was checked and no other, since the password may be changed in the same moment. Tokens and connections stand on
        it as before."""
        checked, self.password = self.password, make_password(raw_password)
        settled = models.Case(
            models.When(settled_password=checked, then=models.Value(self.password)), default="settled_password"
        )
        Psychic.objects.filter(pk=self.pk, password=checked).update(password=self.password, settled_password=settled)
        if self.settled_password == checked:
            self.settled_password = self.password


class Meditation(models.Model):
    """How a psychic meditates: who gets through to them, and when it begins by itself. No row: the defaults.

    Changed only while the psychic's own row is locked.
    """

    class UrgentFrom(models.TextChoices):
        NOBODY = "nobody"
        CHOSEN = "chosen"
        ANYONE_TWICE = "anyone_twice"  # the second urgent message of the same sender within ten minutes

    psychic = models.OneToOneField(Psychic, on_delete=models.CASCADE, primary_key=True, related_name="meditation")
    urgent_from = models.CharField(max_length=12, choices=UrgentFrom.choices, default=UrgentFrom.ANYONE_TWICE)
    chosen = models.ManyToManyField(Psychic, blank=True, related_name="+", help_text="Who may be urgent at once.")
    time_zone = models.CharField(max_length=64, default="UTC")
    # [{"days": ["mon", …], "from": "22:00", "to": "07:00"}], in the psychic's own zone.
    quiet_hours = models.JSONField(default=list, blank=True)
    # The next beginning, so that a sweep finds who is due by an index.
    quiet_starts_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)
    # The end of the quiet hours under way, and the choice they stand in for.
    quiet_until = models.DateTimeField(null=True, blank=True, editable=False)
    resume_status = models.CharField(max_length=12, blank=True, default="", editable=False)
    resume_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "meditations"

    def __str__(self) -> str:
        return f"meditation of {self.psychic_id}"


class Ability(models.Model):
    """A word of `Psychic.abilities` as it is searched for: without case. Written with the list by presence.profiles."""

    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="ability_rows")
    word = models.CharField(max_length=120)

    class Meta:
        db_table = "psychic_abilities"
        verbose_name_plural = "abilities"
        constraints = [models.UniqueConstraint(fields=["word", "psychic"], name="psychic_abilities_once")]

    def __str__(self) -> str:
        return self.word


class Node(models.Model):
    """A server process. Its heartbeat is the lease of all its connections."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(max_length=100)
    pid = models.IntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now, db_index=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "nodes"

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def open(self) -> Self:
        """Not closed by anyone, whether or not its process still lives."""
        return self.filter(closed_at=None)

    def live(self, since: datetime | None = None) -> Self:
        """Open, and its process gave a sign of life since then: within the lease."""
        return self.open().filter(node__stopped_at=None, node__heartbeat_at__gt=since or lease_began())


def lease_began() -> datetime:
    """Whatever process has given no sign of life since then is dead."""
    return timezone.now() - timedelta(seconds=NODE_LEASE_SECONDS)


class Connection(models.Model):
    """An open socket. The row outlives the socket by the offline grace, then it is deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    psychic = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="connections")
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="connections")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    is_away = models.BooleanField(default=False)
    room_id = models.BigIntegerField(null=True, blank=True, help_text="The room this connection looks at.")
    address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    # What let it in: a login session's key or a token's key, as a digest that opens nothing.
    credential = models.CharField(max_length=64, blank=True, editable=False)
    # The same for the sweep that finds what ended past the services: one of the two, or neither in a row of the release
    # before. Shown nowhere.
    session_key = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    token_digest = models.CharField(max_length=128, blank=True, default="", db_default="", editable=False)
    # Set by whoever wants this socket closed; the node that holds it obeys, at once or within its next look.
    close_code = models.IntegerField(null=True, blank=True)
    close_reason = models.CharField(max_length=200, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        db_table = "connections"
        indexes = [
            models.Index(fields=["psychic", "closed_at"]),
            models.Index(fields=["node", "closed_at"]),
            models.Index(fields=["credential"]),
            models.Index(fields=["room_id"], name="connections_looking", condition=models.Q(closed_at=None)),
            models.Index(fields=["closed_at"], name="connections_closed", condition=~models.Q(closed_at=None)),
        ]
        permissions = [("disconnect", "Can disconnect psychics")]

    def __str__(self) -> str:
        return str(self.id)


class Block(models.Model):
    """One psychic wants to hear nothing from another. Told to nobody, least of all to whom it concerns; see
    presence.blocks."""

    blocker = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Psychic, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "blocks"
        constraints = [models.UniqueConstraint(fields=["blocker", "blocked"], name="blocks_once")]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
