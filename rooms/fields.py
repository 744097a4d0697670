"""What is asked of a room's name, description, size and pace."""

from django.conf import settings

from mindnet.base.errors import invalid
from mindnet.base.text import FORBIDDEN_NAME, clean_text
from rooms.models import Kind

NAME_LENGTH = 80
DESCRIPTION_LENGTH = 1000
SLOW_MODE_SECONDS_MAX = 3600


def checked_name(name, *, of="room"):
    name = name.strip()
    if not 1 <= len(name) <= NAME_LENGTH:
        raise invalid("name", f"A {of} name has 1 to {NAME_LENGTH} characters.")
    if FORBIDDEN_NAME.search(name):
        raise invalid("name", "Control and invisible characters are not allowed in a name.")
    return name


def checked_description(description):
    try:
        description = clean_text(description).strip()
    except ValueError as error:
        raise invalid("description", str(error)) from None
    if len(description) > DESCRIPTION_LENGTH:
        raise invalid("description", f"A description has at most {DESCRIPTION_LENGTH} characters.")
    return description


def checked_size(places):
    """How many a room takes; None asks for the default."""
    if places is None:
        return settings.LIMITS["ROOM_PARTICIPANTS"]
    most = settings.LIMITS["ROOM_PARTICIPANTS_MAX"]
    if not 1 <= places <= most:
        raise invalid("max_participants", f"A room takes from 1 to {most} participants.")
    return places


def checked_slow_mode(seconds):
    if not 0 <= seconds <= SLOW_MODE_SECONDS_MAX:
        raise invalid("slow_mode_seconds", f"Slow mode takes from 0 to {SLOW_MODE_SECONDS_MAX} seconds.")
    return seconds


def changed_name(room, name):
    if room.kind == Kind.PRIVATE and name != room.name:
        raise invalid("name", "A private room is named after its two.")
    return checked_name(name)


def changed_size(room, places):
    if room.kind == Kind.PRIVATE and places != room.max_participants:
        raise invalid("max_participants", "A private room has place for its two alone.")
    if places < room.participant_count:
        raise invalid("max_participants", f"{room.participant_count} participants are in this room.")
    return checked_size(places)


# What an owner may change, and how a new value is checked.
CHANGES = {
    "name": changed_name,
    "description": lambda room, text: checked_description(text),
    "max_participants": changed_size,
    "slow_mode_seconds": lambda room, seconds: checked_slow_mode(seconds),
}
