"""Bytes in JSON, and reading what was signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from mindnet.base.signed import b64, digest, read, unb64

pytestmark = pytest.mark.once


class Said(Struct, forbid_unknown_fields=True):
    n: int


@given(st.binary())
def test_bytes_have_one_spelling(raw):
    text = b64(raw)
    assert unb64(text, len(raw)) == raw
    for other in (text + "=", text + "A", text + " ", f"{text}\n"):
        with pytest.raises(ValueError, match=r".+"):
            assert unb64(other, len(raw)) != raw


@pytest.mark.parametrize("text", ["A", "AB", "A+", "A/", "A===", "AAA=", "ÄÄ", "A A", "AAB"])
def test_other_spellings_are_refused(text):
    with pytest.raises(ValueError, match="base64url"):
        unb64(text)


def test_a_label_keeps_hashes_apart():
    assert digest("a", b"b").hex() == "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138"
    assert digest("a", b"b") != digest("ab", b"")


@pytest.mark.parametrize(
    "text",
    [
        '{"n": 1, "n": 1}', '{"n": 1.5}', '{"n": true}', '{"n": NaN}', '{"n": 1e999}', '{"n": Infinity}',
        '{"n": 1, "m": 1}', "[1]", "1", "", "{", '{"n": 1}' + " " * 100, "[" * 90, '{"n": "\\ud800"}',
        '{"\\ud800": 1}', "\ud800",
    ],
)  # fmt: skip
def test_what_is_not_the_structure_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        read(text, Said, bytes_most=100)


def test_the_structure_is_read():
    for text in ('\n{"n" : 7}', '{"n": 7.0}', '{"n": 0.7e1}'):
        assert read(text, Said, bytes_most=100) == Said(7)
