"""Somebody has another username: names are true wherever they are shown, and whoever holds the old one is told."""

import pytest

from messaging import services as messaging
from presence.models import Psychic
from rooms import lookups, renames, services
from rooms.models import Room

pytestmark = pytest.mark.django_db


def rename(psychic, username):
    row = Psychic.objects.get(pk=psychic.pk)
    row.username = username
    row.save(update_fields=["username"])


def told(ear, room):
    """What the room is told, as [(type, the name in it)]."""
    lines = [line for kind, _, line in ear.heard() if line["room"] == room.pk]
    names = {"participant.updated": lambda it: it["psychic"]["username"], "room.updated": lambda it: it["name"]}
    return [(line["type"], names[line["type"]](line["payload"])) for line in lines]


@pytest.fixture
def link(ada, bob):
    room, _ = services.create_room(psychic=ada, kind="private", with_username="bob")
    return room


def test_a_link_is_named_anew_and_its_two_are_told(link, ada, bob, mallory, listen, api):
    services.create_room(psychic=mallory, kind="private", with_username="ada")
    ear = listen(link.pk)
    rename(bob, "robert")
    assert told(ear, link) == [("participant.updated", "robert"), ("room.updated", "ada & robert")]
    assert api(ada).get(f"/rooms/{link.pk}").json()["name"] == "ada & robert"
    rename(ada, "ada.l")
    assert told(ear, link) == [("participant.updated", "ada.l"), ("room.updated", "ada.l & robert")]
    assert sorted(Room.objects.filter(kind="private").values_list("name", flat=True)) == [
        "ada.l & robert", "mallory & ada.l",
    ]  # fmt: skip
    assert lookups.list_rooms(psychic=ada, search="robert").get().pk == link.pk


def test_a_room_is_told_of_its_participant(open_room, bob, listen):
    ear = listen(open_room.pk)
    rename(bob, "robert")
    assert told(ear, open_room) == [("participant.updated", "robert")]


def test_staff_rename_by_the_admin(link, bob, client, django_capture_on_commit_callbacks):
    client.force_login(
        Psychic.objects.create_superuser("sol", password="open the third eye"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    url = f"/admin/presence/psychic/{bob.pk}/change/"
    form = client.get(url).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    empty = {f"connections-{part}_FORMS": "0" for part in ("TOTAL", "INITIAL", "MIN_NUM", "MAX_NUM")}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url, data | empty | {"username": "robert"}).status_code == 302
    assert Room.objects.get(pk=link.pk).name == "ada & robert"


def test_nobody_is_told_of_a_name_that_stayed(link, bob, listen):
    ear = listen(link.pk)
    rename(bob, "bob")
    row = Psychic.objects.get(pk=bob.pk)
    row.bio = "quiet"
    row.save()
    assert told(ear, link) == []


def test_who_was_renamed_past_the_services_is_found_by_the_hour(link, ada, bob, listen):
    Psychic.objects.filter(pk=bob.pk).update(username="robert")
    ear = listen(link.pk)
    renames.mend()
    assert told(ear, link) == [("room.updated", "ada & robert")]
    renames.mend()
    assert told(ear, link) == []


def test_typing_is_told_under_the_name_of_now(link, ada, bob, listen):
    ear = listen(link.pk)
    Psychic.objects.filter(pk=bob.pk).update(username="robert")
    messaging.announce_typing(psychic=bob, room_id=link.pk, on=True)
    [said] = ear.messages()
    assert (said["type"], said["psychic"], said["username"]) == ("typing", bob.pk, "robert")
