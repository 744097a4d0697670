"""Where minds meet: the tables."""

from rooms.models.devices import (
    Device,
    DeviceLog,
    DeviceLogEntry,
    DeviceQuerySet,
    HandedOnKeys,
    RecoveryBundle,
)
from rooms.models.order import (
    Invitation,
    InvitationQuerySet,
    LogEntry,
    Restriction,
    RestrictionQuerySet,
    WordRule,
    new_invitation_code,
)
from rooms.models.room import (
    PUBLIC_KINDS,
    Epoch,
    Kind,
    Role,
    Room,
    RoomParticipant,
    RoomParticipantQuerySet,
    RoomQuerySet,
    RoomReceipts,
)
from rooms.models.sessions import Guide, GuideQuerySet, Session, SessionQuerySet, Sitting, SittingQuerySet

__all__ = [
    "PUBLIC_KINDS",
    "Device",
    "DeviceLog",
    "DeviceLogEntry",
    "DeviceQuerySet",
    "Epoch",
    "Guide",
    "GuideQuerySet",
    "HandedOnKeys",
    "Invitation",
    "InvitationQuerySet",
    "Kind",
    "LogEntry",
    "RecoveryBundle",
    "Restriction",
    "RestrictionQuerySet",
    "Role",
    "Room",
    "RoomParticipant",
    "RoomParticipantQuerySet",
    "RoomQuerySet",
    "RoomReceipts",
    "Session",
    "SessionQuerySet",
    "Sitting",
    "SittingQuerySet",
    "WordRule",
    "new_invitation_code",
]
