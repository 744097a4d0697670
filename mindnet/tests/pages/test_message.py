"""One message by itself: what can be done with it where no script runs."""

import re

import pytest

from messaging import services
from messaging.models import Message
from mindnet.tests.pages.visitors import Browser
from mindnet.tests.support.sealed import envelope, two_minds
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(cast):
    message, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="Half a thought")
    return f"/room/{cast.room.pk}/message/{message.id}"


@pytest.mark.parametrize(
    "part, deletes, reports",
    [
        ("owner", True, True), ("moderator", True, True), ("participant", True, False), ("restricted", False, True),
        ("outsider", False, True),
    ],
)  # fmt: skip
def test_each_sees_what_they_may_do_and_no_more_is_done(cast, path, part, deletes, reports):
    browser = Browser(getattr(cast, part))
    assert f'<noscript> · <a href="{path}">More</a></noscript>' in browser.get(f"/room/{cast.room.pk}").text
    page = browser.get(path).text
    assert ("Delete it for everyone" in page, "Report…" in page) == (deletes, reports)
    answer = browser.send(path)
    assert answer.status_code == (200 if deletes else 403)
    assert (Message.objects.get().deleted_at is not None) is deletes


def test_a_message_of_another_room_is_not_found(cast, path, ada):
    browser = Browser(cast.participant)
    number = Message.objects.get().pk
    assert browser.get(f"/room/{cast.room.pk + 1}/message/{number}").status_code == 404
    assert browser.get(f"/room/{cast.room.pk}/message/{number + 1}").status_code == 404
    assert browser.get(f"/room/{cast.room.pk}/message/{2**70}").status_code == 404


def test_without_scripts_a_message_is_answered_once_however_often_the_form_is_sent(cast, path):
    browser, first = Browser(cast.owner), Message.objects.get()
    nonce = re.search(r'name="nonce" value="([^"]+)"', browser.get(path).text)[1]
    for _ in range(2):
        page = browser.send(f"{path}/answer", path, content="And the other half", nonce=nonce)
    assert "And the other half" in page.text
    answer = Message.objects.exclude(pk=first.pk).get()
    assert (answer.reply_to_id, answer.sender) == (first.pk, cast.owner)


def test_without_scripts_one_corrects_what_one_has_said(cast, path):
    browser = Browser(cast.participant)
    page = browser.send(f"{path}/edit", path, content="A whole thought")
    assert "A whole thought" in page.text and Message.objects.get().content == "A whole thought"
    assert "Correct it" not in Browser(cast.moderator).get(path).text
    assert browser.send(f"{path}/edit", path, content=" ").status_code == 400


@pytest.mark.parametrize("deed", ["answer", "edit"])
def test_what_is_refused_stays_written(cast, path, deed):
    refused = Browser(cast.restricted).send(f"{path}/{deed}", "/profile", content="Too <loud>")
    assert refused.status_code == 403 and Message.objects.get().content == "Half a thought"
    assert ("Too &lt;loud&gt;" in refused.text) == (deed == "answer")
    outsider = Browser(cast.outsider).send(f"{path}/{deed}", "/profile", content="From outside")
    assert outsider.status_code == 403 and Message.objects.count() == 1


@pytest.mark.parametrize("deed", ["", "/answer", "/edit"])
def test_nobody_outside_finds_it(closed_cast, deed):
    message, _ = services.post_message(psychic=closed_cast.owner, room_id=closed_cast.room.pk, content="Ours")
    path = f"/room/{closed_cast.room.pk}/message/{message.id}{deed}"
    assert Browser(closed_cast.outsider).send(path, content="Mine").status_code == 404
    assert Message.objects.get().content == "Ours"


def test_a_sealed_message_is_not_shown_as_words(cast):
    link, _ = rooms.create_room(psychic=cast.owner, kind="private", with_username=cast.participant.username)
    sealed = envelope(link.pk, *two_minds(cast.owner, cast.participant))
    message, _ = services.post_message(psychic=cast.owner, room_id=link.pk, **sealed)
    browser = Browser(cast.participant)
    for path in (f"/room/{link.pk}", f"/room/{link.pk}/message/{message.id}"):
        page = browser.get(path).text
        assert "only the devices it was written for" in page and "&quot;signature" not in page
