"""The people of a room on the page: who sees them, and what is done about them only after it was asked back."""

import pytest

from messaging import services as messaging
from mindnet.tests.pages.visitors import Browser
from rooms import services
from rooms.models import LogEntry, Restriction, RoomParticipant

pytestmark = pytest.mark.django_db


def browsers(cast):
    return {part: Browser(who) for part, who in cast.everybody().items()}


def person(cast, name):
    return f"/room/{cast.room.pk}/people/{name}"


def statuses(cast, path):
    return {part: browser.get(path).status_code for part, browser in browsers(cast).items()}


def test_who_is_in_is_listed_and_marks_are_for_those_who_keep_order(closed_cast):
    path = f"/room/{closed_cast.room.pk}/people"
    pages = {part: browser.get(path) for part, browser in browsers(closed_cast).items()}
    assert {part for part, page in pages.items() if page.status_code == 200} == set(pages) - {"outsider"}
    assert pages["outsider"].status_code == 404
    assert {part for part, page in pages.items() if ">muted<" in page.text} == {"owner", "moderator"}


def test_forms_are_drawn_for_those_who_may_send_them(cast):
    pages = {part: browser.get(person(cast, "rita")).text for part, browser in browsers(cast).items()}
    assert {part for part, text in pages.items() if "keeping-reason" in text} == {"owner", "moderator"}
    assert {part for part, text in pages.items() if 'value="hand_over"' in text} == {"owner"}
    assert {part for part, text in pages.items() if "Too loud." in text} == {"owner", "moderator"}
    assert "keeping-reason" not in Browser(cast.moderator).get(person(cast, "olga")).text


def test_a_ban_is_asked_back_once_and_then_done(cast):
    path, fields = person(cast, "PAUL"), {"deed": "ban", "length": "1440", "reason": "Spam."}
    moderator = Browser(cast.moderator)
    asked = moderator.send(path, person(cast, "paul"), **fields)
    assert "Ban paul from The garden for a day?" in asked.text and "cannot come back" in asked.text
    assert RoomParticipant.objects.get(psychic=cast.participant).is_active
    done = moderator.send(path, person(cast, "paul"), sure="1", **fields)
    assert done.redirect_chain[-1][0] == f"/room/{cast.room.pk}" and "paul is banned." in done.text
    ban = Restriction.objects.get(kind="ban")
    assert (ban.psychic, (ban.until - ban.created_at).total_seconds()) == (cast.participant, 86_400)


@pytest.mark.parametrize(
    "fields, says",
    [
        ({"deed": "mute", "length": "10", "reason": " "}, "Give a reason"),
        ({"deed": "mute", "length": "10", "reason": "x" * 10_000}, "Give a reason"),
        ({"deed": "ban", "length": "number", "minutes": "-5", "reason": "loud"}, "lasts from 1"),
        ({"deed": "ban", "length": "number", "minutes": "9" * 40, "reason": "loud"}, "lasts from 1"),
        ({"deed": "slow", "length": "lifted", "seconds": "0", "reason": "loud"}, "1 to 3600 seconds"),
    ],
)
def test_what_makes_no_sense_comes_back_with_what_was_written(cast, fields, says):
    before = Restriction.objects.count()
    page = Browser(cast.moderator).send(person(cast, "paul"), person(cast, "paul"), sure="1", **fields)
    assert page.status_code == 400 and says in page.text and f'value="{fields["reason"]}"' in page.text
    assert Restriction.objects.count() == before


def test_others_send_the_form_in_vain(cast):
    before = LogEntry.objects.count()
    for who in (cast.participant, cast.restricted, cast.outsider):
        for fields in ({"deed": "ban", "length": "10", "reason": "loud"}, {"deed": "hand_over"}, {"deed": "owner"}):
            page = Browser(who).send(person(cast, "mona"), sure="1", **fields)
            assert page.status_code in (403, 404)
    above = Browser(cast.moderator).send(person(cast, "olga"), sure="1", deed="kick", reason="loud")
    last = Browser(cast.owner).send(person(cast, "olga"), sure="1", deed="participant")
    assert (above.status_code, last.status_code) == (403, 409)
    assert "A room needs an owner" in last.text
    assert LogEntry.objects.count() == before


def test_a_room_is_handed_over_after_its_consequences_were_said(cast):
    owner, path = Browser(cast.owner), person(cast, "paul")
    asked = owner.send(path, path, deed="hand_over")
    assert "Only they can make you owner again." in asked.text
    owner.send(path, path, deed="hand_over", sure="1")
    roles = dict(RoomParticipant.objects.filter(room=cast.room).values_list("psychic__username", "role"))
    assert (roles["olga"], roles["paul"]) == ("moderator", "owner")


def test_the_message_it_is_about_is_shown_to_moderators_of_its_room_alone(cast, closed_cast_message):
    content = "Buy <b>now</b>, **or never**"
    said = messaging.post_message(psychic=cast.participant, room_id=cast.room.pk, content=content)[0].id
    path = person(cast, "paul")
    shown = Browser(cast.moderator).get(f"{path}?message={said}").text
    assert "Buy &lt;b&gt;now&lt;/b&gt;, <strong>or never</strong>" in shown
    for who in (cast.participant, cast.outsider):
        assert "Buy &lt;b&gt;" not in Browser(who).get(f"{path}?message={said}").text
    assert "elsewhere" not in Browser(cast.moderator).get(f"{path}?message={closed_cast_message}").text


@pytest.fixture
def closed_cast_message(cast):
    """A message of the participant in a room that the moderator is not in."""
    room, _ = services.create_room(psychic=cast.participant, name="Other", kind="closed")
    return messaging.post_message(psychic=cast.participant, room_id=room.pk, content="elsewhere")[0].id
