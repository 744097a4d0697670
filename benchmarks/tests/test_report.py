"""The report of a measurement, in its three forms."""

import json
from xml.etree import ElementTree

import pytest

from benchmarks import charts, report, targets
from benchmarks.tests.rows import row

pytestmark = pytest.mark.once


def test_the_report_holds_figures_commands_charts_and_targets():
    page = {
        "system": "mindnet-alone",
        "call": "lobby",
        "signed_in": "cookie",
        "at_once": 16,
        "cpu_ms": 4.0,
        "errors": 0,
    }
    page["command"] = "x"
    tables = {"fanout": [row("mindnet", 50, 10_000), row("node-ws", 50, 20_000)], "http": [page], "sends": []}
    judged = targets.judge(tables)
    assert set(charts.pictures(tables)) == {"fanout-cpu.svg", "fanout-p99.svg", "http-cpu.svg"}
    text = report.render(tables, judged, "a machine", "text")
    for part in ("a machine", "10,000", "Made by:", "Nothing was measured.", "█", "no loss in any fan-out", "met"):
        assert part in text
    assert "| node-ws | 200 |" in report.render(tables, judged, "a machine", "markdown")
    assert json.loads(report.render(tables, judged, "a machine", "json"))["tables"]["fanout"][0]["rate"] == 50
    for picture in charts.pictures(tables).values():
        assert ElementTree.fromstring(picture).tag.endswith("svg")
