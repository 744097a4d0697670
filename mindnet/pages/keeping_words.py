"""The words in which deeds in a room are offered, asked back and told."""

from dataclasses import dataclass

from django.utils.formats import date_format

from rooms.models import LogEntry, Restriction

# Minutes and what they are called; `lifted` and `number` are read by the page of a person.
LENGTHS = [
    (10, "10 minutes"),
    (60, "an hour"),
    (24 * 60, "a day"),
    (7 * 24 * 60, "a week"),
    ("lifted", "until it is lifted"),
    ("number", "a number of minutes"),
]


@dataclass(frozen=True)
class Deed:
    """`offer` stands on the button, `ask` and `means` before it is done, `done` afterwards. `fields` go along."""

    key: str
    offer: str
    ask: str
    means: str
    done: str
    fields: tuple[str, ...] = ()
    harms: bool = False

    @property
    def is_restriction(self) -> bool:
        return self.key in Restriction.Kind.values


TIMED = ("length", "minutes", "reason", "message")
DEEDS = {
    deed.key: deed
    for deed in (
        Deed(
            "owner",
            "Make owner",
            "Make {name} an owner of {room}?",
            "They may do all that you may: give roles, change the room and end it. You stay owner, and each of you can"
            " take that from the other.",
            "{name} is an owner now.",
        ),
        Deed(
            "moderator",
            "Make moderator",
            "Make {name} a moderator of {room}?",
            "Moderators invite people, delete messages, and mute, slow down, kick or ban participants.",
            "{name} is a moderator now.",
        ),
        Deed(
            "participant",
            "Make participant",
            "Make {name} a participant of {room}?",
            "They stay in the room and keep no order there any more. Invitations they have made let nobody in.",
            "{name} is a participant now.",
            harms=True,
        ),
        Deed(
            "hand_over",
            "Hand the room over",
            "Hand {room} over to {name}?",
            "They own it, and you become a moderator, both at once. Only they can make you owner again.",
            "{name} owns the room now, and you moderate it.",
            harms=True,
        ),
        Deed(
            "mute",
            "Mute",
            "Mute {name} in {room} {length}?",
            "They can read, but not write or react, and read your reason.",
            "{name} is muted.",
            TIMED,
            harms=True,
        ),
        Deed(
            "slow",
            "Slow down",
            "Slow {name} down in {room} {length}?",
            "They wait {wait} between two messages, and read your reason.",
            "{name} is slowed down.",
            (*TIMED, "seconds"),
            harms=True,
        ),
        Deed(
            "kick",
            "Kick",
            "Kick {name} out of {room}?",
            "They will be put out, read your reason, and may come back at once.",
            "{name} is out, and may come back.",
            ("reason", "message"),
            harms=True,
        ),
        Deed(
            "ban",
            "Ban",
            "Ban {name} from {room} {length}?",
            "They will be put out, cannot come back or write here meanwhile, and read your reason.",
            "{name} is banned.",
            TIMED,
            harms=True,
        ),
    )
}


def question(deed, *, name, room, minutes=None, seconds=None, reason=""):
    """(what is asked, what it means) before a deed is done."""
    words = {"name": name, "room": room, "length": for_minutes(minutes), "wait": counted(seconds or 0, "second")}
    return deed.ask.format(**words), deed.means.format(**words)


def for_minutes(minutes):
    if minutes is None:
        return "until it is lifted"
    return f"for {dict(LENGTHS).get(minutes) or counted(minutes, 'minute')}"


def counted(count, unit):
    return f"{count} {unit}{'' if count == 1 else 's'}"


def length_words(restriction):
    """Until when, for a person."""
    if restriction.kind == Restriction.Kind.KICK:
        return ""
    if restriction.until is None:
        return "until it is lifted"
    return f"until {date_format(restriction.until, 'j F Y, H:i')} UTC"


# `{by} … {whom}`; the page sets names apart itself.
TOLD = {
    LogEntry.Deed.CHANGE: "changed the room",
    LogEntry.Deed.INVITE: "invited",
    LogEntry.Deed.WITHDRAW: "withdrew an invitation",
    LogEntry.Deed.MAKE_OWNER: "made owner:",
    LogEntry.Deed.MAKE_MODERATOR: "made moderator:",
    LogEntry.Deed.MAKE_PARTICIPANT: "made participant:",
    LogEntry.Deed.KICK: "kicked",
    LogEntry.Deed.MUTE: "muted",
    LogEntry.Deed.BAN: "banned",
    LogEntry.Deed.SLOW: "slowed down",
    LogEntry.Deed.LIFT: "took back what was on",
    LogEntry.Deed.DELETE: "deleted a message of",
    LogEntry.Deed.LET_THROUGH: "let a held message through, of",
    LogEntry.Deed.REFUSE: "refused a held message of",
    LogEntry.Deed.RULE: "changed the word rules",
    LogEntry.Deed.END: "ended the room",
}
