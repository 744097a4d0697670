"""The rules of rooms, guides and restrictions fit the columns that keep them."""

import pytest
from django.core.validators import MaxValueValidator

from rooms import fields
from rooms.models import Guide, Restriction, Room

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "rule, model, column",
    [
        (fields.ROOM_NAME, Room, "name"),
        (fields.ROOM_DESCRIPTION, Room, "description"),
        (fields.GUIDE_NAME, Guide, "name"),
        (fields.GUIDE_DESCRIPTION, Guide, "description"),
        (fields.RESTRICTION_REASON, Restriction, "reason"),
    ],
)
def test_what_the_rule_lets_through_the_column_takes(rule, model, column):
    assert rule.most == model._meta.get_field(column).max_length


def test_slow_mode_is_as_slow_for_staff():
    validators = Room._meta.get_field("slow_mode_seconds").validators
    assert fields.SLOW_MODE_SECONDS.most in [
        one.limit_value for one in validators if isinstance(one, MaxValueValidator)
    ]
