"""What a block does to those two: nothing reaches the one, and the other notices nothing."""

import functools
import re

import pytest
from django.contrib.auth.models import Permission
from knox.models import AuthToken
from rest_framework.test import APIClient

from messaging import broadcasts, unread, watermarks
from messaging import services as messaging
from messaging.models import UrgentPass
from messaging.watermarks import Watermark
from mindnet.base.errors import DomainError
from presence import blocks, meditation
from presence import services as presence
from presence.models import Psychic
from rooms import links, lookups, reconcile, services
from rooms.models import RoomParticipant
from rooms.tests.conftest import Ear

pytestmark = pytest.mark.django_db

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
ID = re.compile(r'(?<="id":)\d+|(?<="room":)\d+|(?<="reply_to":)\d+|(?<=[\[,])\d+(?=[\],])|(?<=/room/)\d+')
SECRET = re.compile(r"[0-9a-f-]{36}|(?<=/invite/)[\w-]+|(?<=\"code\":\")[\w-]+")


@pytest.fixture
def pair():
    """`pair(1)`: Ada and Bob of that number, who have a room of Ada's together, and have talked in it."""

    def make(number):
        ada, bob = (
            Psychic.objects.create_user(f"{name}{number}", password="open the third eye") for name in ("ada", "bob")
        )
        room, _ = services.create_room(psychic=ada, name="The garden")
        services.join_room(psychic=bob, room_id=room.pk)
        return ada, bob, room

    return make


def client_of(psychic):
    return APIClient(headers={"Authorization": f"Token {AuthToken.objects.create(psychic)[1]}"})


@pytest.fixture
def listen(django_capture_on_commit_callbacks):
    return functools.partial(Ear, capture=django_capture_on_commit_callbacks)


def plain(number, *parts):
    """What somebody is told, without what differs by chance: numbers in names, ids, moments, secrets."""
    text = " ".join(str(part) for part in parts).replace("'", '"').replace(": ", ":").replace(", ", ",")
    # Secrets before names: "ada1" may stand in one by chance.
    text = SECRET.sub("secret", MOMENT.sub("then", text))
    return ID.sub("#", re.sub(rf"\b(ada|bob){number}\b", r"\1", text))


def life_of_bob(number, ada, bob, room, listen):
    """Bob does what reaches another, Ada what she does anyway. What Bob is told, and what is told to the rooms."""
    notes, api = [], client_of(bob)
    ear = listen(room.pk)

    def note(*parts):
        notes.append(plain(number, *parts))

    def ask(method, path, **body):
        answer = getattr(api, method)(path, body or None, format=None if method == "get" else "json")
        note(method, answer.status_code, answer.content.decode())
        return answer.json() if answer.content else None

    said = ask("post", f"/rooms/{room.pk}/messages", content="Hello", urgent=True, urgent_reason="now")
    ask("put", f"/messages/{said['id']}/reactions/👍")
    messaging.post_message(psychic=ada, room_id=room.pk, content="Hm", reply_to=said["id"])
    watermarks.advance([Watermark(ada.pk, room.pk, 9, 9)])
    ask("get", f"/rooms/{room.pk}/participants")
    ask("get", f"/messages/{said['id']}/journey")
    ask("get", f"/psychics/{ada.username}")
    for _ in range(2):
        link = ask("post", "/rooms", kind="private", **{"with": ada.username})["id"]
    told = listen(link)
    said = ask("post", f"/rooms/{link}/messages", content="Are you there?")
    ask("get", f"/messages/{said['id']}/journey")
    ask("get", f"/rooms/{link}/participants")
    ask("get", f"/rooms/{link}/invitations")
    closed = ask("post", "/rooms", name="The cellar", kind="closed")["id"]
    ask("post", f"/rooms/{closed}/invitations", username=ada.username)
    ask("get", f"/rooms/{closed}/invitations")
    ask("get", "/rooms?mine=true")
    for heard in ear.heard() + told.heard():
        if heard[1] != ada.pk:
            note(heard[0], heard[2])
    # Ada has been in it once, and is asked.
    RoomParticipant.objects.filter(room=link, psychic=ada).update(is_aside=False)
    services.leave_room(psychic=ada, room_id=link)
    ask("post", "/rooms", kind="private", **{"with": ada.username})
    ask("get", f"/rooms/{link}/invitations")
    ask("get", f"/rooms/{link}/participants")
    return notes


def test_the_blocked_one_is_told_the_same_as_anybody(pair, listen):
    lives, pairs = [], [pair(1), pair(2)]
    for number, is_blocked in ((1, False), (2, True)):
        ada, bob, room = pairs[number - 1]
        if is_blocked:
            blocks.block(psychic=ada, username=bob.username)
        lives.append(life_of_bob(number, ada, bob, room, listen))
        assert [asked.created_by for asked in links.questions(ada)] == ([] if is_blocked else [bob])
    free, blocked = lives
    assert len(free) > 20
    assert not [line for line in free if line.startswith(("get 4", "post 4", "put 4"))]
    assert free == blocked


def test_a_new_link_does_not_reach_the_blocker_until_they_take_it_back(pair, listen):
    ada, bob, room = pair(1)
    blocks.block(psychic=ada, username="bob1")
    ear = listen(room.pk)
    link, created = services.create_room(psychic=bob, kind="private", with_username="ada1")
    messaging.post_message(psychic=bob, room_id=link.pk, content="Are you there?")
    assert created and [one for one in ear.heard() if one[1] == ada.pk] == []
    assert [place.entry.id for place in unread.places([ada.pk])[ada.pk] if place.entry.id == link.pk] == []
    assert link.pk not in lookups.participant_room_ids(ada.pk)
    assert (ada.pk, link.pk) not in [change[1:3] for change in reconcile.recent_changes(link.created_at)]
    for path in (f"/rooms/{link.pk}", f"/rooms/{link.pk}/messages", f"/rooms/{link.pk}/participants"):
        assert client_of(ada).get(path).status_code == 404
    assert client_of(ada).get("/messages/search?q=there").json()["results"] == []

    blocks.unblock(psychic=ada, username="bob1")
    [(kind, _, line)] = [one for one in ear.heard() if one[1] == ada.pk]
    assert (kind, line["type"], line["payload"]["id"], line["payload"]["unread"]) == (
        "attach",
        "room.added",
        link.pk,
        1,
    )
    assert client_of(ada).get(f"/rooms/{link.pk}").json()["my_role"] == "participant"


def test_whoever_blocks_unblocks_before_they_open_a_link(pair):
    ada, *_ = pair(1)
    blocks.block(psychic=ada, username="bob1")
    with pytest.raises(DomainError, match=r"You have blocked bob1\. Unblock them first") as caught:
        services.create_room(psychic=ada, kind="private", with_username="BOB1")
    assert caught.value.code == "conflict"
    blocks.unblock(psychic=ada, username="bob1")
    assert services.create_room(psychic=ada, kind="private", with_username="BOB1")[1]


def test_their_messages_are_not_counted_as_unread(pair, django_assert_num_queries):
    ada, bob, room = pair(1)
    mona = Psychic.objects.create_user("mona")
    services.join_room(psychic=mona, room_id=room.pk)
    everyone = lookups.everyone_room()
    mona.user_permissions.add(Permission.objects.get(codename="broadcast", content_type__app_label="messaging"))
    for author in (bob, mona, bob):
        messaging.post_message(psychic=author, room_id=room.pk, content="Hello")
    broadcasts.broadcast(psychic=mona, content="We close at noon")

    def counts(psychic, queries):
        with django_assert_num_queries(queries):
            found = unread.places([psychic.pk])[psychic.pk]
        counted = {place.entry.id: place.entry.unread for place in found}
        for room_id in counted:
            assert unread.unread_messages(psychic, room_id, 0).count() == counted[room_id]
        return counted

    assert counts(ada, 1) == {room.pk: 3, everyone.pk: 1}
    blocks.block(psychic=ada, username="bob1")
    blocks.block(psychic=ada, username="mona")
    assert counts(ada, 2) == {room.pk: 0, everyone.pk: 1}
    blocks.unblock(psychic=ada, username="mona")
    assert counts(ada, 2) == {room.pk: 1, everyone.pk: 1}
    assert counts(bob, 1) == {room.pk: 1, everyone.pk: 1}


@pytest.mark.parametrize("rule", ["anyone_twice", "chosen"])
def test_nothing_urgent_of_theirs_breaks_a_silence(pair, rule):
    ada, bob, room = pair(1)
    meditation.change_settings(psychic=ada, urgent_from=rule, chosen=["bob1"])
    presence.set_presence(psychic=ada, status="meditating")

    def call():
        message, _ = messaging.post_message(psychic=bob, room_id=room.pk, content="knock", urgent=True)
        return UrgentPass.objects.filter(message=message.id, psychic=ada).exists()

    assert [call(), call()][1]
    blocks.block(psychic=ada, username="bob1")
    assert not call()
    blocks.unblock(psychic=ada, username="bob1")
    assert call()
