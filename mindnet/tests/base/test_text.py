"""What stands in a name, in any script, and what does not."""

import pytest

from mindnet.base.errors import DomainError
from mindnet.base.text import can_be_seen, check_name

pytestmark = pytest.mark.once

NAMES = {
    "plain": "Attic",
    "emoji with its style": "⚠\ufe0f Incidents",
    "emoji in the middle": "We ❤\ufe0f tea",
    "emoji as text": "⚠\ufe0e",
    "style where the list has none": "👍\ufe0f",
    "keycap": "#\ufe0f\u20e3 1",
    "flag of colours": "🏳\ufe0f\u200d🌈",
    "the same, written shorter": "🏳\u200d🌈",
    "profession": "👩🏽\u200d💻",
    "family": "👨\u200d👩\u200d👧\u200d👦 at home",
    "flag of tags": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Persian": "می\u200cخواهم",
    "Persian, two": "خانه\u200cام می\u200cروم",
    "Persian, letters by themselves": "ه\u200d.ش",
    "Sinhala": "ශ\u0dca\u200dරී ලංකා",
    "Malayalam": "അവന\u0d4d\u200d",
    "Bengali": "র\u200d\u09cdযাব",
    "Devanagari": "क\u094d\u200cष",
    "Han with a variant": "葛\U000e0100城",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ\u180b",
    "Mongolian with a separate vowel": "ᠠᠮ\u180eᠠ",
}
NO_NAMES = {
    "joiner between letters": "a\u200db",
    "non-joiner between letters": "a\u200cb",
    "non-joiner first": "\u200cمی",
    "non-joiner last": "می\u200c",
    "non-joiner where nothing joins": "کار\u200cها",
    "joiner where letters join anyway": "ب\u200dب",
    "two joiners": "ه\u200d\u200d.",
    "non-joiner after the last virama": "क\u094d\u200c",
    "joiner between emoji that make none": "😀\u200d😀",
    "joiner behind an emoji": "😀\u200d",
    "style behind a letter": "a\ufe0f",
    "two styles": "❤\ufe0f\ufe0f",
    "style behind a digit": "1\ufe0f",
    "variant of a letter": "a\U000e0100",
    "tag": "a\U000e0061",
    "flag that no place has": "🏴\U000e0067x",
    "grapheme joiner": "a\u034fb",
    "bidirectional": "\u202ea",
    "no width": "a\u200b",
    "two lines": "a\nb",
    "blank of Braille": " \u2800 ",
    "tags alone": "\U000e0041\U000e0042",
    "grapheme joiner alone": "\u034f",
    "filler": "\u3164",
    "lone surrogate": "a\ud800",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name(name):
    check_name(name, field="name")
    assert can_be_seen(name)


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
def test_no_name(name):
    with pytest.raises(DomainError) as refused:
        check_name(name, field="name")
    assert refused.value.code == "validation_error" and list(refused.value.errors) == ["name"]


@pytest.mark.parametrize("text", ["", " \t\n", "\u00a0\u3000", "\u200b\u2060", "\u2800", "\u3164", "\ufe0f"])
def test_nothing_to_see(text):
    assert not can_be_seen(text)


@pytest.mark.parametrize("text", ["a", "\u200b.", "👁", "\u0301", "\u0600", "\ue000"])
def test_something_to_see(text):
    assert can_be_seen(text)
