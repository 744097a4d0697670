"""What an owner sets of a room, in words: for the room's log, its pages and the choices of their forms.

The bounds of each value and how a new one is checked are in `rooms/fields.py`; `services.update_room` writes it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from rooms.models import Kind, Role, Room

Units = tuple[tuple[int, str], ...]

SECONDS: Units = ((3600, "hour"), (60, "minute"), (1, "second"))
HOURS: Units = ((24, "day"), (1, "hour"))
LONG_HOURS: Units = ((365 * 24, "year"), (7 * 24, "week"), (24, "day"), (1, "hour"))
# How much of a text the log tells.
QUOTED = 60

WHO_MENTIONS_ALL = {
    Role.OWNER: "owners",
    Role.MODERATOR: "owners and moderators",
    Role.PARTICIPANT: "everybody in the room",
}


def length(amount: int, units: Units) -> str:
    """3 days; in the largest unit that says it exactly. `amount` counts the smallest one."""
    size, unit = next(one for one in units if amount % one[0] == 0)
    count = amount // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def quoted(text: str) -> str:
    """In one line."""
    text = " ".join(text.split())
    if not text:
        return "none"
    return f"“{text if len(text) <= QUOTED else f'{text[: QUOTED - 1]}…'}”"


# Name of the column -> what it is called, and a value of it in words.
WORDS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "name": ("Name", quoted),
    "description": ("Description", quoted),
    "max_participants": ("Places", str),
    "slow_mode_seconds": ("Slow mode", lambda seconds: length(seconds, SECONDS) if seconds else "none"),
    "mention_all": ("Who may mention all", lambda role: WHO_MENTIONS_ALL[Role(role)]),
    "hold_new_hours": ("Accounts held back while new", lambda hours: length(hours, HOURS) if hours else "none"),
    "hold_new_messages": ("First messages held back", lambda count: str(count) if count else "none"),
    "retention_hours": ("Messages are kept", lambda hours: length(hours, LONG_HOURS) if hours else "for good"),
}


def in_words(name: str, value: Any) -> str:
    """A value of the column in words: `10 seconds`, `for good`."""
    return WORDS[name][1](value)


def from_what_to_what(room: Room, changes: Mapping[str, Any]) -> str:
    """`Slow mode: none → 10 seconds`, for changes that are not written to the room yet."""
    sentences = (
        f"{WORDS[name][0]}: {in_words(name, getattr(room, name))} → {in_words(name, value)}"
        for name, value in changes.items()
    )
    return "; ".join(sentences)


def sentences(room: Room) -> list[str]:
    """The rules of a room for whoever reads or writes there. Where it has none, only who may mention all."""
    if room.kind == Kind.BROADCAST:
        return []
    if room.kind == Kind.PRIVATE:
        return kept_for(room)
    told = []
    if room.slow_mode_seconds:
        told.append(f"Participants wait {length(room.slow_mode_seconds, SECONDS)} between two messages.")
    told += held_back(room)
    told += kept_for(room)
    who = WHO_MENTIONS_ALL[Role(room.mention_all)]
    told.append(f"{who.capitalize()} may mention all at once.")
    return told


def kept_for(room: Room) -> list[str]:
    if not room.retention_hours:
        return []
    kept = length(room.retention_hours, LONG_HOURS)
    if room.kind == Kind.PRIVATE:
        return [f"Messages disappear {kept} after they are sent."]
    return [f"Messages are kept for {kept}, then they are deleted."]


def held_back(room: Room) -> list[str]:
    """Whose messages wait for a moderator because they are new."""
    whose = []
    if room.hold_new_hours:
        whose.append(f"accounts younger than {length(room.hold_new_hours, HOURS)}")
    if count := room.hold_new_messages:
        whose.append("everybody's first message here" if count == 1 else f"everybody's first {count} messages here")
    return [f"Who is new is read by a moderator first: {' and '.join(whose)}."] if whose else []
