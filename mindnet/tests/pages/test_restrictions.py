"""What the restricted see of it on the pages, and answer there."""

import pytest

from messaging.services import post_message
from mindnet.tests.pages.visitors import Browser
from rooms import restrictions
from rooms.models import Room


def test_who_is_muted_reads_why_and_answers_once_in_the_room(cast):
    rita, path = Browser(cast.restricted), f"/room/{cast.room.pk}"
    page = rita.get(path).text
    assert "You may read, but not write" in page
    assert "Too loud." in page
    assert "data-composer hidden" in page
    mute = cast.restricted.restrictions.get()
    answered = rita.send("/restrictions", path, restriction=mute.pk, room=cast.room.pk, text="I was singing.")
    assert answered.redirect_chain[-1][0] == path
    assert "Your answer: <bdi>I was singing.</bdi>" in answered.text
    again = rita.send("/restrictions", path, restriction=mute.pk, text="And again.")
    assert again.status_code == 409
    assert "You have answered this already." in again.text


def test_others_see_a_composer_and_an_empty_page(cast):
    for psychic in (cast.owner, cast.moderator, cast.participant):
        browser = Browser(psychic)
        assert "data-composer>" in browser.get(f"/room/{cast.room.pk}").text
        assert "no moderator has put a restriction on you" in browser.get("/restrictions").text
    mute = cast.restricted.restrictions.get()
    assert Browser(cast.outsider).send("/restrictions", restriction=mute.pk, text="For her.").status_code == 404


def test_who_is_new_reads_that_a_moderator_reads_first(cast):
    path, words = f"/room/{cast.room.pk}", "A moderator reads first what you write here."
    assert words not in Browser(cast.participant).get(path).text
    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=1)
    found = [words in Browser(psychic).get(path).text for psychic in cast.everybody().values()]
    assert found == [False, False, True, False, False]


@pytest.mark.parametrize("by", ["room", "restriction"])
def test_who_is_slowed_reads_when_they_may_go_on(cast, by):
    path, words = f"/room/{cast.room.pk}", "Your next one may follow at <time"
    paul, olga = Browser(cast.participant), Browser(cast.owner)
    assert "data-slowed" not in paul.get(path).text
    if by == "room":
        Room.objects.filter(pk=cast.room.pk).update(slow_mode_seconds=60)
    else:
        slow = {"kind": "slow", "seconds": 60, "minutes": 5, "reason": "Slowly."}
        restrictions.restrict(psychic=cast.owner, room_id=cast.room.pk, username="paul", **slow)
    page = paul.get(path).text
    assert "data-slowed" in page and words not in page
    for sender in (cast.participant, cast.owner):
        post_message(psychic=sender, room_id=cast.room.pk, content="x")
    assert words in paul.get(path).text
    assert words not in olga.get(path).text and "data-slowed" not in olga.get(path).text


def test_who_is_banned_from_a_closed_room_answers_on_their_own_page(closed_cast):
    cast = closed_cast
    ban = {"room_id": cast.room.pk, "username": "paul", "kind": "ban", "minutes": 60, "reason": "Noise."}
    restriction = restrictions.restrict(psychic=cast.moderator, **ban)
    paul = Browser(cast.participant)
    assert paul.get(f"/room/{cast.room.pk}").status_code == 404
    assert 'href="/restrictions"' in paul.get("/").text
    assert "You are banned" in paul.get("/restrictions").text
    assert "Your answer" in paul.send("/restrictions", restriction=restriction.pk, text="Sorry.").text
    refused = paul.send("/restrictions", restriction=restriction.pk, text=" ")
    assert refused.status_code in (400, 409)
