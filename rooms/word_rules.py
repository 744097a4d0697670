"""Word rules: what moderators want to look at before it is said, or afterwards.

A rule is a word or phrase, or a regular expression. Both are searched for by RE2, whose time grows with the text alone
and never with what a pattern makes of it, so that no rule can hold the writer up. Beside that its program is bounded:
the work for one message is at most that of all programs of the room (WORD_RULE_STEPS) for each byte of the text.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, Protocol

import re2
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid, not_found
from mindnet.base.ids import is_id
from mindnet.base.text import check_name
from mindnet.database.transactions import write_transaction
from presence.models import Psychic
from rooms import log
from rooms.fields import WORD_RULE_ACTION, WORD_RULE_KIND, WORD_RULE_PATTERN
from rooms.folding import as_words, fold, fold_pattern
from rooms.lookups import MODERATING, require_participant
from rooms.models import Kind, LogEntry, Room, WordRule
from rooms.places import lock_room

# What RE2 may take for one program and the states it has met; with less it goes on more slowly, and as surely.
MEMORY_BYTES = 1024**2
# Compiled rules that a process keeps.
COMPILED_MOST = 500
# Stands for * while a word is made: a character for private use, which is no letter.
STAR = "\ue000"


class Matcher(Protocol):
    programsize: int

    def search(self, text: str) -> object | None: ...


# Looking for words


@lru_cache(maxsize=COMPILED_MOST)
def compiled(kind: str, pattern: str) -> Matcher:
    """What finds a rule in a text: in the folded one (`pattern`), or in its words. Raises validation_error."""
    source = word_source(pattern) if kind == WordRule.Kind.WORDS else fold_pattern(pattern)
    options = re2.Options()
    options.max_mem = MEMORY_BYTES
    options.case_sensitive = False
    options.log_errors = False
    try:
        matcher: Matcher = re2.compile(source, options)
    except re2.error as error:
        raise invalid("pattern", f"RE2 cannot read this: {words_of(error)}.") from None
    if matcher.search("") is not None:
        raise invalid("pattern", "This fits an empty text, and so every message.")
    return matcher


def word_source(pattern: str) -> str:
    """The regular expression of a word or phrase, for what `as_words` gives. * stands for any letters, or none."""
    # The star is kept apart from the letters beside it, of which the rest is made.
    kept = fold(pattern.replace("*", STAR))
    words = "".join([letter if letter.isalnum() or letter == STAR else " " for letter in kept]).split()
    if not any(word.strip(STAR) for word in words):
        raise invalid("pattern", "Give at least one letter or digit.")
    return "".join([f" {word} " for word in words]).replace(STAR, "[^ ]*")


def words_of(error: Exception) -> str:
    """RE2's own words, which come as bytes."""
    first = error.args[0] if error.args else ""
    return first.decode(errors="replace") if isinstance(first, bytes) else str(first)


def find(rules: Iterable[WordRule], content: str) -> WordRule | None:
    """The first of these rules that finds something: one that holds before one that marks."""
    folded, words = fold(content), None
    for rule in sorted(rules, key=lambda rule: (rule.action != WordRule.Action.HOLD, rule.pk)):
        if rule.kind == WordRule.Kind.WORDS:
            words = as_words(folded) if words is None else words
        searched = words if rule.kind == WordRule.Kind.WORDS else folded
        if searched and compiled(rule.kind, rule.pattern).search(searched) is not None:
            return rule
    return None


def rules_in_force(room_ids: Collection[int]) -> dict[int, list[WordRule]]:
    """By room, the rules that are switched on."""
    found: dict[int, list[WordRule]] = {}
    for rule in WordRule.objects.filter(room__in=room_ids, is_on=True):
        found.setdefault(rule.room_id, []).append(rule)
    return found


# Making, switching and taking away


def list_word_rules(*, psychic: Psychic, room_id: int) -> QuerySet[WordRule]:
    """A room's rules, for its owner and moderators."""
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    return room.word_rules.select_related("created_by")


def get_word_rule(*, psychic: Psychic, room_id: int, rule_id: int) -> WordRule:
    rule = list_word_rules(psychic=psychic, room_id=room_id).filter(pk=rule_id).first() if is_id(rule_id) else None
    if rule is None:
        raise not_found()
    return rule


def make_word_rule(
    *, psychic: Psychic, room_id: int, pattern: str, kind: str = WordRule.Kind.WORDS, action: str = WordRule.Action.HOLD
) -> WordRule:
    """A new rule, switched off: what it would have found is looked at first."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    kind, pattern = checked_pattern(kind, pattern)
    action = checked_action(action)
    rates.check("WORD_RULE_RATE", psychic.pk)

    with write_transaction():
        room = lock_for_moderator(psychic, room_id)
        others = list(room.word_rules.all())
        check_room_for(others, kind, pattern)
        if any((rule.kind, rule.pattern) == (kind, pattern) for rule in others):
            raise invalid("pattern", "There is such a rule already.")
        rule = WordRule.objects.create(room=room, kind=kind, pattern=pattern, action=action, created_by=psychic)
        record(room, psychic, rule, "made")
    return rule


def change_word_rule(*, psychic: Psychic, room_id: int, rule_id: int, **fields: Any) -> WordRule:
    """Switches a rule on or off (`is_on`), or has it do something else (`action`). What is not given stays."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    if "action" in fields:
        fields["action"] = checked_action(fields["action"])
    rates.check("WORD_RULE_RATE", psychic.pk)

    with write_transaction():
        room = lock_for_moderator(psychic, room_id)
        rule = get_word_rule(psychic=psychic, room_id=room_id, rule_id=rule_id)
        changes = {name: value for name, value in fields.items() if value != getattr(rule, name)}
        if changes:
            for name, value in changes.items():
                setattr(rule, name, value)
            rule.changed_at = timezone.now()
            rule.save(update_fields=[*changes, "changed_at"])
            say_whether_there_are_rules(room)
            switched = "switched on" if rule.is_on else "switched off"
            record(room, psychic, rule, switched if "is_on" in changes else "changed")
    return rule


def delete_word_rule(*, psychic: Psychic, room_id: int, rule_id: int) -> None:
    """Takes a rule away. What it has held back goes on waiting."""
    require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    rates.check("WORD_RULE_RATE", psychic.pk)

    with write_transaction():
        room = lock_for_moderator(psychic, room_id)
        rule = get_word_rule(psychic=psychic, room_id=room_id, rule_id=rule_id)
        record(room, psychic, rule, "taken away")
        rule.delete()
        say_whether_there_are_rules(room)


def lock_for_moderator(psychic: Psychic, room_id: int) -> Room:
    """The room, locked, for who keeps order there. A mind-link of two needs no rules."""
    lock_room(room_id)
    room, _ = require_participant(psychic=psychic, room_id=room_id, roles=MODERATING)
    if room.kind == Kind.PRIVATE:
        raise DomainError("permission_denied", "In a mind-link nobody holds back what the other says.")
    return room


def say_whether_there_are_rules(room: Room) -> None:
    """Keeps `has_word_rules`, by which the writer knows without asking. Under the room's lock."""
    Room.objects.filter(pk=room.pk).update(has_word_rules=room.word_rules.filter(is_on=True).exists())


def record(room: Room, by: Psychic, rule: WordRule, what: str) -> None:
    does = "holds back" if rule.action == WordRule.Action.HOLD else "marks"
    log.record(room, LogEntry.Deed.RULE, by=by, reason=f"{what}: {does} {rule.pattern}")


# What a rule may be


def checked_pattern(kind: str, pattern: str) -> tuple[str, str]:
    """Kind and pattern as they are kept. Raises validation_error, with RE2's words where it cannot read it."""
    if not WORD_RULE_KIND.fits(kind):
        raise invalid("kind", f"The kind is one of {', '.join(WORD_RULE_KIND.of)}.")
    pattern = pattern.strip()
    if not WORD_RULE_PATTERN.fits(pattern):
        raise invalid("pattern", f"A pattern has 1 to {WORD_RULE_PATTERN.most} characters.")
    check_name(pattern, field="pattern")
    if compiled(kind, pattern).programsize > settings.LIMITS["WORD_RULE_STEPS"]:
        raise too_long("This pattern")
    return kind, pattern


def check_room_for(others: Collection[WordRule], kind: str, pattern: str) -> None:
    """Raises `conflict` where a room has as many rules as it may, or as long ones."""
    most = settings.LIMITS["WORD_RULES"]
    if len(others) >= most:
        raise DomainError("conflict", f"A room has at most {most} word rules. Take one away first.")
    steps = sum(compiled(rule.kind, rule.pattern).programsize for rule in others)
    if steps + compiled(kind, pattern).programsize > settings.LIMITS["WORD_RULE_STEPS"]:
        raise too_long("With the others this pattern")


def too_long(what: str) -> DomainError:
    return invalid("pattern", f"{what} takes too long to look for. Counted repeats such as {{0,100}} cost most.")


def checked_action(action: str) -> str:
    if not WORD_RULE_ACTION.fits(action):
        raise invalid("action", f"The action is one of {', '.join(WORD_RULE_ACTION.of)}.")
    return action
