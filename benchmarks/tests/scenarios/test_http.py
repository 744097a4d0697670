"""What the HTTP measurement makes of its rows."""

import pytest

from benchmarks.scenarios.http import add_ratios

pytestmark = pytest.mark.once


def row(system, call, at_once, cpu_ms, **more):
    return {"system": system, "call": call, "signed_in": "", "at_once": at_once, "cpu_ms": cpu_ms} | more


def test_figures_are_held_against_the_bare_view_sqlite_and_express():
    rows = [
        row("bare-django", "bare view", 16, 1),
        row("mindnet-embedded", "healthz", 1, 3, bare_cpu_ms=2),
        row("mindnet-embedded", "healthz", 16, 2, bare_cpu_ms=1),
        row("mindnet-alone", "healthz", 16, 4, bare_cpu_ms=1),
        row("express", "healthz", 16, 1, bare_cpu_ms=1),
        row("mindnet-alone", "lobby", 16, None),
    ]
    add_ratios(rows)
    assert [each.get("to_bare") for each in rows] == [None, 1.5, 2, 4, 1, None]
    assert [each.get("to_sqlite") for each in rows] == [None, None, None, 2, None, None]
    assert [each.get("to_express") for each in rows] == [None, None, 0.5, 0.25, None, None]
