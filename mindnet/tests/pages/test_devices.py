"""The pages of devices and safety numbers, as far as the server draws them: it names no key, no number and no code."""

import json

import pytest

from mindnet.tests.support.sealed import Mind
from presence.models import Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(ada, bob):
    room, _ = rooms.create_room(psychic=ada.psychic, name="", kind="private", with_username="bob")
    return room


def test_ones_devices_need_scripts_and_say_what_they_protect(ada, bob, link):
    answer = ada.get("/settings/devices")
    assert "this page needs scripts" in answer.text and "A server that delivers other scripts." in answer.text
    assert json.loads(answer.context["links"]) == [
        {"room": link.pk, "other": {"id": bob.psychic.pk, "username": "bob"}}
    ]
    assert 'href="/settings/devices"' in ada.get("/").text
    assert "What it does not protect" in ada.get("/help/sealing").text


def test_nothing_of_a_device_is_in_the_page(ada, bob, link):
    device = Mind(ada.psychic).begin(name="Laptop in the attic")
    for path in ("/settings/devices", f"/room/{link.pk}/safety"):
        text = ada.get(path).text
        assert device.id not in text and "Laptop in the attic" not in text


def test_the_safety_number_is_of_the_two(ada, bob, link, cast):
    for viewer, other in ((ada, bob), (bob, ada)):
        answer = viewer.get(f"/room/{link.pk}/safety")
        assert answer.context["other"] == other.psychic
        assert f'href="/room/{link.pk}/safety"' in viewer.get(f"/room/{link.pk}").text
    assert f"/room/{cast.room.pk}/safety" not in ada.get(f"/room/{cast.room.pk}").text


def test_it_is_nobody_elses_and_of_no_other_room(ada, bob, link, cast, client):
    mallory = type(ada)(cast.outsider)
    assert mallory.get(f"/room/{link.pk}/safety").status_code == 404
    assert json.loads(mallory.get("/settings/devices").context["links"]) == []
    assert ada.get(f"/room/{cast.room.pk}/safety").status_code == 404
    assert client.get(f"/room/{link.pk}/safety").url.startswith("/accounts/login/")


def test_the_other_may_have_left_or_closed_their_account(ada, bob, link):
    rooms.leave_room(psychic=bob.psychic, room_id=link.pk)
    assert ada.get(f"/room/{link.pk}/safety").context["other"] == bob.psychic
    Psychic.objects.filter(pk=bob.psychic.pk).update(is_active=False)
    assert ada.get(f"/room/{link.pk}/safety").status_code == 200
