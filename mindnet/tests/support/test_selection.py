"""The parts of the tests: none is in no part, and the browser is alone."""

import json
import os
import subprocess
import sys

import pytest

from mindnet.tests.support.selection import PARTS, parts_in
from mindnet.tests.support.tools import BASE_DIR

pytestmark = pytest.mark.once

# Of each kind some: in a browser, with servers of their own, once, in the test process, and of others' programs.
FILES = ["browser/test_browser.py", "serving/test_handler_static_files.py", "base/test_rules.py",
         "test_settings_database.py", "test_types.py"]  # fmt: skip


def collected(part, told):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "mindnet.tests.support.selection",
               "-m", "not slow_fault", *(f"mindnet/tests/{name}" for name in FILES)]  # fmt: skip
    environment = os.environ | {"TEST_PART": part, "TEST_SELECTED": str(told)}
    done = subprocess.run(
        command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line]


def test_each_part_has_its_own(tmp_path):
    browser, servers, once, database, types = (f"mindnet/tests/{name}" for name in FILES)
    found = {part: collected(part, tmp_path / "told") for part in ("browser", "servers,tools", "once,database")}
    assert {part: set(files) for part, files in found.items()} == {
        "browser": {browser}, "servers,tools": {servers, types}, "once,database": {once, database},
    }  # fmt: skip
    counts = json.loads((tmp_path / "told").read_text())
    assert all(counts.values())
    for part, files in found.items():
        assert len(files) == sum(counts[name] for name in part.split(",")), part


def test_a_folder_is_read_for_the_parts_that_lie_in_it():
    tests = BASE_DIR / "mindnet/tests"
    assert parts_in(tests / "browser/test_browser.py") == {"browser"}
    assert parts_in(tests / "base") == {"servers", "once", "database", "tools"}
    assert parts_in(BASE_DIR / "rooms") == {"once", "database"}
    assert parts_in(tests) == parts_in(BASE_DIR) == set(PARTS)
