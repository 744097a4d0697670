"""What waits for a moderator and word rules, without JavaScript."""

import re

import pytest

from messaging.models import HeldMessage, Message
from messaging.services import post_message
from messaging.tests.files import attach
from mindnet.base.errors import DomainError
from mindnet.tests.pages.visitors import Browser
from rooms.models import Room, WordRule
from rooms.word_rules import change_word_rule, make_word_rule

pytestmark = pytest.mark.django_db


def hold(cast, content="spam <b>", **more):
    Room.objects.filter(pk=cast.room.pk).update(hold_new_hours=24)
    with pytest.raises(DomainError):
        post_message(psychic=cast.participant, room_id=cast.room.pk, content=content, **more)
    return HeldMessage.objects.latest("pk")


def press(browser, path, fields=None):
    """Sends a form, and stays where it is answered."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/profile").text)[1]
    return browser.post(path, (fields or {}) | {"csrfmiddlewaretoken": token})


def test_a_moderator_lets_through_and_refuses_with_a_reason(cast):
    mona, paul = Browser(cast.moderator), Browser(cast.participant)
    path = f"/room/{cast.room.pk}/held"
    first, second = hold(cast, "first <b>"), hold(cast, "second")
    assert "first &lt;b&gt;" in mona.get(path).text and "2</span> waiting for you" in mona.get(path[:-5]).text
    assert "Take back" in paul.get(path).text and "waiting for you" not in paul.get(path[:-5]).text
    answer = press(mona, f"{path}/{first.pk}", {"decision": "let_through"})
    assert (answer.status_code, answer["Location"]) == (302, path)
    answer = press(mona, f"{path}/{second.pk}", {"decision": "refuse", "reason": "x" * 10_000})
    assert answer.status_code == 400 and "will read it" in answer.text
    assert press(mona, f"{path}/{second.pk}", {"decision": "refuse", "reason": "No."}).status_code == 302
    assert press(mona, f"{path}/{second.pk}", {"decision": "let_through"}).status_code == 409
    assert list(Message.objects.values_list("content", flat=True)) == ["first <b>"]


def test_files_and_marks_are_seen_before_it_is_decided(cast):
    def picture():
        fields = {"kind": "image", "media_type": "image/webp", "width": 4, "height": 3}
        return attach(cast.participant, cast.room, "aura.webp", **fields)

    mona, path = Browser(cast.moderator), f"/room/{cast.room.pk}/held"
    rule = make_word_rule(psychic=cast.owner, room_id=cast.room.pk, kind="words", pattern="look", action="mark")
    change_word_rule(psychic=cast.owner, room_id=cast.room.pk, rule_id=rule.pk, is_on=True)
    held, marked = picture(), picture()
    post_message(psychic=cast.participant, room_id=cast.room.pk, content="**look**", attachments=[marked.pk])
    hold(cast, "||behind||", attachments=[held.pk])
    page = mona.get(path).text
    for one in (held, marked):
        assert re.search(rf'<a class="picture" href="/attachments/{one.pk}" .*alt="aura.webp" width="44"', page)
    assert "<strong>look</strong>" in page and '<details class="spoiler">' in page


def test_the_sender_takes_back_and_nobody_else_sees_it(closed_cast):
    cast = closed_cast
    held = hold(cast)
    path = f"/room/{cast.room.pk}/held"
    assert Browser(cast.outsider).get(path).status_code == 404
    assert "spam" not in Browser(cast.restricted).get(path).text
    assert press(Browser(cast.restricted), f"{path}/{held.pk}", {"decision": "take_back"}).status_code == 404
    assert press(Browser(cast.participant), f"{path}/{held.pk}", {"decision": "let_through"}).status_code == 403
    assert press(Browser(cast.participant), f"{path}/{held.pk}", {"decision": "take_back"}).status_code == 302
    assert HeldMessage.objects.get().content == ""


def test_a_rule_is_made_looked_at_and_switched_on(cast):
    post_message(psychic=cast.participant, room_id=cast.room.pk, content="Spam, spam")
    olga, path = Browser(cast.owner), f"/room/{cast.room.pk}/word-rules"
    answer = press(olga, f"{path}/new", {"kind": "pattern", "pattern": "(a", "action": "mark"})
    assert answer.status_code == 400 and "missing )" in answer.text and 'value="(a"' in answer.text
    answer = press(olga, f"{path}/new", {"kind": "words", "pattern": "spam", "action": "mark"})
    rule = WordRule.objects.get()
    assert answer["Location"] == f"{path}/{rule.pk}" and not rule.is_on
    assert "<strong>1 of 1</strong>" in olga.get(answer["Location"]).text
    press(olga, f"{path}/{rule.pk}", {"wish": "on"})
    message, _ = post_message(psychic=cast.participant, room_id=cast.room.pk, content="more spam")
    page = olga.get(f"/room/{cast.room.pk}/held").text
    assert f"#m{message.id}" in page and "Looked at" in page
    press(olga, f"/room/{cast.room.pk}/marks/{message_mark(message)}/seen")
    assert "Looked at" not in olga.get(f"/room/{cast.room.pk}/held").text
    for part in ("participant", "restricted", "outsider"):
        assert Browser(getattr(cast, part)).get(path).status_code == 403
    press(olga, f"{path}/{rule.pk}", {"wish": "delete"})
    assert not WordRule.objects.exists()


def message_mark(message):
    return Message.objects.get(pk=message.id).marks.get().pk
