"""The peer's share of the world."""

import contextlib
import re
import sqlite3

import pytest

from benchmarks import village
from benchmarks.systems import StartFailed
from benchmarks.web.theirs import fill, frame_of

pytestmark = pytest.mark.once

ENTRY = '<li data-room="7"><bdi>attic</bdi></li>'
OURS = f"""<head><ul class="rooms" data-my-rooms>{ENTRY}</ul><nav>
<div class="log" data-log role="log" aria-label="Messages"><article>one</article>
<article>two</article>
</div><ul class="people-list" data-people data-person-url="x"><li>ada</li></ul>
<script id="mindnet-data" type="application/json">{{"me": 1, "room": {{"id": 7}}, "most": 9}}</script></html>"""


def test_the_peer_has_the_frame_of_our_page_and_draws_what_moves():
    frame = frame_of(OURS)
    moving = [ENTRY, "<article>one</article>\n<article>two</article>\n", "<li>ada</li>"]
    drawn = "".join(part + piece for part, piece in zip(frame["parts"], [*moving, "", ""], strict=True))
    assert drawn == re.sub("<script.*</script>", "", OURS, flags=re.DOTALL)
    assert frame["room"] == {"id": 7} and frame["data"] == {"most": 9}
    with pytest.raises(StartFailed):
        frame_of(OURS.replace("data-log", "data-talk"))


def test_what_a_database_of_the_peer_holds_is_what_ours_has(tmp_path):
    made = {
        "caller": 2,
        "rooms": list(range(2, 2 + village.ROOMS)),
        "first_ids": [1, 5001, 1001],
        "everyone": [1, "All"],
    }
    fill(tmp_path / "peer.sqlite3", made)
    with contextlib.closing(sqlite3.connect(tmp_path / "peer.sqlite3")) as database:
        row = database.execute("SELECT id, sender_id, content, reply_to, has_reactions FROM messages WHERE id = 990")
        assert row.fetchone() == (990, 2 + village.sender(990), village.text(990), 983, 1)
        assert database.execute("SELECT count(*), min(id) FROM messages WHERE room_id = 3").fetchone() == (256, 5001)
        assert not database.execute("PRAGMA foreign_key_check").fetchall()
