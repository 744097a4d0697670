"""The page that finds what was said, without JavaScript."""

import pytest

from messaging import search_index, services
from messaging.tests.files import attach
from mindnet.tests.pages.visitors import Browser
from rooms import services as rooms

pytestmark = pytest.mark.django_db


def say(psychic, room, text):
    return services.post_message(psychic=psychic, room_id=room.pk, content=text)[0]


def test_it_shows_what_was_found_where_and_beside_what(cast):
    for text in ("before it", "A <b>Comète</b> tonight", "after it"):
        say(cast.owner, cast.room, text)
    search_index.index_next()
    answer = Browser(cast.participant).get("/search", {"q": "comete -rain"})
    [result] = answer.context["results"]
    assert result.before.content == "before it" and result.after.content == "after it"
    assert "A &lt;b&gt;<mark>Comète</mark>&lt;/b&gt; tonight" in answer.text
    assert f'href="/room/{cast.room.pk}?message={result.message.id}#m{result.message.id}"' in answer.text
    assert "The garden" in answer.text


def test_files_are_shown_with_what_is_found_in_their_names(cast):
    picture = {"kind": "image", "media_type": "image/webp", "width": 4, "height": 3}
    files = [attach(cast.owner, cast.room, "Comet.pdf"), attach(cast.owner, cast.room, "<b>.webp", **picture)]
    fields = {"psychic": cast.owner, "room_id": cast.room.pk, "attachments": [file.pk for file in files]}
    services.post_message(content="The **comet**", **fields)
    page = Browser(cast.participant).get("/search", {"q": "comet"}).text
    assert "The <mark>comet</mark>" in page and "<bdi><mark>Comet</mark>.pdf</bdi>" in page
    assert f'<a class="picture" href="/attachments/{files[1].pk}" data-picture' in page
    assert "<bdi>&lt;b&gt;.webp</bdi>" in page


def test_others_find_nothing_and_are_told_what_to_try(closed_cast):
    say(closed_cast.owner, closed_cast.room, "comet")
    outsider = Browser(closed_cast.outsider)
    answer = outsider.get("/search", {"q": "comet"})
    assert answer.context["results"] == [] and "Nothing found" in answer.text and "The garden" not in answer.text
    assert outsider.get("/search", {"q": "comet", "room": closed_cast.room.pk}).status_code == 404


def test_older_results_follow_and_new_ones_do_not_move_them(cast):
    for number in range(25):
        say(cast.owner, cast.room, f"comet {number}")
    visitor = Browser(cast.participant)
    first = visitor.get("/search", {"q": "comet", "room": cast.room.pk})
    say(cast.owner, cast.room, "comet 25")
    second = visitor.get(first.context["older"])
    contents = [result.message.content for page in (first, second) for result in page.context["results"]]
    assert contents == [f"comet {number}" for number in reversed(range(25))]
    assert second.context["older"] is None and "To the newest" in second.text


def test_without_a_question_it_says_how_to_ask_and_names_the_rooms(cast):
    answer = Browser(cast.participant).get("/search", {"room": cast.room.pk})
    assert f'<option value="{cast.room.pk}" selected>The garden</option>' in answer.text
    assert "How to ask" in answer.text and "Nothing found" not in answer.text


@pytest.mark.parametrize(
    "question, status",
    [({"q": "before:soon"}, 400), ({"q": "x" * 101}, 400), ({"q": "a\x00"}, 400), ({"q": "x", "room": "0"}, 404),
     ({"q": "x", "room": "garden"}, 404), ({"q": "x", "older": "-1"}, 404), ({"q": "%'_\" \\ in:#99 from:!"}, 200)],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(cast, question, status):
    answer = Browser(cast.participant).get("/search", question)
    assert answer.status_code == status
    assert (answer.context["errors"] != []) == (status == 400) if status != 404 else True


def test_every_page_and_a_rooms_menu_lead_to_it(cast):
    visitor = Browser(cast.participant)
    assert 'href="/search"' in visitor.get("/people").text
    assert f'href="/search?room={cast.room.pk}"' in visitor.get(f"/room/{cast.room.pk}").text


def test_a_room_one_has_left_is_not_asked_about(cast):
    say(cast.owner, cast.room, "comet")
    rooms.leave_room(psychic=cast.participant, room_id=cast.room.pk)
    answer = Browser(cast.participant).get("/search", {"q": "comet"})
    assert answer.context["results"] == [] and "The garden" not in answer.text
