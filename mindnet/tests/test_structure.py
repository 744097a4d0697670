"""Rules of the layout that no other test would notice broken."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

BASE_DIR = Path(__file__).resolve().parents[2]
# From the lowest shelf to the highest; `mindnet` itself knows everybody.
SHELVES = ["presence", "rooms", "messaging", "analytics"]


def sources(folder):
    return [
        path
        for path in sorted((BASE_DIR / folder).rglob("*.py"))
        if not {"tests", "migrations"} & set(path.relative_to(BASE_DIR).parts)
    ]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("app", SHELVES)
def test_imports_point_down(app):
    above = SHELVES[SHELVES.index(app) + 1 :]
    up = [
        f"{path.relative_to(BASE_DIR)}: {name}"
        for path in sources(app)
        for name in imported(path)
        if name.partition(".")[0] in above
    ]
    assert up == []


def test_the_realtime_machinery_knows_no_app():
    known = [name for path in sources("mindnet/realtime") for name in imported(path)]
    assert [name for name in known if name.partition(".")[0] in SHELVES] == []
    assert "mindnet.realtime" in known, "the search finds imports"


def test_only_publish_calls_group_send():
    callers = {
        path.name
        for folder in ["mindnet", *SHELVES]
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "group_send" and ast.unparse(node.value) != "publish"
    }
    assert callers == {"publish.py"}


def test_every_limit_is_used():
    from mindnet.base import limits

    text = "\n".join(path.read_text() for folder in ["mindnet", *SHELVES] for path in sources(folder))
    unused = [name for name in limits.LIMITS if text.count(f'"{name}"') < 2]
    assert unused == []
