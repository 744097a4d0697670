"""A list that is kept as it was drawn is what a reader would have got drawn anew, whoever came before them."""

import gzip
import itertools
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from messaging import services as messaging
from mindnet.base.pieces import Kept
from mindnet.templatetags import drawn, listed
from mindnet.tests.pages.visitors import Browser
from presence import avatars, blocks, profiles
from presence import services as presence
from presence.models import Connection, Node, Psychic
from presence.tests import images
from rooms import invitations, restrictions, services

pytestmark = pytest.mark.django_db

OWN_TO_A_REQUEST = re.compile(r'(?:csrfmiddlewaretoken" value|nonce)="[^"]*"')


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(drawn, "kept_drawn", Kept(drawn.KEPT_BYTES))


def page_of(browser, path, **headers):
    answer = browser.get(path, **headers)
    text = gzip.decompress(answer.content).decode() if headers else answer.text
    return OWN_TO_A_REQUEST.sub("", text)


def drawn_anew(monkeypatch, browser, path):
    with monkeypatch.context() as patched:
        patched.setattr(drawn, "kept_drawn", Kept(0))
        return page_of(browser, path, HTTP_ACCEPT_ENCODING="gzip")


def come_online(psychic):
    Connection.objects.create(psychic=psychic, node=Node.objects.create(host="here", pid=1))
    Psychic.objects.filter(pk=psychic.pk).update(status="online")


def deeds(cast):
    """One after the other, each of which changes what somebody sees."""
    room, olga, mona, paul, otto = cast.room, cast.owner, cast.moderator, cast.participant, cast.outsider
    yield "nothing"
    come_online(paul)
    come_online(olga)
    yield "two are online"
    presence.set_presence(psychic=paul, status="meditating", note="<Quiet>")
    yield "a status and a note"
    avatars.set_avatar(psychic=paul, file=SimpleUploadedFile("x.png", images.picture()))
    yield "a picture"
    messaging.post_message(psychic=olga, room_id=room.pk, content="Hello @mona")
    yield "unread, and a mention"
    services.update_room(psychic=olga, room_id=room.pk, name="The orchard", description="For & of trees")
    yield "another name"
    other, _ = services.create_room(psychic=olga, name="Inside", kind="closed")
    invitations.invite(psychic=olga, room_id=other.pk, username="otto")
    yield "an invitation"
    services.create_room(psychic=otto, name="", kind="private", with_username="paul")
    yield "a mind-link"
    blocks.block(psychic=mona, username="paul")
    yield "blocked"
    Psychic.objects.filter(pk=paul.pk).update(username="paula")
    yield "another username"
    presence.set_presence(psychic=paul, status="invisible")
    yield "invisible"
    services.leave_room(psychic=mona, room_id=room.pk)
    yield "left"
    services.end_room(psychic=olga, room_id=room.pk)
    yield "ended"
    profiles.update_profile(psychic=olga, display_name="Olga <O.>", bio="I & mine", abilities=["tarot"])
    yield "a profile"
    for ago in (timedelta(hours=2), timedelta(hours=2, days=1)):
        Psychic.objects.filter(pk=otto.pk).update(last_online=timezone.now() - ago)
        yield "gone for a while"


def test_pages_are_what_is_true_now_for_everybody(monkeypatch, cast):
    readers = [Browser(one) for one in (cast.participant, cast.moderator, cast.outsider)]
    asked = [*((one, "/") for one in readers), (readers[1], "/people")]
    for deed in deeds(cast):
        for reader, path in asked:
            assert page_of(reader, path) == drawn_anew(monkeypatch, reader, path), deed
    # Most of it was there already.
    assert len(drawn.kept_drawn.drawn) < 250


def test_a_button_in_a_list_sends_the_form_of_who_reads(cast):
    """Entries are the same for all, so they hold no token: they belong to a form of the page that has one."""
    north, south = [services.create_room(psychic=cast.owner, name=name, kind="open")[0] for name in ("North", "South")]
    button = f'form="lobby-form" formaction="/room/{north.pk}/join"'
    for reader in (cast.outsider, cast.participant):
        browser = Browser(reader)
        text = browser.get("/").text
        token = re.search(r'<form id="lobby-form" method="post" hidden><input [^>]*value="(\w+)"', text)[1]
        assert button in text and "\x00" not in text
        answer = browser.post(f"/room/{north.pk}/join", {"csrfmiddlewaretoken": token})
        assert (answer.status_code, answer["Location"]) == (302, f"/room/{north.pk}")
        assert button not in browser.get("/").text
    assert Browser(cast.owner).post(f"/room/{south.pk}/join", {"csrfmiddlewaretoken": "x" * 64}).status_code == 403


def test_who_comes_changes_one_stretch_alone():
    rows = [(number * 7 % 101,) for number in range(1, 101)]
    short = listed.stretches([row for row in rows if row != (50,)])
    long = listed.stretches(rows)
    assert list(itertools.chain(*long)) == rows and 3 < len(long) < 12
    assert [each for each in long if each not in short] == [each for each in long if (50,) in each]


def test_who_was_put_out_sees_a_closed_room_no_longer(closed_cast):
    participant, moderator = Browser(closed_cast.participant), Browser(closed_cast.moderator)
    assert "The garden" in page_of(participant, "/")
    restrictions.restrict(
        psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="paul", kind="kick", reason="Out."
    )
    assert ["The garden" in page_of(one, "/") for one in (participant, moderator)] == [False, True]
