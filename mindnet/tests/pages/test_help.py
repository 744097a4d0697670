"""How to write, by examples: each shows what its own marks make."""

import pytest

from messaging.markup import parse
from mindnet.pages.help import EXAMPLES

pytestmark = pytest.mark.django_db


def test_every_example_is_typed_and_shown(ada):
    page = ada.get("/help/writing").text
    for element in ("strong", "em", "del", "details", "code", "pre", "blockquote", "ul", "ol", 'a href="https:'):
        assert f"<{element}" in page.split("writing-examples")[1], element


def test_no_example_is_mere_words():
    assert all(parse(typed) != [["p", [typed]]] for _, typed, _ in EXAMPLES)
