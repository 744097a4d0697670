"""Where what was found stands in a text as it was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.search_keys import searchable
from messaging.search_marks import EXCERPT, pieces, read_pieces


@pytest.mark.parametrize(
    "text, word, found",
    [
        ("A Comet, comets", "comet", ["Comet", "comet"]),
        ("Cafe\u0301 CAFÉ", "cafe", ["Cafe\u0301", "CAFÉ"]),
        ("Die Straße", "ss", ["ß"]),
        ("ｆｕｌｌ ﬁx", "full fi", ["ｆｕｌｌ ﬁ"]),
        ("ｶﾞ 漢字", "ガ", ["ｶﾞ"]),
        ("two \n\n  lines", "two lines", ["two \n\n  lines"]),
        ("nothing", "comet", []),
        ("<b>", "b", ["b"]),
    ],
)
def test_what_is_marked(text, word, found):
    marked = pieces(text, [word])
    assert [piece.text for piece in marked if piece.is_found] == found
    assert "".join(piece.text for piece in marked) == text


def test_a_long_text_is_cut_around_what_was_found():
    marked = pieces("x " * 1000 + "comet " + "y " * 1000, ["comet"])
    assert [piece.text for piece in marked if piece.is_found] == ["comet"]
    assert sum(len(piece.text) for piece in marked) <= EXCERPT + 4
    assert marked[0].text == "… " and marked[-1].text == " …"


@pytest.mark.parametrize(
    "words, shown",
    [
        (["comet"], "See the comet, ▮▮▮ there"),
        (["comet", "in a file's name"], "See the comet, ▮▮▮ there"),
        (["comet", "secret"], "See **the comet**, ||secret|| [there](https://sky.example)"),
        (["sky.example"], "See **the comet**, ||secret|| [there](https://sky.example)"),
        (["**the"], "See **the comet**, ||secret|| [there](https://sky.example)"),
    ],
)
def test_a_text_is_shown_as_it_is_read_as_far_as_that_has_what_was_found(words, shown):
    found = read_pieces("See **the comet**, ||secret|| [there](https://sky.example)", words)
    assert "".join(piece.text for piece in found) == shown


@settings(max_examples=30)
@given(st.text(max_size=30), st.integers(0, 20), st.integers(1, 5))
def test_nothing_is_lost_and_what_is_marked_folds_to_the_word(text, start, length):
    word = searchable(text)[start : start + length].strip()
    marked = pieces(text, [word])
    assert "".join(piece.text for piece in marked) == text
    assert all(word in searchable(piece.text) for piece in marked if piece.is_found)
