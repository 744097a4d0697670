"""What all servers are asked."""

import pytest

from benchmarks import village
from benchmarks.web.calls import PAGE
from benchmarks.web.shared import page_before

pytestmark = pytest.mark.once


def test_the_village_has_what_makes_a_page_dear():
    page = page_before(None)
    assert len(page) == PAGE and page[-1] == village.MESSAGES and len(page_before(51)) == PAGE
    assert all("&lt;b&gt;it&#x27;s&lt;/b&gt; &quot;" in village.in_html(village.text(seq)) for seq in page)
    assert sum(map(bool, map(village.replied_to, page))) == 5
    assert sum(map(bool, map(village.reactions, page))) == 10
