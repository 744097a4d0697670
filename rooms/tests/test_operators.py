"""Disconnecting and banning: one service behind `POST /admin/disconnect` and the admin's actions."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from mindnet.realtime import codes
from presence.models import Connection, Node, Psychic
from rooms import services as rooms
from rooms.models import Kind, Room

pytestmark = pytest.mark.django_db

NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'


@pytest.fixture
def people():
    """Ada, Bob, Mallory; Olga may disconnect, Sol is a superuser."""
    names = ["ada", "bob", "mallory", "olga"]
    people = {name: Psychic.objects.create_user(name, password="correct horse") for name in names}
    people["olga"].user_permissions.add(Permission.objects.get(codename="disconnect"))
    people["sol"] = Psychic.objects.create_superuser("sol", password="correct horse")
    return people


@pytest.fixture
def node():
    return Node.objects.create(host="north", pid=1)


@pytest.fixture
def online(people, node):
    """Everybody has one live connection."""
    return {name: Connection.objects.create(psychic=psychic, node=node) for name, psychic in people.items()}


@pytest.fixture
def disconnect(client, people):
    def disconnect(by="olga", **body):
        client.force_login(people[by])
        return client.post("/admin/disconnect", body, content_type="application/json")

    return disconnect


def count(answer):
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["disconnected"]
    return answer.json()["disconnected"]


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


def asked_to_close():
    """{username: (code, reason)} of the connections that are to be closed."""
    rows = Connection.objects.exclude(close_code=None).values_list("psychic__username", "close_code", "close_reason")
    return {name: (code, reason) for name, code, reason in rows}


def test_by_name_all_connections_of_a_psychic_close(people, node, online, disconnect):
    Connection.objects.create(psychic=people["bob"], node=node)
    Connection.objects.create(psychic=people["bob"], node=node, closed_at=timezone.now())
    assert count(disconnect(username="BOB", reason="  too \n loud ")) == 2
    assert asked_to_close() == {"bob": (codes.DISCONNECTED, "too loud")}
    people["bob"].refresh_from_db()
    assert people["bob"].banned_until is None


def test_by_connection_only_this_one_closes(people, node, online, disconnect):
    Connection.objects.create(psychic=people["bob"], node=node)
    assert count(disconnect(connection_id=str(online["bob"].pk))) == 1
    assert list(Connection.objects.exclude(close_code=None)) == [online["bob"]]


def test_by_room_everybody_in_it_but_the_caller(people, online, disconnect):
    room, _ = rooms.create_room(psychic=people["ada"], name="the loud room")
    for name in ("bob", "olga", "mallory", "sol"):
        rooms.join_room(psychic=people[name], room_id=room.pk)
    rooms.leave_room(psychic=people["mallory"], room_id=room.pk)
    assert count(disconnect(room=room.pk)) == 2
    assert set(asked_to_close()) == {"ada", "bob"}  # Mallory has left, Sol is out of Olga's reach
    assert count(disconnect("sol", room=room.pk)) == 1
    assert set(asked_to_close()) == {"ada", "bob", "olga"}


def test_everyones_room_means_everybody(people, online, disconnect):
    assert count(disconnect(room=Room.objects.get(kind=Kind.BROADCAST).pk)) == 3
    assert set(asked_to_close()) == {"ada", "bob", "mallory"}


def test_a_ban_closes_with_its_own_code_and_lasts(people, online, disconnect):
    assert count(disconnect(username="bob", reason="rest a while", ban_minutes=90)) == 1
    assert asked_to_close() == {"bob": (codes.BANNED, "rest a while")}
    bob = Psychic.objects.get(username="bob")
    assert abs(bob.banned_until - timezone.now() - timedelta(minutes=90)) < timedelta(minutes=1)
    assert bob.ban_reason == "rest a while"


def test_a_ban_by_connection_closes_the_others_too(people, node, online, disconnect):
    Connection.objects.create(psychic=people["bob"], node=node)
    assert count(disconnect(connection_id=str(online["bob"].pk), ban_minutes=1)) == 2


def test_a_ban_without_a_live_connection_still_bans(people, disconnect):
    assert count(disconnect(username="bob", ban_minutes=1)) == 0
    assert Psychic.objects.get(username="bob").banned_until > timezone.now()


def test_a_ban_of_a_room_bans_all_of_them(people, online, disconnect):
    room, _ = rooms.create_room(psychic=people["ada"], name="the loud room")
    rooms.join_room(psychic=people["bob"], room_id=room.pk)
    assert count(disconnect(room=room.pk, ban_minutes=5)) == 2
    banned = Psychic.objects.filter(banned_until__gt=timezone.now()).values_list("username", flat=True)
    assert set(banned) == {"ada", "bob"}


def test_who_is_not_connected_counts_for_nothing(people, disconnect):
    dead = Node.objects.create(host="dead", pid=2, heartbeat_at=timezone.now() - timedelta(minutes=1))
    Connection.objects.create(psychic=people["bob"], node=dead)
    assert count(disconnect(username="bob")) == 0


@pytest.mark.parametrize("by", ["ada", "mallory"])
def test_without_the_permission_nothing_happens(people, online, disconnect, by):
    for body in ({"username": "bob"}, {"username": "nobody"}, {"nonsense": 1}):
        refused(disconnect(by, **body), 403, "permission_denied")
    assert asked_to_close() == {}


def test_nobody_signed_in_is_told_so(client):
    answer = client.post("/admin/disconnect", {"username": "bob"}, content_type="application/json")
    refused(answer, 401, "not_authenticated")


@pytest.mark.parametrize(
    "body",
    [
        {"username": "nobody"}, {"username": "no\u202ename"}, {"connection_id": str(uuid.uuid4())},
        {"room": 987_654}, {"room": 0}, {"room": -1}, {"room": 2**63}, {"room": 2**63 - 1},
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(people, disconnect, body):
    answer = disconnect(**body)
    assert (answer.status_code, answer.content) == (404, NOT_FOUND)


def test_a_closed_connection_is_not_there(online, disconnect):
    Connection.objects.filter(pk=online["bob"].pk).update(closed_at=timezone.now())
    assert disconnect(connection_id=str(online["bob"].pk)).content == NOT_FOUND


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "just so"},
        {"username": "bob", "room": 1},
        {"username": "bob", "connection_id": "3b1f8f0e-5a53-4d0f-9d2c-0f3c7b8a9e10"},
        {"username": ["bob"]},
        {"username": "bob", "ban_minutes": 0},
        {"username": "bob", "ban_minutes": -5},
        {"username": "bob", "ban_minutes": 10**12},
        {"username": "bob", "ban_minutes": "5"},
        {"username": "bob", "reason": "x" * 201},
        {"username": "bob", "reason": "bell \x07"},
        {"username": "bob", "force": True},
        {"connection_id": "seven"},
        {"connection_id": 7},
        {"room": "1"},
    ],
)
def test_bad_input_is_refused(people, online, disconnect, body):
    refused(disconnect(**body), 400, "validation_error")
    assert asked_to_close() == {}


def test_superusers_are_out_of_reach_for_others(people, online, disconnect):
    refused(disconnect(username="sol"), 403, "permission_denied")
    refused(disconnect(connection_id=str(online["sol"].pk)), 403, "permission_denied")
    assert asked_to_close() == {}
    assert count(disconnect("sol", username="sol")) == 1


def test_nobody_bans_themselves(people, online, disconnect):
    refused(disconnect(username="olga", ban_minutes=5), 400, "validation_error")
    assert count(disconnect(username="olga")) == 1


def test_the_log_says_who_did_it(people, online, disconnect):
    disconnect(username="bob", reason="<b>loud</b>", ban_minutes=5)
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr, entry.object_id) == ("olga", "bob", str(people["bob"].pk))
    assert entry.change_message == "Banned for 5 minutes, 1 disconnected. Reason: <b>loud</b>"
