"""What is asked of rooms and what belongs to them: invitations, restrictions, guides. Rules as data, and the checks of
a room's name, description, size and pace."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings

from mindnet.base import rules
from mindnet.base.errors import invalid
from mindnet.base.text import check_name, clean_text
from rooms import device_log
from rooms.models import Kind, Restriction, Role, Room, WordRule
from rooms.timeline import KINDS

# As a query parameter, where everything is a text.
YES_OR_NO = rules.choice(("true", "false"), example="true")

# Rooms

ROOM_ID = rules.Number(example=12)
ROOM_NAME = rules.Text(1, 80, example="Attic")
ROOM_DESCRIPTION = rules.Text(most=1000, example="Under the roof, above the noise.")
ROOM_KIND = rules.choice(Kind.values, example="open")
# Everyone's room is made by a migration.
CREATABLE_KIND = rules.choice((Kind.OPEN, Kind.CLOSED, Kind.PRIVATE, Kind.MEDITATION), example="open")
MAX_PARTICIPANTS = rules.Number(1, "ROOM_PARTICIPANTS_MAX", example=12)
SLOW_MODE_SECONDS = rules.Number(0, 3600, example=10, says="How long a participant waits between messages or edits.")
MENTION_ALL = rules.choice(Role.values, example="moderator", says="The lowest role that may mention all at once.")
HOLD_NEW_HOURS = rules.Number(
    0, 30 * 24, example=24, says="A moderator looks first at what accounts younger than this write; 0 for nobody."
)
HOLD_NEW_MESSAGES = rules.Number(
    0, 50, example=3, says="So many first messages of a participant here wait for a moderator likewise."
)
RETENTION_HOURS = rules.Number(
    0,
    3650 * 24,
    example=8,
    says="Messages older than this are deleted, in a mind-link those sent since it was set; 0 keeps them.",
)
ROOM_SEARCH = rules.Text(most=80, example="attic", says="Part of the name.")

# Participants, invitations, restrictions

ROLE = rules.choice(Role.values, example="moderator")
INVITATION_CODE = rules.Text(
    example="fTq3mZ0hRkGd0i6Lw2hYxg", says="A closed room wants one, unless you are invited by name."
)
INVITATION_USES = rules.Number(1, 1000, example=1)
INVITATION_HOURS = rules.Number(1, 90 * 24, example=7 * 24, says="How long it holds.")
RESTRICTION_KIND = rules.choice(Restriction.Kind.values, example="mute")
RESTRICTION_MINUTES = rules.Number(1, 366 * 24 * 60, example=60, says="Left out, it lasts until it is lifted.")
RESTRICTION_SECONDS = rules.Number(1, 3600, example=30, says="Only of `slow`: how long they wait between messages.")
RESTRICTION_REASON = rules.Text(1, 200, example="Too loud.", says="Who is restricted will read it.")
ANSWER = rules.Text(1, 1000, example="I was only singing.", says="The moderators of the room will read it.")

# Word rules

WORD_RULE_KIND = rules.choice(WordRule.Kind.values, example="words")
WORD_RULE_PATTERN = rules.Text(
    1, 200, example="buy now*", says="A word or phrase, where * is any letters; or a regular expression in RE2's words."
)
WORD_RULE_ACTION = rules.choice(WordRule.Action.values, example="hold")
WORD_RULE_IS_ON = rules.Flag(says="A new rule is off: look at what it would have found before you switch it on.")

# Guides

GUIDE_ID = rules.Number(example=3, says="The id of a guide you may use.")
WHOSE = rules.choice(("mine", "library", "shared"), says="Your own, the library's, or what others share.")
SHARED = rules.Flag(says="For those who are with you in a meditation room that you moderate.")
GUIDE_NAME = replace(ROOM_NAME, example="Evening calm")
GUIDE_DESCRIPTION = replace(ROOM_DESCRIPTION, example="Ten minutes before sleep.")
STEP_KIND = rules.choice(KINDS, example="silence")
STEP_TEXT = rules.Text(most=500, example="Breathe out.")
STEP_SECONDS = rules.Number(0, "GUIDE_SECONDS", is_whole=False, example=90)
STEP = rules.Record(
    {
        "at": replace(STEP_SECONDS, example=0, says="Seconds after the start."),
        "kind": STEP_KIND,
        "text": STEP_TEXT,
        "seconds": STEP_SECONDS,
    },
    required=("at", "kind"),
)
STEPS = rules.Many(STEP, 1, "GUIDE_STEPS", says="In order, and without overlap.")

# Devices. Lengths are in bytes and by the format, so `rooms.device_log` checks them.

GENERATION = rules.Number(0, says="A log before the newest: 0 for the first that was begun.")
DEVICE_ID = rules.Text(22, 22, pattern="^[A-Za-z0-9_-]{22}$")
CARD = rules.Text(
    example='{"v": 1, "suite": 1, "psychic": 7, "kind": "device", …}',
    says=f"A JSON text of at most {device_log.CARD_BYTES} bytes.",
)
CARD_SIGNATURE = rules.Text(1, 100, says="The device's own, of its card.")
ENTRY = rules.Record(
    {
        "statement": rules.Text(says=f"A JSON text of at most {device_log.STATEMENT_BYTES} bytes."),
        "signature": rules.Text(1, 100),
    },
    required=("statement", "signature"),
    says="Of a device log.",
)
START_OVER = rules.Flag(says="All devices are lost, and `entry` begins a new log.")
# The revocation of the recovery device before, and the endorsement of the new one.
RECOVERY_ENTRIES = rules.Many(ENTRY, 1, 2, says="The endorsement, before it the revocation of the one before.")
BUNDLE = rules.Record(
    {name: rules.Text() for name in ("device", "salt", "iv", "box")} | {"v": rules.Number(1, 1)},
    required=("v", "device", "salt", "iv", "box"),
    says="The recovery device's private keys, sealed by the code.",
)
HANDED_ON_ROOM = rules.Number(example=12, says="Of this mind-link alone.")
HANDED_ON = rules.Text(says="A JSON text of at most 32 KiB: keys of earlier messages, sealed for the device.")


def checked_name(name: str, *, of: str = "room") -> str:
    name = name.strip()
    if not ROOM_NAME.fits(name):
        raise invalid("name", f"A {of} name has 1 to {ROOM_NAME.most} characters.")
    check_name(name, field="name")
    return name


def checked_description(description: str) -> str:
    try:
        description = clean_text(description).strip()
    except ValueError as error:
        raise invalid("description", str(error)) from None
    if not ROOM_DESCRIPTION.fits(description):
        raise invalid("description", f"A description has at most {ROOM_DESCRIPTION.most} characters.")
    return description


def checked_size(places: int | None) -> int:
    """How many a room takes; None asks for the default."""
    if places is None:
        default: int = settings.LIMITS["ROOM_PARTICIPANTS"]
        return default
    if not MAX_PARTICIPANTS.fits(places):
        most = settings.LIMITS["ROOM_PARTICIPANTS_MAX"]
        raise invalid("max_participants", f"A room takes from 1 to {most} participants.")
    return places


def checked_slow_mode(seconds: int) -> int:
    if not SLOW_MODE_SECONDS.fits(seconds):
        raise invalid("slow_mode_seconds", f"Slow mode takes from 0 to {SLOW_MODE_SECONDS.most} seconds.")
    return seconds


def changed_name(room: Room, name: str) -> str:
    if room.kind == Kind.PRIVATE and name != room.name:
        raise invalid("name", "A private room is named after its two.")
    return checked_name(name)


def changed_slow_mode(room: Room, seconds: int) -> int:
    # It would slow the other alone, since owners are not slowed, and the owner here is no more than who has opened it.
    if room.kind == Kind.PRIVATE and seconds not in (0, room.slow_mode_seconds):
        raise invalid("slow_mode_seconds", "In a mind-link nobody slows the other.")
    return checked_slow_mode(seconds)


def changed_size(room: Room, places: int) -> int:
    if room.kind == Kind.PRIVATE and places != room.max_participants:
        raise invalid("max_participants", "A private room has place for its two alone.")
    if places < room.participant_count:
        raise invalid("max_participants", f"{room.participant_count} participants are in this room.")
    return checked_size(places)


def changed_rule(name: str, rule: rules.Number, sentence: str, *, in_links: bool = False) -> Callable[[Room, int], int]:
    """The check of a house rule that is a number. `sentence` says what it takes. `in_links`: mind-links may have it."""

    def check(room: Room, number: int) -> int:
        if not in_links:
            refuse_in_a_link(room, name, number, 0)
        if not rule.fits(number):
            raise invalid(name, sentence)
        return number

    return check


def changed_mention_all(room: Room, role: str) -> str:
    refuse_in_a_link(room, "mention_all", role, Role.MODERATOR)
    if not MENTION_ALL.fits(role):
        raise invalid("mention_all", f"Who may mention all is one of {', '.join(MENTION_ALL.of)}.")
    return role


def refuse_in_a_link(room: Room, name: str, value: Any, default: Any) -> None:
    """In a mind-link one would set rules for the other, though neither is above the other."""
    if room.kind == Kind.PRIVATE and value != default:
        raise invalid(name, "A mind-link has no house rules: neither of the two is above the other.")


# What an owner may change, and how a new value is checked.
CHANGES: dict[str, Callable[[Room, Any], Any]] = {
    "name": changed_name,
    "description": lambda room, text: checked_description(text),
    "max_participants": changed_size,
    "slow_mode_seconds": changed_slow_mode,
    "mention_all": changed_mention_all,
    "hold_new_hours": changed_rule(
        "hold_new_hours", HOLD_NEW_HOURS, f"New accounts are held back for 0 to {HOLD_NEW_HOURS.most} hours."
    ),
    "hold_new_messages": changed_rule(
        "hold_new_messages", HOLD_NEW_MESSAGES, f"From 0 to {HOLD_NEW_MESSAGES.most} first messages are held back."
    ),
    "retention_hours": changed_rule(
        "retention_hours",
        RETENTION_HOURS,
        f"Messages are kept for 1 to {RETENTION_HOURS.most} hours, or with 0 for good.",
        in_links=True,
    ),
}
# What either of the two changes in a mind-link, where nobody is above the other.
CHANGED_BY_EITHER = {"retention_hours"}
