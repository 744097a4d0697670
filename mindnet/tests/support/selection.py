"""Of the selected tests, those that may run together in one process. Loaded by `scripts/run_tests.py`.

TEST_PART names the part, or several with commas. `database` is what runs inside the test process and so counts once for
each database, `once` what does so and says the same on any, `tools` what runs other people's programs over types and
documents, and `browser` the browser alone: Playwright's event loop and asyncio tests do not share a process. `servers`
is what starts servers. The file TEST_SELECTED is told how many tests each part has.
"""

import json
import os
from pathlib import Path

import pytest

PARTS = ("servers", "once", "database", "tools", "browser")


def part_of(item):
    """The name of the part that this test belongs to."""
    marks = {mark.name for mark in item.iter_markers()}
    return next((name for name in ("browser", "tools", "servers", "once") if name in marks), "database")


@pytest.hookimpl(trylast=True)  # after -m and -k
def pytest_collection_modifyitems(config, items):
    parts = [(item, part_of(item)) for item in items]
    if path := os.environ.get("TEST_SELECTED"):
        counts = {name: sum(name == part for _, part in parts) for name in PARTS}
        Path(path).write_text(json.dumps(counts))
    wanted = set(os.environ["TEST_PART"].split(","))
    config.hook.pytest_deselected(items=[item for item, part in parts if part not in wanted])
    items[:] = [item for item, part in parts if part in wanted]
