"""What waits for a moderator before it is said, and what is marked for one to look at afterwards.

Held back is what somebody new writes in a room that asks for it, and what a word rule finds. It has no number and is
shown to nobody but its sender and the moderators until one of them lets it through: then it is stored like any other
message, under the nonce it came with, so that a retry of its sender finds it. Who keeps order is not held back, nor is
anything in a mind-link or sealed, nor what operators broadcast.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from django.conf import settings
from django.db.models import QuerySet

from messaging.drafts import Draft, Numbered
from messaging.models import Attachment, HeldMessage, Mark, Message, MessageType
from mindnet.base.errors import DomainError
from presence.models import Psychic
from rooms import log, word_rules
from rooms.models import Kind, LogEntry, Role, Room, WordRule

WAITS = "A moderator looks at this first. It is not said yet, and nobody else sees it."
NOT_LET_THROUGH = "A moderator did not let this through."
TAKEN_BACK = "You took this back."
EDIT_WAITS = "A moderator would have to look at this first, and a change cannot wait. Write a new message."
TOO_MANY = "Too many of your messages wait for a moderator here already."

NEW_HERE = "You are new here."
FEW_MESSAGES = "Your first messages in this room are looked at first."
HAS_WORD = "It contains a word this room looks at first."
FULL = "Wait until a moderator has looked at them, or take one back."


class RoomRules(Protocol):
    """A room's row, as the writer has it or as the ORM gives it."""

    pk: int
    kind: str
    hold_new_hours: int
    hold_new_messages: int
    has_word_rules: bool


class Found(NamedTuple):
    """Why a text is held back or marked. `why` is what its sender reads; `rule` found it, None for who is new."""

    action: str
    why: str
    rule: WordRule | None = None

    @property
    def words(self) -> str:
        """For moderators: with what the rule looks for."""
        return f"{self.why} ({self.rule.pattern})" if self.rule else self.why


def is_looked_at(room: RoomRules, role: str | None, message_type: str) -> bool:
    """Whether anything in this room is asked of what somebody of this role writes."""
    has_rules = bool(room.hold_new_hours or room.hold_new_messages or room.has_word_rules)
    return has_rules and role == Role.PARTICIPANT and room.kind != Kind.PRIVATE and message_type != MessageType.SEALED


def look_at(
    room: RoomRules, sender_id: int, content: str, now: datetime, rules: Sequence[WordRule] | None = None
) -> Found | None:
    """What is to become of a text in a room that looks at texts, None where it is simply said. `rules`: those of the
    room in force, where they are known already."""
    if why := why_new(room, sender_id, now):
        return Found(WordRule.Action.HOLD, why)
    if not room.has_word_rules:
        return None
    known = word_rules.rules_in_force([room.pk]).get(room.pk, []) if rules is None else rules
    rule = word_rules.find(known, content)
    return Found(rule.action, HAS_WORD, rule) if rule else None


def why_new(room: RoomRules, sender_id: int, now: datetime) -> str:
    """In which sense the sender is new in a room, empty where they are not."""
    if room.hold_new_hours:
        since = now - timedelta(hours=room.hold_new_hours)
        if Psychic.objects.filter(pk=sender_id, date_joined__gt=since).exists():
            return NEW_HERE
    if room.hold_new_messages:
        said = Message.objects.filter(room_id=room.pk, sender_id=sender_id, deleted_at=None)
        if said[: room.hold_new_messages].count() < room.hold_new_messages:
            return FEW_MESSAGES
    return ""


# Held back


def waiting() -> QuerySet[HeldMessage]:
    return HeldMessage.objects.filter(state=HeldMessage.State.WAITING)


def hold(draft: Draft, digest: bytes, found: Found, now: datetime) -> HeldMessage:
    """Keeps a draft back, in the writer's transaction. Raises `muted` where too many of its sender wait already."""
    mine = waiting().filter(room=draft.room_id, sender=draft.sender_id)
    if settings.LIMITS_ENFORCED and mine.count() >= settings.LIMITS["HELD_WAITING"]:
        raise DomainError("muted", TOO_MANY, reason=FULL, until=None, held=False)
    return HeldMessage.objects.create(
        room_id=draft.room_id,
        sender_id=draft.sender_id,
        content=draft.content,
        message_type=draft.message_type,
        nonce=draft.nonce,
        nonce_digest=digest,
        reply_to_id=draft.reply_to,
        created_at=now,
        rule=found.rule,
        why=found.words,
    )


def refusal(held: HeldMessage) -> DomainError:
    """What the sender of a message that was held back is told, also when they send it again. The reason is a
    moderator's: for what the sender took back there is none."""
    if held.state == HeldMessage.State.WAITING:
        return DomainError("muted", WAITS, reason=held.why_for_sender, until=None, held=True)
    if held.decided_by_id == held.sender_id:
        return DomainError("muted", TAKEN_BACK, reason="", until=None, held=False)
    return DomainError("muted", NOT_LET_THROUGH, reason=held.reason, until=None, held=False)


def refuse_edit(room: Room, sender_id: int, content: str, now: datetime) -> Found | None:
    """Raises `muted` where a new text of a message would be held back; gives what marks it."""
    found = look_at(room, sender_id, content, now)
    if found and found.action == WordRule.Action.HOLD:
        raise DomainError("muted", EDIT_WAITS, reason=found.why, until=None, held=False)
    return found


def let_go(held_id: int, by_id: int, now: datetime) -> None:
    """Takes a waiting message for the one who lets it through, in the transaction that stores it. Raises `conflict` for
    whoever comes second. From then on the message has the words: what is edited or deleted there is not kept here."""
    decide(held_id, HeldMessage.State.LET_THROUGH, by_id, now, content="")
    held = HeldMessage.objects.select_related("room", "sender", "decided_by").get(pk=held_id)
    log.record(held.room, LogEntry.Deed.LET_THROUGH, by=held.decided_by, psychic=held.sender, reason=held.why)


def decide(held_id: int, state: str, by_id: int, now: datetime, **fields: str) -> None:
    """Once, whoever comes first. What is refused loses its files."""
    one = waiting().filter(pk=held_id)
    if not one.update(state=state, decided_by_id=by_id, decided_at=now, **fields):
        raise decided_already()
    if state == HeldMessage.State.REFUSED:
        drop_files([held_id], now=now)


def drop_files(held_ids: Collection[int], *, now: datetime) -> None:
    """Of messages that nobody will read. They are taken away after the commit, by the sweep."""
    Attachment.objects.filter(held__in=held_ids, removed_at=None).update(removed_at=now)


def decided_already() -> DomainError:
    return DomainError("conflict", "Somebody has decided on this message already.")


# Marked


def mark(messages: Iterable[tuple[Numbered | Message, Found]]) -> None:
    """Marks messages that are stored, in the transaction that stores them."""
    marks = [Mark(message_id=one.pk, room_id=one.room_id, rule=found.rule, why=found.words) for one, found in messages]
    Mark.objects.bulk_create(marks)
