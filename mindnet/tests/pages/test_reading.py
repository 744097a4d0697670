"""A room's page at the message that its address names, and answers beside what they answer, however far up that is."""

import pytest

from messaging import services
from mindnet.tests.pages.visitors import Browser
from presence import blocks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unlimited(settings):
    settings.LIMITS_ENFORCED = False


def say(cast, content, **fields):
    message, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content=content, **fields)
    return message


@pytest.fixture
def first(closed_cast):
    """The first of 80 messages; the last answers it."""
    first = say(closed_cast, "where it <began>")
    for number in range(78):
        say(closed_cast, f"thought {number}")
    say(closed_cast, "an answer", reply_to=first.id)
    return first


def shown(answer):
    return [item["message"].seq for item in answer.context["said"].items()]


def test_a_page_opens_at_the_message_its_address_names(closed_cast, first):
    path = f"/room/{closed_cast.room.pk}"
    browser = Browser(closed_cast.participant)
    answer = browser.get(f"{path}?message={first.id}")
    assert shown(answer) == list(range(1, 51)) and f'id="m{first.id}"' in answer.text
    assert answer.context["data"]["room"]["has_newer"] is True
    # Also for who has something unread elsewhere.
    assert shown(Browser(closed_cast.owner).get(f"{path}?message={first.id + 70}")) == list(range(31, 81))
    assert Browser(closed_cast.outsider).get(f"{path}?message={first.id}").status_code == 404


@pytest.mark.parametrize("number", [999_999, 2**70])
def test_a_message_that_is_not_there_is_said_not_to_be(closed_cast, number):
    path = f"/room/{closed_cast.room.pk}"
    browser = Browser(closed_cast.participant)
    assert "This message is not here." not in browser.get(path).text
    answer = browser.get(f"{path}?message={number}")
    assert (answer.status_code, "This message is not here." in answer.text) == (200, True)


def test_an_answer_shows_what_it_answers_far_above(closed_cast, first):
    path, link = f"/room/{closed_cast.room.pk}?newest=1", f'<a href="?message={first.id}#m{first.id}">'
    browser = Browser(closed_cast.owner)
    answer = browser.get(path)
    assert link in answer.text and "where it &lt;began&gt;" in answer.text
    assert [one.id for one in answer.context["data"]["quoted"]] == [first.id]
    blocks.block(psychic=closed_cast.owner, username="paul")
    hidden = browser.get(path).text
    assert link not in hidden and "A message from somebody you have blocked" in hidden
    services.delete_message(psychic=closed_cast.participant, message_id=first.id)
    assert '<span class="gone">Deleted</span></a>' in Browser(closed_cast.moderator).get(path).text
