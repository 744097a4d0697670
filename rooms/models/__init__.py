"""Where minds meet: the tables."""

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
    "Epoch",
    "Guide",
    "GuideQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Kind",
    "LogEntry",
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
