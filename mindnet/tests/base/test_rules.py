"""A rule says the same to a service and to a document."""

import copy

import pytest

from mindnet.base import rules

pytestmark = pytest.mark.once


def test_a_text_has_bounds_and_a_pattern():
    rule = rules.Text(3, 30, pattern="^[a-z]+$", example="ada", says="a name")
    assert rule.json_schema() == {
        "type": "string", "minLength": 3, "maxLength": 30, "pattern": "^[a-z]+$", "description": "a name",
        "examples": ["ada"],
    }  # fmt: skip
    assert [rule.fits(text) for text in ("ab", "abc", "a" * 30, "a" * 31)] == [False, True, True, False]


def test_a_bound_may_be_a_limit_that_an_operator_changes(settings):
    rule = rules.Text(1, "MESSAGE_CODE_POINTS")
    settings.LIMITS = settings.LIMITS | {"MESSAGE_CODE_POINTS": 5}
    assert rule.json_schema()["maxLength"] == 5
    assert (rule.fits("hello"), rule.fits("hello!")) == (True, False)


def test_numbers_choices_and_lists():
    assert rules.Number(0, 9).json_schema() == {"type": "integer", "minimum": 0, "maximum": 9}
    assert (rules.Number(0, 9).fits(9), rules.Number(0, 9).fits(10)) == (True, False)
    kinds = rules.choice(["open", "closed"])
    assert kinds.json_schema() == {"type": "string", "enum": ["open", "closed"]}
    assert (kinds.fits("open"), kinds.fits("odd")) == (True, False)
    several = rules.Many(of=kinds, most=2)
    assert several.json_schema() == {"type": "array", "items": kinds.json_schema(), "maxItems": 2}
    assert (several.fits(["open"]), several.fits(["open"] * 3)) == (True, False)


def test_a_pattern_describes_the_whole_text():
    rule = rules.Text(pattern="^[a-z]+$")
    assert [rule.fits(text) for text in ("ada", "Ada", "ada\n", "ada ", "")] == [True, False, False, False, False]


def test_a_number_may_be_broken():
    rule = rules.Number(0, 2, is_whole=False)
    assert rule.json_schema() == {"type": "number", "minimum": 0, "maximum": 2}
    assert (rule.fits(1.5), rule.fits(2.5)) == (True, False)


def test_a_record_has_its_fields_and_no_others():
    rule = rules.Record({"at": rules.Number(0), "text": rules.Text()}, required=("at",))
    assert rule.json_schema() == {
        "type": "object",
        "properties": {"at": {"type": "integer", "minimum": 0}, "text": {"type": "string"}},
        "required": ["at"],
        "additionalProperties": False,
    }
    assert [rule.fits(record) for record in ({"at": 1}, {"at": 1, "text": ""}, {"text": ""}, {"at": 1, "x": 1})] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_rule_is_never_copied():
    several = rules.Many(rules.Flag(), most=2)
    assert several.json_schema()["items"] == {"type": "boolean"}
    assert copy.deepcopy(several) is several
