"""Word rules: what they find, what they may cost, and who makes them."""

import pytest

from mindnet.base import rates
from mindnet.base.errors import DomainError
from rooms import word_rules
from rooms.models import LogEntry, Room, WordRule
from rooms.tests.checks import refused

pytestmark = pytest.mark.django_db


def finds(kind, pattern, text):
    return word_rules.find([WordRule(kind=kind, pattern=pattern)], text) is not None


@pytest.mark.parametrize(
    "kind, pattern, found, passed_over",
    [
        (
            "words",
            "spam",
            ["SPAM!", "no spam, please", "s\u00adp\u200bam", "ｓｐａｍ", "spám"],
            ["spammer", "antispam", ""],
        ),
        ("words", "spam*", ["spammer", "Spam"], ["antispam"]),
        ("words", "*spam*", ["antispammer"], ["s pam"]),
        ("words", "buy now*", ["Buy, now!", "buy   nowhere"], ["buy it now", "buynow"]),
        ("words", "straße", ["STRASSE"], ["stras se"]),
        ("words", "ばか", ["ばか。"], ["はか", "ばかり"]),
        ("pattern", r"\bs+p+a+m+\b", ["SSSPAAM", "spa\u0301m"], ["spammer"]),
        ("pattern", "é{2}", ["ee", "ÉE"], ["e"]),
    ],
)
def test_what_is_found(kind, pattern, found, passed_over):
    assert [text for text in found if not finds(kind, pattern, text)] == []
    assert [text for text in passed_over if finds(kind, pattern, text)] == []


@pytest.mark.parametrize(
    "kind, pattern, words",
    [
        ("pattern", "(abc", "missing )"),
        ("pattern", r"(a)\1", "invalid escape sequence"),
        ("pattern", "(a{1000}){1000}", "invalid repetition size"),
        ("pattern", "a*", "empty text"),
        ("pattern", r"(\pL+\s*){20}x", "too long to look for"),
        ("words", "***", "letter or digit"),
        ("words", "?!", "letter or digit"),
        ("words", "x" * 201, "1 to 200"),
        ("words", "   ", "1 to 200"),
        ("words", "two\nlines", "not allowed"),
        ("letters", "a", "kind is one of"),
    ],
)
def test_what_makes_no_rule_is_refused_with_the_reason(cast, kind, pattern, words):
    with pytest.raises(DomainError) as caught:
        word_rules.make_word_rule(psychic=cast.owner, room_id=cast.room.pk, kind=kind, pattern=pattern)
    assert words in str(caught.value.errors), caught.value.errors
    assert not WordRule.objects.exists()


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){12}$", "(a*)*b"])
def test_no_pattern_makes_more_work_than_the_length_of_a_text(pattern):
    """Where others try every way to read it, RE2 does a step a letter: one program, whose length is bounded."""
    matcher = word_rules.compiled("pattern", pattern if pattern != "(a*)*b" else "(a*)*b")
    assert matcher.programsize < 200
    assert not finds("pattern", pattern, "a" * 4000 + "!")


def test_a_rule_is_made_off_and_the_room_says_whether_one_is_on(cast):
    where = {"psychic": cast.moderator, "room_id": cast.room.pk}
    rule = word_rules.make_word_rule(**where, pattern="spam")
    assert not rule.is_on and not Room.objects.get(pk=cast.room.pk).has_word_rules
    word_rules.change_word_rule(**where, rule_id=rule.pk, is_on=True)
    word_rules.change_word_rule(**where, rule_id=rule.pk, is_on=True)
    assert Room.objects.get(pk=cast.room.pk).has_word_rules
    word_rules.delete_word_rule(**where, rule_id=rule.pk)
    assert not Room.objects.get(pk=cast.room.pk).has_word_rules
    said = list(LogEntry.objects.filter(deed="rule").order_by("pk").values_list("by__username", "reason"))
    assert said == [("mona", f"{what}: holds back spam") for what in ("made", "switched on", "taken away")]
    refused("not_found", word_rules.delete_word_rule, **where, rule_id=rule.pk)


def test_a_room_has_so_many_rules_and_no_two_alike(cast, settings):
    settings.LIMITS = settings.LIMITS | {"WORD_RULES": 2, "WORD_RULE_STEPS": 2000}
    where = {"psychic": cast.owner, "room_id": cast.room.pk}
    word_rules.make_word_rule(**where, kind="pattern", pattern=r"\pL1")
    refused("validation_error", word_rules.make_word_rule, **where, kind="pattern", pattern=r"\pL1")
    refused("validation_error", word_rules.make_word_rule, **where, kind="pattern", pattern=r"\pL2")
    word_rules.make_word_rule(**where, pattern="b")
    refused("conflict", word_rules.make_word_rule, **where, pattern="c")
    assert WordRule.objects.count() == 2


def test_only_who_keeps_order_sees_and_makes_rules(closed_cast):
    room_id = closed_cast.room.pk
    word_rules.make_word_rule(psychic=closed_cast.owner, room_id=room_id, pattern="spam")
    codes = {"participant": "permission_denied", "restricted": "permission_denied", "outsider": "not_found"}
    for part, code in codes.items():
        rates.buckets.clear()
        where = {"psychic": getattr(closed_cast, part), "room_id": room_id}
        refused(code, word_rules.list_word_rules, **where)
        refused(code, word_rules.make_word_rule, **where, pattern="x")
        refused(code, word_rules.change_word_rule, **where, rule_id=WordRule.objects.get().pk, is_on=True)
        refused(code, word_rules.delete_word_rule, **where, rule_id=WordRule.objects.get().pk)
    assert not WordRule.objects.get().is_on
