"""A page that is put together of what was kept is what a reader would have got drawn anew, whoever came before them."""

import gzip
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.safestring import mark_safe

from messaging import edits, reactions, services
from mindnet.base.pieces import Kept
from mindnet.templatetags import drawn
from mindnet.tests.pages.visitors import Browser
from presence import avatars, blocks
from presence.tests import images
from rooms import restrictions, roles
from rooms import services as rooms

pytestmark = pytest.mark.django_db


PACKED = {"HTTP_ACCEPT_ENCODING": "gzip"}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(drawn, "kept_drawn", Kept(drawn.KEPT_BYTES))


# What is another with every request.
OWN = re.compile(r'(?:csrfmiddlewaretoken" value|name="nonce" value|nonce)="([^"]+)"')


def page_for(browser, room, **headers):
    """The room's page, without what is another with every request."""
    answer = browser.get(f"/room/{room.pk}?newest=1", **headers)
    text = gzip.decompress(answer.content).decode() if answer.has_header("Content-Encoding") else answer.text
    return OWN.sub("", text)


def drawn_anew(monkeypatch, browser, room):
    with monkeypatch.context() as patched:
        patched.setattr(drawn, "kept_drawn", Kept(0))
        return page_for(browser, room)


def deeds(cast):
    """One after the other, each of which changes what somebody sees."""
    room, olga, mona, paul = cast.room, cast.owner, cast.moderator, cast.participant

    def say(psychic, content, **more):
        return services.post_message(psychic=psychic, room_id=room.pk, content=content, **more)[0].id

    first = say(paul, "**Hello** @olga and @mona")
    yield "mentions"
    answer = say(olga, "Welcome", reply_to=first)
    yield "an answer"
    edits.edit_message(psychic=paul, message_id=first, content="Hello, ||olga||")
    yield "an edit, which the answer quotes"
    reactions.react(psychic=mona, message_id=answer, emoji="👍", on=True)
    yield "a reaction"
    avatars.set_avatar(psychic=paul, file=SimpleUploadedFile("x.png", images.picture()))
    yield "a picture"
    blocks.block(psychic=mona, username="paul")
    yield "blocked"
    services.delete_message(psychic=paul, message_id=first)
    yield "a deletion"
    mona.username, mona.note, mona.status = "Mona", "back at noon", "online"
    mona.save(update_fields=["username", "note", "status"])
    yield "a name without a number, and how somebody is"
    roles.set_role(psychic=olga, room_id=room.pk, username="paul", role="moderator")
    rooms.update_room(psychic=olga, room_id=room.pk, description="Of <moss>", slow_mode_seconds=30)
    yield "a role, and what is set of the room"
    restrictions.restrict(psychic=olga, room_id=room.pk, username="paul", kind="mute", reason="Too loud.")
    yield "a mute"
    rooms.end_room(psychic=olga, room_id=room.pk)
    yield "the end"


def test_what_is_kept_is_what_is_true_now_for_everybody(monkeypatch, cast):
    browsers = [Browser(one) for one in (cast.owner, cast.moderator, cast.outsider, cast.restricted, cast.participant)]
    for deed in deeds(cast):
        for browser in browsers:
            told = page_for(browser, cast.room)
            assert told == drawn_anew(monkeypatch, browser, cast.room), deed
        assert told == page_for(browsers[-1], cast.room, **PACKED), deed


def test_who_was_put_out_gets_nothing_that_is_kept(closed_cast):
    room = closed_cast.room
    services.post_message(psychic=closed_cast.owner, room_id=room.pk, content="For us alone")
    participant, outsider, moderator = map(
        Browser, (closed_cast.participant, closed_cast.outsider, closed_cast.moderator)
    )
    assert "For us alone" in page_for(participant, room)
    restrictions.restrict(psychic=closed_cast.owner, room_id=room.pk, username="paul", kind="kick", reason="Out.")
    answers = [browser.get(f"/room/{room.pk}") for browser in (participant, outsider)]
    assert [(answer.status_code, "For us alone" in answer.text) for answer in answers] == [(404, False)] * 2
    assert "For us alone" in page_for(moderator, room)


def test_tokens_are_the_readers_own_and_compressed_with_nothing(cast):
    """Whose page was drawn first makes no difference: each form works, for who has asked for it."""
    answers = [Browser(one).get(f"/room/{cast.room.pk}", **PACKED) for one in (cast.owner, cast.participant)] * 2
    tokens = [set(OWN.findall(gzip.decompress(answer.content).decode())) for answer in answers]
    assert all(len(each) == 3 for each in tokens)  # of its forms, of the message and of the scripts
    assert not tokens[0] & tokens[1]
    for answer, own in zip(answers, tokens, strict=True):
        of_scripts = min(own, key=len)
        assert all(each.encode() in answer.content for each in own)
        assert f"'nonce-{of_scripts}'" in answer["Content-Security-Policy"]
    page = f"/room/{cast.room.pk}"
    assert "They work" in Browser(cast.participant).send(f"{page}/post", page, content="They work").text


def test_a_kept_template_gets_plain_values_alone(cast):
    with pytest.raises(TypeError):
        drawn.digest_of("room/menu.html", {"room": cast.room})
    with pytest.raises(TypeError):
        drawn.digest_of("room/menu.html", {"title": mark_safe("<b>")})
