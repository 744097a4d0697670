"""Rules of the layout that no other test would notice broken. Who may import whom stands in .importlinter."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mindnet

pytestmark = pytest.mark.once

PACKAGE_DIR = Path(mindnet.__file__).parent
BASE_DIR = PACKAGE_DIR.parent
APPS = ["presence", "rooms", "messaging", "analytics"]
SOURCES = ["mindnet", *APPS, "benchmarks", "templates", "scripts"]
SUFFIXES = {".py", ".js", ".mjs", ".css", ".html"}
LINES_MOST = 400
# Packages whose tests mirror them, and those of mindnet/tests that test no module of the same name.
MIRRORED = ["mindnet", *APPS, "benchmarks"]
OF_THEIR_OWN = {"flows", "faults", "browser", "contract", "js", "sealed"}
# What tests the house as a whole, and has no module. The published contract is of several modules.
OF_THE_HOUSE = {"test_docs.py", "test_migrations.py", "test_structure.py", "test_types.py"}


def sources(folder):
    return [
        path
        for path in sorted((BASE_DIR / folder).rglob("*.py"))
        if not {"tests", "migrations"} & set(path.relative_to(BASE_DIR).parts)
    ]


def test_imports_keep_to_the_floors():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_publish_calls_group_send():
    callers = {
        path.name
        for folder in ["mindnet", *APPS]
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "group_send" and ast.unparse(node.value) != "publish"
    }
    assert callers == {"publish.py"}


def test_every_limit_is_used():
    from mindnet.base import limits

    text = "\n".join(path.read_text() for folder in ["mindnet", *APPS] for path in sources(folder))
    unused = [name for name in limits.LIMITS if text.count(f'"{name}"') < 2]
    assert unused == []


def test_no_file_is_longer_than_one_reads_in_one_go():
    long = {
        str(path.relative_to(BASE_DIR)): lines
        for folder in SOURCES
        for path in (BASE_DIR / folder).rglob("*")
        if path.suffix in SUFFIXES and "node_modules" not in path.parts
        if (lines := len(path.read_text().splitlines())) > LINES_MOST
    }
    assert long == {}


@pytest.mark.parametrize("package", MIRRORED)
def test_each_test_file_is_named_after_a_module(package):
    """tests/socket/test_commands_rooms.py tests socket/commands.py, and says which side of it."""
    tests = BASE_DIR / package / "tests"
    strangers = [
        str(path.relative_to(tests))
        for path in sorted(tests.rglob("test_*.py"))
        if path.name not in OF_THE_HOUSE and not OF_THEIR_OWN & set(path.relative_to(tests).parts)
        if not is_named_after_a_module(BASE_DIR / package, path.relative_to(tests))
    ]
    assert strangers == []


def is_named_after_a_module(package, path):
    folders = [package / path.parent, package / "tests" / path.parent]  # what supports the tests is tested beside them
    words = path.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any((folder / place).exists() for folder in folders for name in names for place in (f"{name}.py", name))


def test_a_test_file_of_no_module_is_noticed():
    assert is_named_after_a_module(PACKAGE_DIR, Path("socket/test_commands_rooms.py"))
    assert is_named_after_a_module(PACKAGE_DIR, Path("support/test_worlds.py"))
    assert not is_named_after_a_module(PACKAGE_DIR, Path("socket/test_comm.py"))
    assert not is_named_after_a_module(PACKAGE_DIR, Path("test_commands.py"))
