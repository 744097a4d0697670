"""The fields of a room's settings: what each is called, what helps to choose, and the choices that are offered.

A value that is none of the choices, set by REST, is one more of them in the room that has it.
"""

from dataclasses import dataclass

from mindnet.base.ids import whole_number
from mindnet.base.rules import Number, Rule
from rooms import fields as rooms
from rooms import house_rules, services
from rooms.models import Kind, Role

HOUR, DAY = 1, 24


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    help: str
    kind: str  # text, lines, number, choice
    rule: Rule
    offered: tuple = ()
    none: str = ""  # what 0 is called
    many: str = "{}"  # what stands around any other value


SECTIONS = (
    ("What it is", (
        Field("name", "Name", "", "text", rooms.ROOM_NAME),
        Field("description", "What it is for", "Everybody who sees the room reads it.", "lines",
              rooms.ROOM_DESCRIPTION),
        Field("max_participants", "Places", "How many people may be in the room at once, with you.", "number",
              rooms.MAX_PARTICIPANTS),
    )),
    ("Pace", (
        Field("slow_mode_seconds", "Slow mode", "How long a participant waits between two messages or edits. Owners "
              "and moderators do not wait.", "choice", rooms.SLOW_MODE_SECONDS, (0, 5, 10, 30, 60, 300, 900, 3600),
              "Nobody waits"),
    )),
    ("Who may what", (
        Field("mention_all", "Who may mention all", "A message that mentions all calls everybody who is in the room.",
              "choice", rooms.MENTION_ALL, tuple(Role.values)),
    )),
    ("Newcomers", (
        Field("hold_new_hours", "New accounts", "What they write waits until a moderator has read it. It keeps out who "
              "makes an account only to disturb.", "choice", rooms.HOLD_NEW_HOURS, (0, 1, 24, 72, 168, 720),
              "May write at once", "Wait until {} old"),
        Field("hold_new_messages", "How many first messages wait", "Of everybody who is new in this room, however old "
              "their account is. A moderator reads them first, too.", "choice", rooms.HOLD_NEW_MESSAGES,
              (0, 1, 3, 5, 10, 20, 50), "None"),
    )),
    ("How long it is kept", (
        Field("retention_hours", "Messages are kept", "What is older is deleted for everybody, also what is there "
              "already. It does not come back.", "choice", rooms.RETENTION_HOURS,
              (0, HOUR, 8 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 365 * DAY, 730 * DAY, 1825 * DAY,
               3650 * DAY), "For good", "For {}"),
    )),
)  # fmt: skip
# The rest of a mind-link is made for two equals, and so for nobody to set.
IN_A_LINK = (
    ("What it is", (
        Field("description", "What it is for", "You both read it.", "lines", rooms.ROOM_DESCRIPTION),
    )),
    ("Disappearing messages", (
        Field("retention_hours", "Messages disappear", "So long after they were sent, on the server and on every "
              "device of you both. Either of you may change it, and the other is told. What was said before it is "
              "switched on stays.", "choice", rooms.RETENTION_HOURS,
              (0, HOUR, 8 * HOUR, DAY, 7 * DAY, 28 * DAY), "Never", "After {}"),
    )),
)  # fmt: skip

FIELDS = tuple(field for _, fields in SECTIONS for field in fields)
NUMBERS = {field.name for field in FIELDS if isinstance(field.rule, Number)}


def sections_for(room):
    """What of a room is set by who looks at it; `room` has my_role. In a mind-link either of the two sets something."""
    if room.kind != Kind.PRIVATE:
        return SECTIONS if room.my_role == Role.OWNER else ()
    mine = [(title, [field for field in fields if may_set(room, field.name)]) for title, fields in IN_A_LINK]
    return tuple((title, fields) for title, fields in mine if fields)


def may_set(room, name):
    return room.my_role in services.changed_by(room.kind, {name})


def options_of(field, text):
    """[(value, words, whether it is chosen)] of a choice, in order; a value of its own among them."""
    offered = list(field.offered)
    own = whole_number(text) if field.name in NUMBERS else None
    if field.kind == "choice" and own is not None and own not in offered and field.rule.fits(own):
        offered = sorted([*offered, own])
    return [(str(value), words(field, value), str(value) == text) for value in offered]


def words(field, value):
    if value == 0:
        return field.none
    said = field.many.format(house_rules.in_words(field.name, value))
    return said[:1].upper() + said[1:]
