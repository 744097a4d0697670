"""The rules of messages fit the columns that keep them, and each other."""

import pytest

from messaging import fields
from messaging.models import Message, MessageType, Reaction

pytestmark = pytest.mark.once


def test_what_the_rules_let_through_the_columns_take():
    assert fields.URGENT_REASON.most == Message._meta.get_field("urgent_reason").max_length
    assert fields.EMOJI.most <= Reaction._meta.get_field("emoji").max_length


def test_nobody_posts_what_comes_from_the_server_and_from_operators():
    assert set(MessageType.values) - set(fields.MESSAGE_TYPE.of) == {"system", "broadcast"}


def test_a_sealed_message_may_be_longer_than_any_text():
    text = "x" * 4001
    assert (fields.TEXT.fits(text), fields.CONTENT.fits(text)) == (False, True)
