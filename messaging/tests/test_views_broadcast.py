"""Broadcasts, acknowledgements and the journey of a message, over REST."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from messaging.models import Acknowledgement, Message
from presence.models import Psychic, Status
from rooms import invitations, roles
from rooms import services as rooms
from rooms.models import Kind, Room, RoomParticipant

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(people):
    """With Olga, who may broadcast."""
    olga = Psychic.objects.create_user("olga", password="correct horse")
    olga.user_permissions.add(Permission.objects.get(content_type__app_label="messaging", codename="broadcast"))
    return [*people, olga]


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


def everyone():
    return Room.objects.get(kind=Kind.BROADCAST)


# Broadcast


def test_a_broadcast_to_everyone_is_one_message_in_everyones_room(api):
    answer = api("olga", "post", "/messages/broadcast", {"content": "the stars are right"})
    message = Message.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "messages": [{"room": everyone().pk, "id": message.pk, "seq": message.seq}],
        "recipients": 4,
    }
    [seen] = api("mallory", "get", f"/rooms/{everyone().pk}/messages").json()["results"]
    assert seen["content"] == "the stars are right" and seen["message_type"] == "broadcast"


def test_a_broadcast_to_rooms_reaches_those_in_them(api, room):
    answer = api("olga", "post", "/messages/broadcast", {"content": "tea is ready", "rooms": [room.pk]})
    assert answer.status_code == 202 and answer.json()["recipients"] == 2
    [seen] = api("bob", "get", f"/rooms/{room.pk}/messages").json()["results"]
    assert seen["sender"]["username"] == "olga"


def test_a_retry_posts_nothing_more(api, room):
    body = {"content": "once", "nonce": "6f1c7a54-8d2b-4c3e-9a55-0123456789ab", "rooms": [room.pk]}
    first, second = (api("olga", "post", "/messages/broadcast", body) for _ in range(2))
    assert first.json() == second.json() and Message.objects.count() == 1


@pytest.mark.parametrize("name", ["ada", "bob", "mallory"])
def test_the_permission_is_needed_whatever_the_input(api, name):
    refused(api(name, "post", "/messages/broadcast", {"content": "x"}), 403, "permission_denied")
    refused(api(name, "post", "/messages/broadcast", {"nonsense": 1}), 403, "permission_denied")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({}, 400, "validation_error"),
        ({"content": ""}, 400, "validation_error"),
        ({"content": "\u200b\u2060"}, 400, "validation_error"),
        ({"content": "x", "rooms": []}, 400, "validation_error"),
        ({"content": "x", "rooms": ["1"]}, 400, "validation_error"),
        ({"content": "x", "rooms": [True]}, 400, "validation_error"),
        ({"content": "x", "rooms": list(range(1, 102))}, 400, "validation_error"),
        ({"content": "x", "rooms": 1}, 400, "validation_error"),
        ({"content": "x", "require_ack": 1}, 400, "validation_error"),
        ({"content": "x", "to": "all"}, 400, "validation_error"),
        ({"content": "x", "rooms": [987_654]}, 404, "not_found"),
        ({"content": "x", "rooms": [2**63]}, 404, "not_found"),
        ({"content": "x", "rooms": [0, -1]}, 404, "not_found"),
    ],
)
def test_bad_broadcasts_are_refused(api, body, status, code):
    refused(api("olga", "post", "/messages/broadcast", body), status, code)
    assert not Message.objects.exists()


# Acknowledging


def test_a_broadcast_is_acknowledged_once(api, room):
    answer = api("olga", "post", "/messages/broadcast", {"content": "read me", "require_ack": True, "rooms": [room.pk]})
    message = answer.json()["messages"][0]["id"]
    for _ in range(2):
        answer = api("bob", "post", f"/messages/{message}/ack")
        assert (answer.status_code, answer.content) == (204, b"")
    assert Acknowledgement.objects.get().psychic.username == "bob"
    refused(api("bob", "post", f"/messages/{message}/ack", {"by": "ada"}), 400, "validation_error")
    refused(api("mallory", "post", f"/messages/{message}/ack"), 404, "not_found")


def test_a_plain_message_is_not_acknowledged(api, room):
    message = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "hello"}).json()
    refused(api("bob", "post", f"/messages/{message['id']}/ack"), 400, "validation_error")


# The journey


def watermarks(room, username, delivered, read):
    rows = RoomParticipant.objects.filter(room=room, psychic__username=username)
    assert rows.update(delivered_seq=delivered, read_seq=read) == 1


def journey(api, message, name="ada"):
    answer = api(name, "get", f"/messages/{message['id']}/journey")
    assert answer.status_code == 200, answer.content
    return answer.json()


def totals(answer):
    return {name: answer[name] for name in ("participants", "delivered", "read", "held", "waiting", "acknowledged")}


def test_the_journey_follows_the_watermarks(api, people, room):
    message = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "where are you"}).json()
    bob = {"id": people[1].pk, "username": "bob"}
    steps = [((0, 0), 0, 0, 1), ((1, 0), 1, 0, 0), ((1, 1), 1, 1, 0)]
    for marks, delivered, read, waiting in steps:
        watermarks(room, "bob", *marks)
        answer = journey(api, message)
        assert answer["stored_at"] == message["timestamp"]
        assert totals(answer) == {
            "participants": 1, "delivered": delivered, "read": read, "held": 0, "waiting": waiting, "acknowledged": 0,
        }  # fmt: skip
        assert answer["who"] == [
            {"psychic": bob, "delivered": bool(delivered), "read": bool(read), "held": False, "acknowledged": False}
        ]


def test_what_a_meditator_has_not_got_is_held_not_waiting(api, people, room):
    message = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "ssh"}).json()
    Psychic.objects.filter(username="bob").update(status=Status.MEDITATING, chosen_status=Status.MEDITATING)
    answer = journey(api, message)
    assert (answer["held"], answer["waiting"], answer["who"][0]["held"]) == (1, 0, True)
    watermarks(room, "bob", 1, 0)
    answer = journey(api, message)
    assert (answer["held"], answer["delivered"], answer["who"][0]["held"]) == (0, 1, False)


def test_who_came_later_is_not_on_the_way(api, people, room):
    message = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "early"}).json()
    invitation = invitations.invite(psychic=people[0], room_id=room.pk, username="mallory")
    rooms.join_room(psychic=people[2], room_id=room.pk, invitation=invitation.code)
    assert [row["psychic"]["username"] for row in journey(api, message)["who"]] == ["bob"]


def test_the_journey_is_for_the_sender_and_moderators(api, people, room):
    of_bob = api("bob", "post", f"/rooms/{room.pk}/messages", {"content": "mine"}).json()
    of_ada = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "mine"}).json()
    assert journey(api, of_bob, "bob")["participants"] == 1
    assert journey(api, of_bob, "ada")["participants"] == 1
    refused(api("bob", "get", f"/messages/{of_ada['id']}/journey"), 403, "permission_denied")
    roles.set_role(psychic=people[0], room_id=room.pk, username="bob", role="moderator")
    assert journey(api, of_ada, "bob")["participants"] == 1


def test_a_journey_is_for_those_who_are_in_the_room(api, people):
    room, _ = rooms.create_room(psychic=people[0], name="the garden")
    rooms.join_room(psychic=people[1], room_id=room.pk)
    message = api("bob", "post", f"/rooms/{room.pk}/messages", {"content": "mine"}).json()
    assert journey(api, message, "bob")["participants"] == 1
    rooms.leave_room(psychic=people[1], room_id=room.pk)
    refused(api("bob", "get", f"/messages/{message['id']}/journey"), 403, "not_participant")
    refused(api("mallory", "get", f"/messages/{message['id']}/journey"), 403, "permission_denied")


def test_where_presence_is_for_rooms_a_journey_tells_of_no_stranger(api, people, room, settings):
    settings.PRESENCE_AUDIENCE = "rooms"
    message = api("olga", "post", "/messages/broadcast", {"content": "hear"}).json()["messages"][0]
    Psychic.objects.update(everyone_delivered_seq=message["seq"], everyone_read_seq=message["seq"])
    answer = journey(api, message, "olga")
    assert (answer["delivered"], answer["read"], answer["waiting"]) == (0, 0, 3)
    assert not any(row["delivered"] or row["read"] for row in answer["who"])
    said = api("bob", "post", f"/rooms/{room.pk}/messages", {"content": "mine"}).json()
    watermarks(room, "ada", said["seq"], said["seq"])
    assert journey(api, said, "bob")["read"] == 1
    rooms.end_room(psychic=people[0], room_id=room.pk)
    assert journey(api, said, "bob")["read"] == 0, "an ended room is shared no longer"


def test_names_are_left_out_above_fifty(api, people, room):
    crowd = Psychic.objects.bulk_create(Psychic(username=f"soul{number}") for number in range(51))
    past = timezone.now() - timedelta(minutes=1)
    RoomParticipant.objects.bulk_create(RoomParticipant(room=room, psychic=soul, joined_at=past) for soul in crowd[:49])
    message = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "all of you"}).json()
    answer = journey(api, message)
    assert answer["participants"] == 50 and len(answer["who"]) == 50
    RoomParticipant.objects.create(room=room, psychic=crowd[49], joined_at=past)
    answer = journey(api, message)
    assert answer["participants"] == 51 and answer["who"] == []


def test_the_journey_of_a_broadcast_reads_everyones_watermarks(api, people):
    answer = api("olga", "post", "/messages/broadcast", {"content": "hear", "require_ack": True}).json()
    message = answer["messages"][0]
    Psychic.objects.filter(username="bob").update(everyone_delivered_seq=message["seq"])
    Psychic.objects.filter(username="ada").update(
        everyone_delivered_seq=message["seq"], everyone_read_seq=message["seq"]
    )
    api("ada", "post", f"/messages/{message['id']}/ack")
    answer = journey(api, message, "olga")
    assert totals(answer) == {
        "participants": 3, "delivered": 2, "read": 1, "held": 0, "waiting": 1, "acknowledged": 1,
    }  # fmt: skip
    assert [row["psychic"]["username"] for row in answer["who"] if row["acknowledged"]] == ["ada"]
    refused(api("bob", "get", f"/messages/{message['id']}/journey"), 403, "permission_denied")
