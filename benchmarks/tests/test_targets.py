"""What the benchmarks make of their figures. The measuring itself is tried by `make bench`."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from benchmarks import charts, report, targets
from benchmarks.__main__ import plan
from benchmarks.scenarios import SCENARIOS, fanout
from benchmarks.seed import share
from mindnet.tests.support.servers import clean_environment
from mindnet.tests.support.tools import BASE_DIR

pytestmark = pytest.mark.once


def row(system, rate, per_cpu_second, **fields):
    usual = {"sockets": 200, "loss": 0.0, "p50_ms": 1.0, "p99_ms": 9.0, "deliveries_per_second": 200 * rate}
    return usual | {"system": system, "rate": rate, "per_cpu_second": per_cpu_second, "command": "x"} | fields


def verdicts(**tables):
    return {each.target: each.verdict for each in targets.judge(tables)}


def test_without_a_command_everything_is_planned_and_quick_is_handed_down():
    assert [name for name, _ in plan([])] == list(SCENARIOS)
    planned = dict(plan(["--quick", "--only", "fanout,rest", "--output", "there", "--size", "10"]))
    assert list(planned) == ["fanout", "rest"]
    assert planned["fanout"].seconds == 2 and planned["fanout"].cells == [(200, 50), (200, 400), (200, 500)]
    assert planned["rest"].size == 10 and str(planned["rest"].output) == "there"
    [(_, alone)] = plan(["fanout", "--sockets", "10,20", "--rates", "5,1"])
    assert fanout.cells(alone) == [(10, [1, 5]), (20, [1, 5])]


def test_what_is_no_option_is_refused():
    for wrong in (["fanout", "--systems", "nobody"], ["sends", "--cells", "5"], ["rest", "--seconds"], ["nothing"]):
        with pytest.raises(SystemExit):
            plan(wrong)


def test_a_target_is_met_missed_or_not_measured():
    slow, fast = row("tutorial-daphne", 10, 1000), row("mindnet", 50, 10_000)
    target = "200 sockets, 50 messages/s: ≥ 10 × the tutorial on daphne"
    assert verdicts()[target] == verdicts(fanout=[slow])[target] == "not measured"
    assert verdicts(fanout=[slow, fast])[target] == "met"
    assert verdicts(fanout=[slow, fast | {"per_cpu_second": 9_999}])[target] == "NOT met"
    assert verdicts(fanout=[fast])["no loss in any fan-out"] == "met"
    assert verdicts(fanout=[fast | {"loss": 0.0001}])["no loss in any fan-out"] == "NOT met"
    assert verdicts(fanout=[fast | {"p99_ms": 51}])["p99 < 50 ms at 10,000 deliveries/s"] == "NOT met"


def test_a_peer_that_stopped_earlier_is_compared_at_its_best_lower_rate():
    rows = [row("node-ws", 10, 100), row("node-ws", 50, 300), row("mindnet", 400, 301)]
    assert verdicts(fanout=rows)["200 sockets, 400 messages/s: ahead of Node ws"] == "met"
    rows.append(row("node-ws", 400, 302))
    assert verdicts(fanout=rows)["200 sockets, 400 messages/s: ahead of Node ws"] == "NOT met"


def test_ratios_are_against_the_best_of_the_tutorial_with_as_many_sockets():
    rows = [
        row("tutorial-daphne", 10, 100), row("tutorial-uvicorn", 50, 200), row("mindnet", 50, 400),
        row("mindnet", 50, 400, sockets=10),
    ]  # fmt: skip
    fanout.add_ratios(rows)
    assert [each["ratio"] for each in rows] == [0.5, 1.0, 2.0, None]


def test_the_report_holds_figures_commands_charts_and_targets():
    tables = {"fanout": [row("mindnet", 50, 10_000), row("node-ws", 50, 20_000)], "rest": []}
    judged = targets.judge(tables)
    text = report.render(tables, judged, "a machine", "text")
    for part in ("a machine", "10,000", "Made by:", "Nothing was measured.", "█", "no loss in any fan-out", "met"):
        assert part in text
    assert "| node-ws | 200 |" in report.render(tables, judged, "a machine", "markdown")
    assert json.loads(report.render(tables, judged, "a machine", "json"))["tables"]["fanout"][0]["rate"] == 50
    for picture in charts.pictures(tables).values():
        assert ElementTree.fromstring(picture).tag.endswith("svg")


def test_a_busy_machine_is_named():
    quiet, busy = row("mindnet", 50, 1, others_cores=0.1), row("mindnet", 50, 1, others_cores=1.2)
    assert targets.busy({}) == targets.busy({"fanout": [quiet]}) == ""
    assert "1.2 cores" in targets.busy({"fanout": [quiet, busy, busy]})


def test_rooms_are_dealt_out():
    assert share(4, ["a", "b"]) == [["a"], ["b"], ["a"], ["b"]]
    assert share(2, ["a", "b", "c"]) == [["a", "c"], ["b"]]


@pytest.mark.parametrize("kind", ["embedded", "cluster"])
def test_what_a_measurement_stands_on_can_be_made(kind, request):
    """The messages are put in past the models, so a new column of theirs is noticed here."""
    world = request.getfixturevalue(kind)
    wanted = json.dumps({"people": 3, "rooms": 2, "joined": True, "messages": 5})
    command = [sys.executable, BASE_DIR / "benchmarks/seed.py", wanted]
    environment = clean_environment(**world.environment)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    headers = {"Authorization": f"Token {made['tokens'][0]}"}
    with world.open_client(headers=headers) as client:
        page = client.get(f"/rooms/{made['rooms'][0]}/messages").raise_for_status().json()
    assert [message["seq"] for message in page["results"]] == [1, 2, 3, 4, 5] and page["last_seq"] == 5
