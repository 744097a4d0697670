"""What people type into a search."""

from datetime import UTC, datetime

import pytest

from messaging.search_language import Asked, parse
from mindnet.base.errors import DomainError


@pytest.mark.parametrize(
    "query, asked",
    [
        ("Comet  CAFÉ", Asked(words=("comet", "cafe"))),
        ('"exact  Words" more', Asked(words=("exact words", "more"))),
        ("„exact words“", Asked(words=("exact words",))),
        ('it"s an "open end', Asked(words=('it"s', "an", '"open', "end"))),
        ("comet -tail -from:ada - -", Asked(words=("comet", "-", "-"), without=("tail", "from:ada"))),
        ("from:@Ada comet", Asked(words=("comet",), sender="Ada")),
        ('in:"The Garden"', Asked(room="the garden")),
        ("in:#12 IN:garden", Asked(room_id=12, room="garden")),
        ("in:#twelve", Asked(room="#twelve")),
        ("has:link has:IMAGE", Asked(has=frozenset({"link", "image"}))),
        ("mentions:me", Asked(mentions="me")),
        (
            "after:2026-10-01 before:2026-11-01T12:00:00+02:00",
            Asked(since=datetime(2026, 10, 1, tzinfo=UTC), until=datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ),
        ("http://host: note:this from: :", Asked(words=("http://host:", "note:this", "from:", ":"))),
        ("\u200d \u0301", Asked()),
    ],
)
def test_what_a_query_asks(query, asked):
    assert parse(query) == asked


@pytest.mark.parametrize(
    "query",
    ["has:nothing", "before:yesterday", "after:9999-99-99", "after:0001-01-01T00:00:00+14:00", 'before:"2026"', "", " ",
     "x" * 101, "a\x00b"],
)  # fmt: skip
def test_what_means_nothing_is_refused_with_its_field(query):
    with pytest.raises(DomainError) as refused:
        parse(query)
    assert refused.value.code == "validation_error" and set(refused.value.errors) == {"q"}
