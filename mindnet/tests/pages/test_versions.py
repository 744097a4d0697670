"""The page of a message's earlier texts."""

import pytest

from messaging import edits, services
from mindnet.pages.versions import difference
from mindnet.tests.pages.visitors import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(closed_cast):
    message, _ = services.post_message(
        psychic=closed_cast.participant, room_id=closed_cast.room.pk, content="Meet me <here> at noon"
    )
    return message


def path_of(message):
    return f"/room/{message.room}/message/{message.id}/versions"


def edit(cast, message, content):
    edits.edit_message(psychic=cast.participant, message_id=message.id, content=content)


def test_whoever_reads_the_message_reads_what_it_said_before(closed_cast, message):
    edit(closed_cast, message, "Meet me <here> at one")
    browser = Browser(closed_cast.restricted)
    assert f'<a data-sheet href="{path_of(message)}">edited</a>' in browser.get(f"/room/{message.room}").text
    page = browser.get(path_of(message)).text
    assert "noon</span>" not in page and "<here>" not in page
    assert "taken out: </span>noon<" in page and "put in: </span>one<" in page
    assert page.index("Now, since") < page.index("At first")
    assert Browser(closed_cast.outsider).get(path_of(message)).status_code == 404


def test_there_is_nothing_to_read_of_what_was_never_edited_or_is_deleted(closed_cast, message):
    browser = Browser(closed_cast.owner)
    assert "never edited" in browser.get(path_of(message)).text
    edit(closed_cast, message, "Meet me there")
    services.delete_message(psychic=closed_cast.participant, message_id=message.id)
    page = browser.get(path_of(message)).text
    assert "was deleted" in page and "Meet me" not in page


def test_where_texts_were_left_out_the_page_says_so(closed_cast, message, settings):
    settings.LIMITS = settings.LIMITS | {"MESSAGE_VERSIONS": 2}
    browser = Browser(closed_cast.owner)
    edit(closed_cast, message, "second")
    assert "not every text is kept" not in browser.get(path_of(message)).text
    for content in ("third", "fourth"):
        edit(closed_cast, message, content)
    page = browser.get(path_of(message)).text
    assert "not every text is kept" in page and "second<" not in page


@pytest.mark.parametrize(
    "before, text, parts",
    [
        ("a b c", "a x c", ("a ", "b", "x", " c")),
        ("a b", "a b c", ("a b", "", " c", "")),
        ("a a", "a a a", ("a a", "", " a", "")),
        ("a a a", "a", ("a", " a a", "", "")),
        ("a", "b", ("", "a", "b", "")),
    ],
)
def test_a_change_is_one_stretch_between_words(before, text, parts):
    assert difference(before, text) == parts
    assert parts[0] + parts[2] + parts[3] == text
