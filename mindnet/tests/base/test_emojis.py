"""The emoji that one may choose among, as scripts/emoji_names.py has written them down."""

import json

import pytest
from django.contrib.staticfiles import finders

from messaging.fields import EMOJI
from mindnet.base.emojis import names_of, one_emoji


@pytest.fixture(scope="module")
def listed():
    with open(finders.find("mindnet/emoji.json"), encoding="utf-8") as file:
        return json.load(file)


def test_each_may_be_reacted_with_as_it_is_written_there(listed):
    emoji = [one for one, _, _ in listed["emoji"]]
    assert [one for one in emoji if one_emoji(one) != one or not EMOJI.fits(one)] == []
    assert len(emoji) == len(set(emoji)) > 1800


def test_they_have_the_names_by_which_the_server_knows_them(listed):
    """Where not, the package has learnt others: scripts/emoji_names.py writes them down anew."""
    assert [one for one, names, _ in listed["emoji"] if names != names_of(one)] == []
    assert {at for _, _, at in listed["emoji"]} == set(range(len(listed["groups"])))


def test_what_is_no_emoji_has_no_names():
    assert names_of("x") == names_of("") == []
    assert names_of("👍") == ["thumbs_up", "thumbsup", "+1"]
