"""How what was acknowledged is looked for."""

import pytest

from benchmarks.web.found import PAGE_MOST, by_number, by_search

pytestmark = pytest.mark.once


def test_every_post_is_looked_for():
    receipts = [[number, 2, number + 10, f"post {number} qword{number % 2}"] for number in range(1, 251)]
    paths, check = by_number(receipts)
    assert [len(page) for page in check["wanted"]] == [PAGE_MOST, PAGE_MOST, 50]
    assert paths[1] == "/rooms/2/messages?after=110&limit=100"
    paths, check = by_search(receipts)
    assert sorted(receipt for page in check["wanted"] for receipt in page) == receipts
    assert [len(page) for page in check["wanted"]] == [100, 25, 100, 25] and "&older=" in paths[1]
