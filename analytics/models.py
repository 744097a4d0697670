"""What happened: the log that connections leave behind."""

from django.db import models
from django.utils import timezone

from presence.models import Psychic


class Action(models.TextChoices):
    CONNECTED = "connected"
    RESUMED = "resumed"  # came back within the offline grace
    REFUSED = "refused"  # at the handshake
    DISCONNECTED = "disconnected"
    LOST = "lost"  # its process died, or the link went silent
    KICKED = "kicked"  # closed by the server: an administrator, a ban, a limit


class ConnectionLog(models.Model):
    psychic = models.ForeignKey(Psychic, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=12, choices=Action.choices)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    timestamp = models.DateTimeField(default=timezone.now, db_index=True)
    user_agent = models.CharField(max_length=300, blank=True)
    connection_id = models.UUIDField(null=True, blank=True)
    node = models.CharField(max_length=100, blank=True, help_text="host:pid of the process")
    close_code = models.IntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    duration_seconds = models.FloatField(null=True, blank=True)
    times = models.PositiveIntegerField(
        default=1, db_default=1, help_text="handshakes: those refused for one reason are gathered for a minute"
    )

    class Meta:
        db_table = "connection_logs"
        indexes = [models.Index(fields=["psychic", "timestamp"]), models.Index(fields=["action", "timestamp"])]
        permissions = [("view", "Can view analytics")]

    def __str__(self) -> str:
        return f"{self.action} {self.timestamp:%Y-%m-%d %H:%M:%S}"
