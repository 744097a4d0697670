"""A sealed reaction has one token, and is its psychic's alone."""

import pytest
from sealed.reactions import emoji_of, token_of
from sealed.words import Refused, b64, unb64

pytestmark = pytest.mark.once

SECRET, OTHER = b64(bytes(32)), b64(b"\1" * 32)


@pytest.mark.parametrize("emoji", ["👁", "👩🏽‍❤️‍💋‍👨🏽", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_it_comes_back(emoji):
    token = token_of(emoji, 7, SECRET)
    assert len(token) == 102 and token == token_of(emoji, 7, SECRET)
    assert emoji_of(token, 7, SECRET) == emoji
    assert token not in (token_of(emoji, 9, SECRET), token_of(emoji, 7, OTHER))


def test_it_is_nobody_elses_and_of_no_other_message():
    raw = unb64(token_of("👁", 7, SECRET))
    asked = [(b64(raw), 9, SECRET, "sender"), (b64(raw), 7, OTHER, "box"), (b64(raw[1:]), 7, SECRET, "shape")]
    asked += [(b64(raw[:place] + b"\0" + raw[place + 1 :]), 7, SECRET, "box") for place in (0, 12, 75)]
    for token, psychic, secret, why in asked:
        with pytest.raises(Refused) as refused:
            emoji_of(token, psychic, secret)
        assert refused.value.why == why


def test_what_is_too_long_is_none():
    with pytest.raises(Refused):
        token_of("👁" * 12, 7, SECRET)
