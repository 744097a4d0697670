"""A list that is kept as it was drawn is what a reader would have got drawn anew, whoever came before them."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from messaging import services as messaging
from mindnet.templatetags import drawn, listed
from mindnet.tests.pages.visitors import Browser
from presence import avatars, blocks, profiles
from presence import services as presence
from presence.models import Connection, Node, Psychic
from presence.tests import images
from rooms import invitations, restrictions, services

pytestmark = pytest.mark.django_db

OWN_TO_A_REQUEST = re.compile(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    keep(monkeypatch, drawn.KEPT_BYTES)


def keep(monkeypatch, most_bytes):
    monkeypatch.setattr(drawn, "kept", drawn.Kept(most_bytes))
    monkeypatch.setattr(listed, "kept_lists", drawn.Kept(most_bytes))


def page_of(reader, path):
    return OWN_TO_A_REQUEST.sub("", Browser(reader).get(path).text)


def drawn_anew(monkeypatch, reader, path):
    with monkeypatch.context() as patched:
        keep(patched, 0)
        return page_of(reader, path)


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
    readers = [cast.participant, cast.owner, cast.moderator, cast.outsider]
    for deed in deeds(cast):
        for reader, path in [*((one, "/") for one in readers), *((one, "/people") for one in readers[2:])]:
            assert page_of(reader, path) == drawn_anew(monkeypatch, reader, path), deed
    # Of all these lists most were there already, and so were most of their entries.
    assert 0 < len(listed.kept_lists.texts) < 60 and 0 < len(drawn.kept.texts) < 80


def test_a_kept_form_carries_the_token_of_who_reads(cast):
    """Each comes in with the token that stands in an entry which was drawn for the other."""
    mine = [services.create_room(psychic=cast.owner, name=name, kind="open")[0] for name in ("North", "South")]
    for reader in (cast.outsider, cast.participant):
        browser = Browser(reader)
        text, paths = browser.get("/").text, [f"/room/{room.pk}/join" for room in mine]
        tokens = [re.search(rf'action="{path}"><input [^>]*value="(\w+)"', text)[1] for path in paths]
        assert drawn.CSRF_MARK not in text and len(set(tokens)) == 1
        answer = browser.post(paths[0], {"csrfmiddlewaretoken": tokens[0]})
        assert (answer.status_code, answer["Location"]) == (302, f"/room/{mine[0].pk}")
    assert Browser(cast.owner).post(paths[1], {"csrfmiddlewaretoken": "x" * 64}).status_code == 403


def test_who_was_put_out_sees_a_closed_room_no_longer(closed_cast):
    room = closed_cast.room
    assert "The garden" in page_of(closed_cast.participant, "/")
    restrictions.restrict(psychic=closed_cast.owner, room_id=room.pk, username="paul", kind="kick", reason="Out.")
    assert [("The garden" in page_of(one, "/")) for one in (closed_cast.participant, closed_cast.moderator)] == [
        False,
        True,
    ]
