"""What a mind-link's page says of its sealing before a script does, and what it gives the script."""

import json

import pytest

from messaging import services as messaging
from messaging.tests.files import attach
from mindnet.tests.support.sealed import Mind, envelope
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(ada, bob):
    room, _ = rooms.create_room(psychic=ada.psychic, kind="private", with_username="bob")
    return room


def test_it_says_who_lacks_a_device_and_when_it_is_sealed(ada, bob, link):
    path = f"/room/{link.pk}"
    assert "Neither of you has a device yet" in ada.get(path).text
    Mind(ada.psychic).begin()
    assert "<bdi>bob</bdi> has no device yet" in ada.get(path).text
    assert "You have no device yet" in bob.get(path).text
    Mind(bob.psychic).begin()
    answer = ada.get(path)
    assert "Sealed: only your devices and <bdi>bob</bdi>’s read this." in answer.text
    assert "It takes JavaScript to read it, and to write." in answer.text and "sealed_unscripted.css" in answer.text
    assert f'<a href="{path}">Open it in the room</a>' in ada.get(path, {"before": 1}).text
    assert answer.context["data"]["room"]["link"] == {
        "other": {"id": bob.psychic.pk, "username": "bob"}, "is_sealed": True,
    }  # fmt: skip


def test_nothing_of_an_envelope_is_drawn(ada, bob, link):
    minds = [Mind(ada.psychic), Mind(bob.psychic)]
    for mind in minds:
        mind.begin()
    sealed, file = envelope(link.pk, *minds), attach(ada.psychic, link, "sealed")
    messaging.post_message(psychic=ada.psychic, room_id=link.pk, attachments=[file.pk], **sealed)
    answer = bob.get(f"/room/{link.pk}")
    drawn = answer.text.split("data-log ")[1].split("data-jump")[0]
    assert "Sealed: only the devices it was written for can read it." in drawn
    assert f"/attachments/{file.pk}" not in drawn + bob.get(f"/room/{link.pk}/files").text
    assert "signature" not in drawn and json.loads(sealed["content"])["box"] not in drawn


def test_a_form_sent_without_scripts_says_what_it_takes_and_keeps_the_words(ada, bob, link):
    for one in (ada, bob):
        Mind(one.psychic).begin()
    answer = ada.send(f"/room/{link.pk}/post", f"/room/{link.pk}", content="between us")
    assert answer.status_code == 403 and "takes a browser with JavaScript" in answer.text
    assert "between us" in answer.text and not link.messages.exists()


def test_the_other_is_known_when_they_have_left_or_it_has_ended_and_other_rooms_have_none(ada, bob, link):
    rooms.leave_room(psychic=bob.psychic, room_id=link.pk)
    assert ada.get(f"/room/{link.pk}").context["sealing"]["other"] == bob.psychic
    rooms.end_room(psychic=ada.psychic, room_id=link.pk)
    assert ada.get(f"/room/{link.pk}").context["sealing"]["other"] == bob.psychic
    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    answer = ada.get(f"/room/{room.pk}")
    assert answer.context["data"]["room"]["link"] is None and "data-sealing" not in answer.text
