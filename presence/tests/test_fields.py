"""The rules of a psychic's fields fit the columns that keep them."""

import re

import pytest

from presence import fields
from presence.models import USERNAME_PATTERN, Psychic

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "rule, column",
    [
        (fields.USERNAME, "username"),
        (fields.DISPLAY_NAME, "display_name"),
        (fields.NOTE, "note"),
        (fields.DISCONNECT_REASON, "ban_reason"),
    ],
)
def test_what_the_rule_lets_through_the_column_takes(rule, column):
    assert rule.most == Psychic._meta.get_field(column).max_length


def test_a_biography_is_as_long_for_staff():
    [validator] = Psychic._meta.get_field("bio").validators
    assert fields.BIO.most == validator.limit_value


@pytest.mark.parametrize("text", ["ad", "ada", "a" * 30, "a" * 31, "ada\n", "a b", "Ada_.-9", "ädä", ""])
def test_a_name_is_one_to_the_rule_as_to_the_model(text):
    assert fields.USERNAME.fits(text) == bool(re.match(USERNAME_PATTERN, text))


@pytest.mark.parametrize(
    "text, fits",
    [("22:00", True), ("22:00:30", True), ("23:59", True), ("24:00", False), ("7:00", False), ("22:00\n", False)],
)
def test_a_time_of_day(text, fits):
    assert fields.CLOCK.fits(text) == fits
