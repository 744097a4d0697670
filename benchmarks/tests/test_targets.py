"""Whether a target is met by the figures. The measuring itself is tried by `make bench`."""

import pytest

from benchmarks import targets
from benchmarks.tests.rows import row

pytestmark = pytest.mark.once


def verdicts(**tables):
    return {each.target: each.verdict for each in targets.judge(tables)}


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


def test_the_dearest_envelopes_are_held_against_plain_messages():
    def sealed(devices, ratio):
        return {"system": "mindnet", "devices": devices, "ratio": ratio, "cpu_ratio": 1.5}

    target, rows = "sealed sends on PostgreSQL ≥ 0.5 × plain ones", [sealed(0, 1.0), sealed(2, 0.9), sealed(8, 0.5)]
    assert verdicts(sealed=rows[:1])[target] == "not measured"
    assert verdicts(sealed=rows)[target] == "met"
    assert verdicts(sealed=[*rows, sealed(20, 0.49)])[target] == "NOT met"
    assert verdicts(sealed=rows)["sealed sends on SQLite ≥ 0.5 × plain ones"] == "not measured"


def test_a_busy_machine_is_named():
    quiet, busy = row("mindnet", 50, 1, others_cores=0.1), row("mindnet", 50, 1, others_cores=1.2)
    assert targets.busy({}) == targets.busy({"fanout": [quiet]}) == ""
    assert "1.2 cores" in targets.busy({"fanout": [quiet, busy, busy]})
