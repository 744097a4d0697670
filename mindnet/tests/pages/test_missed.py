"""What did I miss, and having read it."""

import pytest

from messaging import markers, services
from mindnet.tests.pages.visitors import Browser
from presence import blocks
from presence import services as presence
from rooms import services as rooms
from rooms.models import RoomParticipant

pytestmark = pytest.mark.django_db


def say(psychic, room, content):
    return services.post_message(psychic=psychic, room_id=room.pk, content=content)[0]


@pytest.fixture
def attic(cast):
    """A second room of Olga's, in which Paul is as well, and in which was spoken last."""
    room, _ = rooms.create_room(psychic=cast.owner, name="Attic")
    rooms.join_room(psychic=cast.participant, room_id=room.pk)
    for number in range(10):
        say(cast.moderator, cast.room, f"thought {number}")
    say(cast.owner, cast.room, "A word, @paul")
    say(cast.owner, room, "<script>alert(1)</script>")
    return room


def read_seqs(psychic):
    return dict(RoomParticipant.objects.filter(psychic=psychic).values_list("room", "read_seq"))


def test_rooms_with_mentions_come_first_each_with_its_oldest_and_the_way_there(cast, attic):
    page = Browser(cast.participant).get("/missed").text
    assert page.index("The garden</bdi></a></h2>") < page.index("Attic</bdi></a></h2>")
    assert "thought 7" in page and "thought 8" not in page and "3 more in <bdi>The garden</bdi>" in page
    assert f'href="/room/{attic.pk}#m' in page
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    assert '@1<span class="hidden-text"> mentions you,</span>' in page


def test_one_room_or_all_are_marked_as_read_up_to_what_was_offered(cast, attic):
    browser = Browser(cast.participant)
    assert "Marked as read." in browser.send("/missed", "/missed", upto=[f"{attic.pk}:1"]).text
    assert read_seqs(cast.participant) == {cast.room.pk: 0, attic.pk: 1}
    say(cast.owner, cast.room, "since then")
    page = browser.send("/missed", "/missed", upto=[f"{cast.room.pk}:11", f"{attic.pk}:1"]).text
    assert read_seqs(cast.participant) == {cast.room.pk: 11, attic.pk: 1}
    assert "since then" in page and "thought" not in page
    assert "you have read everything" in browser.send("/missed", "/missed", upto=[f"{cast.room.pk}:12"]).text


@pytest.mark.parametrize("upto", ["", "12", "a:b", "-1:2", "1:-2", f"{2**70}:1", f"1:{2**70}", "1:2:3"])
def test_what_is_no_mark_marks_nothing(cast, attic, upto):
    assert Browser(cast.participant).send("/missed", "/missed", upto=[upto]).status_code == 200
    assert set(read_seqs(cast.participant).values()) == {0}


def test_others_read_nothing_by_it_and_who_meditates_neither(cast, attic):
    everything = [f"{cast.room.pk}:11", f"{attic.pk}:1"]
    assert Browser(cast.outsider).send("/missed", "/profile", upto=everything).status_code == 200
    assert not read_seqs(cast.outsider) and set(read_seqs(cast.participant).values()) == {0}
    presence.set_presence(psychic=cast.participant, status="meditating")
    browser = Browser(cast.participant)
    assert "Mark all as read" not in browser.get("/missed").text
    assert "nothing is marked as read" in browser.send("/missed", "/profile", upto=everything).text
    assert set(read_seqs(cast.participant).values()) == {0}


def test_mentions_are_listed_with_the_unread_ones_marked(cast, attic):
    browser = Browser(cast.participant)
    page = browser.get("/missed/mentions").text
    assert "A word, " in page and "in <bdi>The garden</bdi>" in page and ">new</span>" in page
    browser.send("/missed", "/missed", upto=[f"{cast.room.pk}:11"])
    page = browser.get("/missed/mentions").text
    assert "A word, " in page and ">new</span>" not in page
    for number in range(30):
        say(cast.owner, attic, f"@paul {number}")
    page = browser.get("/missed/mentions").text
    assert "A word, " not in page and "Older mentions" in page
    before = page.split("?before=")[1].split('"')[0]
    assert "A word, " in browser.get(f"/missed/mentions?before={before}").text
    blocks.block(psychic=cast.participant, username="olga")
    assert "Nobody has mentioned you yet." in browser.get("/missed/mentions").text
    assert browser.get("/missed/mentions?before=x").status_code == 404


def test_without_scripts_a_message_is_marked_and_the_room_begins_there(cast, attic):
    browser = Browser(cast.participant)
    browser.send("/missed", "/missed", upto=[f"{cast.room.pk}:11"])
    message = cast.room.messages.get(seq=5)
    path = f"/room/{cast.room.pk}/message/{message.pk}"
    answer = browser.send(f"{path}/unread", path)
    assert answer.redirect_chain == [("/", 302)] and "Unread from there on" in answer.text
    assert '<span class="badge" data-unread>7' in answer.text
    page = browser.get(f"/room/{cast.room.pk}").text
    assert page.index('id="new"') < page.index(f'id="m{message.pk}"') < page.index('id="new"') + 300
    assert Browser(cast.outsider).send(f"{path}/unread", "/profile").status_code == 403
    markers.clear_marker(psychic=cast.participant, room_id=cast.room.pk)
    assert 'id="new"' not in browser.get(f"/room/{cast.room.pk}").text
