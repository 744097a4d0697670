"""A message that is kept as it was drawn is what a reader would have got drawn anew, whoever came before them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from messaging import reactions, services
from mindnet.templatetags import drawn
from mindnet.tests.pages.visitors import Browser
from presence import avatars, blocks
from presence.tests import images
from rooms import restrictions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(drawn, "kept", drawn.Kept(drawn.KEPT_BYTES))


def messages_for(reader, room):
    """What one sees of the room's messages on its page."""
    text = Browser(reader).get(f"/room/{room.pk}?newest=1").text
    return re.search(r'<div class="log" data-log.*?(?=<p class="hidden-text" id="log-hint")', text, re.DOTALL)[0]


def drawn_anew(monkeypatch, reader, room):
    with monkeypatch.context() as patched:
        patched.setattr(drawn, "kept", drawn.Kept(0))
        return messages_for(reader, room)


def deeds(cast):
    """One after the other, each of which changes what somebody sees."""
    room, olga, mona, paul = cast.room, cast.owner, cast.moderator, cast.participant

    def say(psychic, content, **more):
        return services.post_message(psychic=psychic, room_id=room.pk, content=content, **more)[0].id

    first = say(paul, "**Hello** @olga and @mona")
    yield "mentions"
    answer = say(olga, "Welcome", reply_to=first)
    yield "an answer"
    services.edit_message(psychic=paul, message_id=first, content="Hello, ||olga||")
    yield "an edit, which the answer quotes"
    reactions.react(psychic=mona, message_id=answer, emoji="👍", on=True)
    yield "a reaction"
    avatars.set_avatar(psychic=paul, file=SimpleUploadedFile("x.png", images.picture()))
    yield "a picture"
    blocks.block(psychic=mona, username="paul")
    yield "blocked"
    services.delete_message(psychic=paul, message_id=first)
    yield "a deletion"


def test_what_is_kept_is_what_is_true_now_for_everybody(monkeypatch, cast):
    readers = [cast.participant, cast.owner, cast.moderator, cast.outsider, cast.participant]
    for deed in deeds(cast):
        for reader in readers:
            assert messages_for(reader, cast.room) == drawn_anew(monkeypatch, reader, cast.room), deed
    # Several of them have seen the same.
    # Five times two messages and three people, after each of seven deeds.
    assert 0 < len(drawn.kept.texts) < 60


def test_who_was_put_out_gets_nothing_that_is_kept(closed_cast):
    room = closed_cast.room
    services.post_message(psychic=closed_cast.owner, room_id=room.pk, content="For us alone")
    assert "For us alone" in messages_for(closed_cast.participant, room)
    restrictions.restrict(psychic=closed_cast.owner, room_id=room.pk, username="paul", kind="kick", reason="Out.")
    answers = [Browser(one).get(f"/room/{room.pk}") for one in (closed_cast.participant, closed_cast.outsider)]
    assert [(answer.status_code, "For us alone" in answer.text) for answer in answers] == [(404, False)] * 2
    assert "For us alone" in messages_for(closed_cast.moderator, room)


def test_no_more_is_kept_than_it_may():
    kept = drawn.Kept(10_000)
    for number in range(100):
        kept.put(b"%d" % number, "é" * 500)
    assert kept.bytes <= 10_000 and len(kept.texts) == 4
    assert kept.get(b"99") == "é" * 500 and kept.get(b"90") is None
    kept.put(b"99", "é" * 500)
    assert len(kept.texts) == 4
