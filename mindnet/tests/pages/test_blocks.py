"""Blocking on the pages: asked once, taken back, left out of what is drawn, and said to nobody."""

import pytest

from messaging import services as messaging
from mindnet.tests.pages.visitors import Browser
from presence import blocks
from presence.models import Block, Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db


def test_one_is_asked_and_told_what_it_does(ada, bob):
    assert 'href="/psychic/bob/block"' in ada.get("/psychic/bob").text
    asked = ada.get("/psychic/bob/block").text
    assert "is not told" in asked and "Rooms you share go on" in asked
    assert not Block.objects.exists()
    done = ada.send("/psychic/bob/block", page="/psychic/bob/block")
    assert done.redirect_chain == [("/psychic/bob", 302)]
    assert "You have blocked bob. They are not told." in done.text and "Unblock" in done.text
    assert "Open a mind-link" not in done.text
    other = bob.get("/psychic/ada")
    assert not other.context["is_blocked"] and "Open a mind-link" in other.text


def test_the_list_takes_it_back_and_says_what_to_do_when_it_is_empty(ada, bob):
    assert "Nobody." in ada.get("/settings/blocks").text
    blocks.block(psychic=ada.psychic, username="bob")
    assert 'aria-label="Unblock bob"' in ada.get("/settings/blocks").text
    assert 'aria-label="Unblock ada"' not in bob.get("/settings/blocks").text
    done = ada.send("/settings/blocks/remove", page="/settings/blocks", username="bob")
    assert done.redirect_chain == [("/settings/blocks", 302)]
    assert "bob is not blocked any more." in done.text and "Nobody." in done.text


def test_a_closed_account_can_be_unblocked_from_the_list(ada, bob):
    blocks.block(psychic=ada.psychic, username="bob")
    Psychic.objects.filter(username="bob").update(is_active=False)
    assert "this account is closed" in ada.get("/settings/blocks").text
    ada.send("/settings/blocks/remove", page="/settings/blocks", username="bob")
    assert not Block.objects.exists()


def test_not_oneself_and_not_nobody(ada, settings, bob):
    assert ada.get("/psychic/ada/block").url == "/psychic/ada"
    assert ada.get("/psychic/nobody/block").status_code == 404
    assert ada.send("/settings/blocks/remove", page="/people", username="nobody").status_code == 404
    settings.LIMITS = settings.LIMITS | {"BLOCKS_PER_PSYCHIC": 0}
    refused = ada.send("/psychic/bob/block", page="/psychic/bob/block")
    assert refused.status_code == 409 and "that is the most" in refused.text


def test_a_room_without_scripts_folds_what_they_say(cast):
    """For the one who has blocked them, whatever their part is, and for nobody else."""
    said = {}
    for part, content in (("owner", "First"), ("participant", "Second"), ("participant", "Third"), ("owner", "Fourth")):
        author = getattr(cast, part)
        reply_to = said.get("Second") if content == "Fourth" else None
        message, _ = messaging.post_message(psychic=author, room_id=cast.room.pk, content=content, reply_to=reply_to)
        said[content] = message.id
    rooms.join_room(psychic=cast.outsider, room_id=cast.room.pk)
    for viewer in (cast.owner, cast.moderator, cast.restricted, cast.outsider):
        page = Browser(viewer)
        assert "people you have blocked" not in page.get(f"/room/{cast.room.pk}").text
        blocks.block(psychic=viewer, username="paul")
        answer = page.get(f"/room/{cast.room.pk}")
        stretches = [len(item["folded"]) for item in answer.context["said"].items() if item["folded"]]
        assert stretches == [2]
        assert "2 messages from people you have blocked" in answer.text
        assert "A message from somebody you have blocked" in answer.text
        assert answer.context["data"]["blocked"] == [cast.participant.pk]
    own = Browser(cast.participant).get(f"/room/{cast.room.pk}")
    assert "people you have blocked" not in own.text and own.context["data"]["blocked"] == []


def test_they_are_marked_in_the_directory(ada, bob):
    blocks.block(psychic=ada.psychic, username="bob")
    assert '<span class="role">blocked</span>' in ada.get("/people").text
    assert '<span class="role">blocked</span>' not in bob.get("/people").text


def test_a_link_with_them_asks_to_unblock_first(ada, bob):
    blocks.block(psychic=ada.psychic, username="bob")
    answer = ada.send("/room/private", page="/", username="bob")
    assert answer.status_code == 409 and "Unblock them first" in answer.text
