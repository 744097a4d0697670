"""What messaging does when something happens below it."""

from typing import Any

from messaging import deciding
from messaging.models import HeldMessage
from presence.models import Psychic
from presence.signals import psychic_closed
from rooms.endings import room_ended
from rooms.models import Room


def connect() -> None:
    room_ended.connect(refuse_in_ended_room)
    psychic_closed.connect(refuse_of_closed_account)


def refuse_in_ended_room(sender: Any, room: Room, **kwargs: Any) -> None:
    """Nobody says anything there any more."""
    deciding.refuse_all(HeldMessage.objects.filter(room=room), deciding.CLOSED_ROOM)


def refuse_of_closed_account(sender: Any, psychic: Psychic, **kwargs: Any) -> None:
    deciding.refuse_all(HeldMessage.objects.filter(sender=psychic), deciding.CLOSED_ACCOUNT)
