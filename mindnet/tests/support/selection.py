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

from mindnet.tests.support.tools import BASE_DIR

PARTS = ("servers", "once", "database", "tools", "browser")
# Folders that hold tests of some parts only. For another part they are not even read: reading all tests takes half a
# minute of a processor. What lies in none of them may be of any part but the browser's.
FOLDERS = {
    "mindnet/tests/browser": {"browser"},
    "mindnet/tests/contract": {"tools", "once"},
    "mindnet/tests/flows": {"servers", "once"},
    "mindnet/tests/pages": {"once"},
    "mindnet/tests/rest": {"once"},
    "presence": {"once", "database"},
    "rooms": {"once", "database"},
    "messaging": {"once", "database", "tools"},
    "analytics": {"once", "database"},
}
ELSEWHERE = set(PARTS) - {"browser"}


def parts_in(path):
    """The parts that the tests in this file, or below this folder, may be of."""
    relative = path.relative_to(BASE_DIR)
    if found := [parts for folder, parts in FOLDERS.items() if relative.is_relative_to(folder)]:
        return found[0]
    below = [parts for folder, parts in FOLDERS.items() if Path(folder).is_relative_to(relative)]
    return ELSEWHERE.union(*below)


def wanted():
    return set(os.environ["TEST_PART"].split(","))


def pytest_ignore_collect(collection_path):
    """Leaves folders out that have nothing for us; None lets others decide. Whoever counts all parts reads all."""
    if not os.environ.get("TEST_SELECTED") and not wanted() & parts_in(collection_path):
        return True
    return None


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
    if strays := [item.nodeid for item, part in parts if part not in parts_in(item.path)]:
        raise pytest.UsageError(f"In no part of their folder (FOLDERS in {__name__}): {', '.join(strays)}")
    ours = wanted()
    config.hook.pytest_deselected(items=[item for item, part in parts if part not in ours])
    items[:] = [item for item, part in parts if part in ours]
