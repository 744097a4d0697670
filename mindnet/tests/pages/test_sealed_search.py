"""Which sealed mind-links a search hands to the browser, and what to look for in them."""

import json
import re

import pytest

from messaging import services as messaging
from mindnet.tests.pages.visitors import Browser
from mindnet.tests.support.sealed import envelope, two_minds
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(ada, bob):
    room, _ = rooms.create_room(psychic=ada.psychic, kind="private", with_username="bob")
    messaging.post_message(
        psychic=ada.psychic, room_id=room.pk, **envelope(room.pk, *two_minds(ada.psychic, bob.psychic))
    )
    return room


def handed(browser, query, **more):
    found = re.search(
        r'<script id="sealed-search"[^>]*>(.*?)</script>', browser.get("/search", {"q": query} | more).text
    )
    return found and json.loads(found[1])


def test_the_browser_gets_the_links_that_are_meant_and_the_question_as_it_was_read(ada, bob, link):
    [found] = handed(ada, 'Comète "full moon" -rain from:me after:2026-11-01')["links"]
    assert found == {"room": link.pk, "name": "bob", "other": {"id": bob.psychic.pk, "username": "bob"}, "last_seq": 1}
    assert handed(bob, 'Comète "full moon" -rain from:me after:2026-11-01')["asked"] == {
        "words": ["comete", "full moon"], "without": ["rain"], "sender": "me", "has": [],
        "since": "2026-11-01T00:00:00Z", "until": None,
    }  # fmt: skip
    assert handed(ada, "comet", room=link.pk) and handed(ada, "comet in:bob")
    for nothing in ("comet in:garden", "comet mentions:me", "-rain", ""):
        assert handed(ada, nothing) is None


def test_nobody_gets_the_links_of_others_nor_those_without_anything_sealed(ada, link, cast):
    assert handed(ada, "comet")
    rooms.create_room(psychic=cast.owner, kind="private", with_username="paul")
    assert handed(Browser(cast.owner), "comet") is None
