"""Of the selected tests, those that may run together in one process. Loaded by `scripts/run_tests.py`.

TEST_PART names the part. `main` is everything but the browser, `database` what runs inside the test process and so
counts once for each database, and `browser` the browser alone: Playwright's event loop and asyncio tests do not share
a process. The file TEST_SELECTED is told how many tests each part has.
"""

import json
import os
from pathlib import Path

import pytest


def parts_of(item):
    """The names of the parts that this test belongs to."""
    marks = {mark.name for mark in item.iter_markers()}
    if "browser" in marks:
        return {"browser"}
    return {"main"} if marks & {"servers", "once"} else {"main", "database"}


@pytest.hookimpl(trylast=True)  # after -m and -k
def pytest_collection_modifyitems(config, items):
    parts = [(item, parts_of(item)) for item in items]
    if path := os.environ.get("TEST_SELECTED"):
        counts = {name: sum(name in names for _, names in parts) for name in ("main", "database", "browser")}
        Path(path).write_text(json.dumps(counts))
    wanted = os.environ["TEST_PART"]
    config.hook.pytest_deselected(items=[item for item, names in parts if wanted not in names])
    items[:] = [item for item, names in parts if wanted in names]
