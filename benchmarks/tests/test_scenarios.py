"""What is planned for a command, and what a scenario makes of its rows."""

import pytest

from benchmarks.__main__ import plan
from benchmarks.scenarios import SCENARIOS, fanout
from benchmarks.tests.rows import row

pytestmark = pytest.mark.once


def test_without_a_command_everything_is_planned_and_quick_is_handed_down():
    assert [name for name, _ in plan([])] == list(SCENARIOS)
    planned = dict(plan(["--quick", "--only", "fanout,http", "--output", "there", "--size", "10"]))
    assert list(planned) == ["fanout", "http"]
    assert planned["fanout"].seconds == 2 and planned["fanout"].cells == [(200, 50), (200, 400), (200, 500)]
    assert planned["http"].size == 10 and str(planned["http"].output) == "there"
    [(_, alone)] = plan(["fanout", "--sockets", "10,20", "--rates", "5,1"])
    assert fanout.cells(alone) == [(10, [1, 5]), (20, [1, 5])]


def test_what_is_no_option_is_refused():
    for wrong in (["fanout", "--systems", "nobody"], ["sends", "--cells", "5"], ["http", "--seconds"], ["nothing"]):
        with pytest.raises(SystemExit):
            plan(wrong)


def test_ratios_are_against_the_best_of_the_tutorial_with_as_many_sockets():
    rows = [
        row("tutorial-daphne", 10, 100), row("tutorial-uvicorn", 50, 200), row("mindnet", 50, 400),
        row("mindnet", 50, 400, sockets=10),
    ]  # fmt: skip
    fanout.add_ratios(rows)
    assert [each["ratio"] for each in rows] == [0.5, 1.0, 2.0, None]
