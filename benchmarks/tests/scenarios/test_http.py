"""What the HTTP measurement makes of the rounds in which it asks."""

import pytest

from benchmarks.scenarios import http
from benchmarks.web.sides import EXPRESS, POSTGRESQL, SQLITE

pytestmark = pytest.mark.once


def row(system, rounds, **more):
    return {"system": system, "call": "post", "signed_in": "token", "at_once": 1, "rounds_cpu_ms": rounds} | more


def test_a_ratio_is_the_middle_one_of_the_rounds():
    """In a slow round all are slow, and in another one somebody alone has met something."""
    rows = [
        row(SQLITE, [1.0, 4.0, 1.0], bare_rounds_cpu_ms=[1.0, 4.0, 10.0]),
        row(POSTGRESQL, [2.0, 8.0, 9.0]),
        row(EXPRESS, [0.5, 2.0, 3.0]),
    ]
    http.add_ratios(rows)
    sqlite, postgresql, express = rows
    assert (sqlite["to_bare"], sqlite["to_express"]) == (1.0, 0.5)
    assert (postgresql["to_sqlite"], postgresql["to_express"], postgresql["to_bare"]) == (2.0, 0.25, None)
    assert express["to_bare"] is None and "to_express" not in express


def test_a_long_room_is_held_against_the_same_page_of_a_short_one():
    rows = [row(SQLITE, [1.0, 2.0, 1.0]), row(SQLITE, [1.1, 2.4, 3.0], call="post, long room")]
    http.add_ratios(rows)
    assert rows[1]["to_short"] == 1.2 and "to_short" not in rows[0]


def test_what_was_not_measured_has_no_ratio():
    rows = [row(SQLITE, None, bare_rounds_cpu_ms=[1.0]), row(POSTGRESQL, [1.0])]
    http.add_ratios(rows)
    assert rows[0]["to_bare"] is rows[0]["to_express"] is rows[1]["to_sqlite"] is None


def test_figures_are_held_against_those_of_as_many_clients():
    rows = [
        row(SQLITE, [3.0], at_once=1, bare_rounds_cpu_ms=[2.0]), row(SQLITE, [2.0], at_once=16),
        row(POSTGRESQL, [4.0], at_once=16), row(EXPRESS, [1.0], at_once=16),
        row(EXPRESS, [9.0], at_once=16, call="lobby"),
    ]  # fmt: skip
    http.add_ratios(rows)
    assert [each.get("to_bare") for each in rows] == [1.5, None, None, None, None]
    assert [each.get("to_sqlite") for each in rows] == [None, None, 2.0, None, None]
    assert [each.get("to_express") for each in rows] == [None, 0.5, 0.25, None, None]
