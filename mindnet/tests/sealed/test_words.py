"""How bytes and codes are written, and that each has one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sealed import recovery
from sealed.words import Refused, b64, unb64

pytestmark = pytest.mark.once


@given(st.binary(max_size=70))
def test_bytes_come_back(raw):
    assert unb64(b64(raw), len(raw)) == raw


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "AA\n", "+/8", "é", " AAAA", None, 5, [], {}])
def test_another_spelling_is_refused(text):
    with pytest.raises(Refused):
        unb64(text)


@given(st.binary(min_size=16, max_size=16))
def test_a_code_is_read_as_people_write_it(code):
    text = recovery.write_code(code)
    assert [len(group) for group in text.split("-")] == [4, 4, 4, 4, 4, 4, 2]
    assert recovery.read_code(text.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == code


@pytest.mark.parametrize("text", ["", "0" * 25, "0" * 27, "0" * 25 + "1", "0" * 25 + "U", "é" * 26])
def test_what_is_no_code_is_refused(text):
    with pytest.raises(Refused) as refused:
        recovery.read_code(text)
    assert refused.value.why == "code"
