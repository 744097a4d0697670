"""Guides as the form has them: rows of a kind and a length each."""

import pytest

from mindnet.pages.guide_form import length_words, parse_length, rearranged, rows_of, spoken_length, steps_of
from rooms.guide_library import LIBRARY
from rooms.models import Guide

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", LIBRARY)
def test_rows_say_what_the_steps_say(slug):
    steps = Guide.objects.get(slug=slug).steps
    assert steps_of(rows_of(steps)) == (steps, True)


def test_a_pause_is_a_row(ada):
    bell = {"at": 2, "kind": "bell", "text": "", "seconds": 0}
    steps = [bell, {"at": 5.5, "kind": "silence", "text": "", "seconds": 9}]
    found = rows_of(steps)
    assert [(row["kind"], row["length"]) for row in found] == [
        ("pause", "0:02"), ("bell", "0:00"), ("pause", "0:03.5"), ("silence", "0:09")
    ]  # fmt: skip
    assert steps_of(found)[0] == steps


@pytest.mark.parametrize(
    "text, seconds",
    [("", 0), ("90", 90), ("1:30", 90), ("1:00:00", 3600), (" 0:05 ", 5), ("2.5", 2.5), ("0:00", 0),
     ("x", None), ("-5", None), ("1:", None), ("1e3", None), ("1:2:3:4", None), ("٣", None), ("9" * 50, None)],
)  # fmt: skip
def test_lengths_are_read(text, seconds):
    assert parse_length(text) == seconds


def test_lengths_are_written():
    assert [length_words(one) for one in (0, 5, 65, 3600, 2.5)] == ["0:00", "0:05", "1:05", "1:00:00", "0:02.5"]
    assert [spoken_length(one) for one in (0.2, 1, 59, 60, 3600, 5400)] == [
        "1 second", "1 second", "59 seconds", "1 min", "1 h", "1 h 30 min"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wish, order",
    [("up-1", "bac"), ("down-0", "bac"), ("up-0", "abc"), ("down-2", "abc"), ("remove-1", "ac"), ("add", "abc "),
     ("up-9", "abc"), ("up-x", "abc"), ("up--1", "abc"), ("dance-1", "abc"), ("", "abc"), ("up-²", "abc")],
)  # fmt: skip
def test_rows_are_moved(wish, order):
    found = rearranged([{"text": letter} for letter in "abc"], wish)
    assert "".join(row["text"] or " " for row in found) == order
