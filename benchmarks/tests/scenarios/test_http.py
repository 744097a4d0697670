"""What the HTTP measurement makes of its rows."""

import pytest

from benchmarks.scenarios.http import add_ratios

pytestmark = pytest.mark.once


def test_figures_are_held_against_the_bare_view_of_as_many_clients_and_against_sqlite():
    def row(system, call, at_once, cpu_ms):
        return {"system": system, "call": call, "signed_in": "", "at_once": at_once, "cpu_ms": cpu_ms}

    rows = [
        row("bare-django", "bare view", 1, 2), row("bare-django", "bare view", 16, 1),
        row("mindnet-embedded", "healthz", 1, 3), row("mindnet-alone", "healthz", 16, 4),
        row("mindnet-embedded", "healthz", 16, 2),
    ]  # fmt: skip
    add_ratios(rows)
    assert [each.get("to_bare") for each in rows] == [None, None, 1.5, 4, 2]
    rows += [row("express", "healthz", 16, 1)]
    add_ratios(rows)
    assert rows[3]["to_express"] == 0.25
    assert [each.get("to_sqlite") for each in rows] == [None, None, None, 2, None, None]
