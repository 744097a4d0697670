"""Writing a broadcast, seeing who is silent, and acknowledging one: without scripts."""

import re

import pytest
from django.contrib.auth.models import Permission

from messaging import broadcasts
from messaging.models import Acknowledgement, Message, Reminder
from mindnet.tests.pages.visitors import Browser
from presence import services as presence
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast):
    cast.owner.user_permissions.add(Permission.objects.get(codename="broadcast"))
    return cast


@pytest.fixture
def olga(cast):
    return Browser(cast.owner)


def ask(cast, *targets, content="Fire drill at noon."):
    ids = [room.pk for room in targets] or None
    return broadcasts.broadcast(psychic=cast.owner, content=content, rooms=ids, require_ack=True).messages[0].id


def bar(page):
    found = re.search(r"<aside class=\"waiting\".*?</aside>", page.text, re.DOTALL)[0]
    return None if re.match(r"<aside[^>]* hidden>", found) else found


def test_it_is_written_looked_at_and_sent_once(cast, olga):
    shed, _ = rooms.create_room(psychic=cast.outsider, name="The shed")
    nonce = re.search(r'name="nonce" value="([^"]+)"', olga.get("/broadcasts").text)[1]
    form = {"content": "Tea <now>", "to": "rooms", "rooms": [cast.room.pk], "require_ack": "on", "nonce": nonce}
    found = olga.send("/broadcasts", "/broadcasts", step="find", q="shed", **form)
    assert "The shed" in found.text and f'value="{cast.room.pk}" checked' in found.text
    form["rooms"] = [cast.room.pk, shed.pk]
    preview = olga.send("/broadcasts", "/broadcasts", step="preview", **form)
    assert "Send to 5 people" in preview.text and "Tea &lt;now&gt;" in preview.text and not Message.objects.exists()
    for _ in range(2):
        sent = olga.send("/broadcasts", "/broadcasts", step="send", **form)
        assert sent.status_code == 200 and "Sent to 5 people." in sent.text
    assert Message.objects.count() == 2
    other = olga.send("/broadcasts", "/broadcasts", step="send", **form | {"content": "Other words"})
    assert other.status_code == 409 and "Other words" in other.text and nonce not in other.text
    assert "acknowledged by 0 of 4" in olga.get("/broadcasts").text


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"content": " "}, "must not be empty"),
        ({"content": "x" * 10_000}, "at most 4000 characters"),
        ({"to": "rooms"}, "Choose at least one room"),
        ({"to": "rooms", "rooms": ["987654"]}, "not there any more"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "send"])
def test_what_is_wrong_comes_back_to_be_changed(olga, wrong, words, step):
    answer = olga.send("/broadcasts", "/broadcasts", step=step, **{"content": "Tea", "to": "everyone"} | wrong)
    assert answer.status_code in (400, 404) and words in answer.text and "New broadcast" in answer.text
    assert not Message.objects.exists()


def test_the_pages_are_for_who_may_broadcast(cast, olga):
    message_id = ask(cast)
    pages = ["/broadcasts", f"/broadcasts/{message_id}", f"/broadcasts/{message_id}/progress"]
    pages.append(f"/broadcasts/{message_id}/remind")
    assert [olga.get(path).status_code for path in pages] == [200] * 4
    assert 'href="/broadcasts"' in olga.get("/people").text
    for part in ("moderator", "participant", "restricted", "outsider"):
        browser = Browser(cast.everybody()[part])
        assert [browser.get(path).status_code for path in pages] == [403] * 4
        assert browser.send("/broadcasts", content="Mine", to="everyone", step="send").status_code == 403
        assert browser.send(pages[3]).status_code == 403
        assert 'href="/broadcasts"' not in browser.get("/people").text
    assert Message.objects.count() == 1 and not Reminder.objects.exists()


def test_its_page_says_who_is_silent_and_reminds_once(cast, olga, settings):
    settings.LIMITS_ENFORCED = True
    message_id = ask(cast, cast.room)
    broadcasts.acknowledge(psychic=cast.restricted, message_id=message_id)
    page = olga.get(f"/broadcasts/{message_id}").text
    assert "/psychic/paul" in page and "/psychic/mona" in page and "/psychic/rita" not in page
    assert olga.get(f"/broadcasts/{message_id}/progress").json() == {"acknowledged": 1, "recipients": 3}
    assert "Remind 2 people?" in olga.get(f"/broadcasts/{message_id}/remind").text
    assert "Reminded 2 people." in olga.send(f"/broadcasts/{message_id}/remind").text
    again = olga.send(f"/broadcasts/{message_id}/remind")
    assert again.status_code == 429 and "Try again" in again.text
    assert Reminder.objects.count() == 1


def test_the_bar_is_on_every_page_until_one_has_acknowledged(cast):
    first, second = ask(cast, content="The first"), ask(cast, cast.room, content="The second")
    paul = Browser(cast.participant)
    for path in ("/", "/people", f"/room/{cast.room.pk}"):
        assert "The second" in bar(paul.get(path)) and "and 1 more" in bar(paul.get(path))
    room = paul.get(f"/room/{cast.room.pk}").text
    assert room.count(f'action="/broadcasts/{second}/acknowledge"') == 2, "in the bar, and in the message"
    back = paul.send(f"/broadcasts/{second}/acknowledge", next=f"/room/{cast.room.pk}")
    assert back.redirect_chain[-1][0] == f"/room/{cast.room.pk}"
    assert '<p class="acknowledged">Acknowledged</p>' in back.text and "The first" in bar(back)
    paul.send(f"/broadcasts/{first}/acknowledge", next="https://elsewhere.test/")
    assert bar(paul.get("/")) is None
    assert bar(Browser(cast.owner).get("/")) is None, "who sent it knows"


def test_who_meditates_is_not_asked_and_the_muted_may_answer(cast):
    message_id = ask(cast, cast.room)
    presence.set_presence(psychic=cast.participant, status="meditating")
    assert bar(Browser(cast.participant).get("/people")) is None
    assert bar(Browser(cast.outsider).get("/people")) is None
    rita = Browser(cast.restricted)
    assert "Fire drill" in bar(rita.get("/people"))
    assert rita.send(f"/broadcasts/{message_id}/acknowledge", next="//elsewhere.test").redirect_chain[-1][0] == "/"
    assert Acknowledgement.objects.get().psychic == cast.restricted


def test_a_form_that_came_without_a_sign_in_is_shown_again(cast):
    message_id = ask(cast, cast.room)
    paul = Browser(cast.participant)
    assert "Fire drill" in paul.get(f"/broadcasts/{message_id}/acknowledge?kept=1").text
    closed, _ = rooms.create_room(psychic=cast.owner, name="Secret", kind="closed")
    assert paul.get(f"/broadcasts/{ask(cast, closed)}/acknowledge").status_code == 404
