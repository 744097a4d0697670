"""What the scenario makes of the rounds in which it asks."""

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


def test_what_was_not_measured_has_no_ratio():
    rows = [row(SQLITE, None, bare_rounds_cpu_ms=[1.0]), row(POSTGRESQL, [1.0])]
    http.add_ratios(rows)
    assert rows[0]["to_bare"] is rows[0]["to_express"] is rows[1]["to_sqlite"] is None
