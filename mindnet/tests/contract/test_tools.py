"""The strangers' tools are the pinned ones, or they are missing."""

import shutil

import pytest

from mindnet.tests.support import tools

pytestmark = pytest.mark.once


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder as npm leaves it."""
    monkeypatch.setattr(tools, "CONTRACT_DIR", tmp_path)
    for path in tools.CONTRACT_PACKAGES:
        shutil.copy(path, tmp_path)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / ".package-lock.json").write_text("{}")
    return tmp_path


def test_the_pinned_versions_are_found(installed):
    assert tools.find("contract").path == installed / "node_modules" / ".bin"


@pytest.mark.parametrize("lacking", ["package-lock.json", "node_modules/.package-lock.json"])
def test_an_installation_that_was_cut_off_is_none(installed, lacking):
    (installed / lacking).unlink()
    with pytest.raises(tools.Missing, match="contract"):
        tools.find("contract")


def test_other_versions_are_not_ours(installed):
    (installed / "package.json").write_text('{"devDependencies": {"typescript": "1.0.0"}}')
    with pytest.raises(tools.Missing, match="contract"):
        tools.find("contract")


def test_nothing_says_where_packages_came_from():
    assert all("resolved" not in path.read_text() for path in [*tools.CONTRACT_PACKAGES, *tools.HPKE_PACKAGES])
