"""Writes what failed, and why in few words, into the file TEST_FAILURES: a line of JSON each. Loaded by
`scripts/runs.py`, which tells it once more where everybody looks first, behind thousands of lines of the runs."""

import json
import os

FIRST, LAST, WIDTH = 2, 4, 240


def pytest_runtest_logreport(report):
    if report.failed:
        tell(report.nodeid if report.when == "call" else f"{report.nodeid} ({report.when})", report.longrepr)


def pytest_collectreport(report):
    if report.failed:
        tell(report.nodeid, report.longrepr)


def tell(title, longrepr):
    crash = getattr(longrepr, "reprcrash", None)
    lines = [line[:WIDTH] for line in (crash.message if crash else str(longrepr)).splitlines() if line.strip()]
    if len(lines) > FIRST + LAST:
        lines[FIRST:-LAST] = [f"… {len(lines) - FIRST - LAST} more lines …"]
    with open(os.environ["TEST_FAILURES"], "a") as file:
        file.write(json.dumps([title, *lines]) + "\n")
