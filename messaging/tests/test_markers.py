"""The marker "unread from here": one's own, on all devices, until one has read past it."""

import pytest

from messaging import services, unread, watermarks
from messaging.models import Message
from messaging.watermarks import Watermark
from presence import services as presence
from presence.models import Psychic
from rooms import lookups, restrictions
from rooms import services as rooms
from rooms.models import RoomParticipant


@pytest.fixture
def put(client):
    """`put(psychic, room, seq)`; without a number the marker is deleted. Gives (status, code)."""

    def call(psychic, room, seq=None, **body):
        client.force_login(psychic)
        body = body or {"seq": seq}
        method = client.delete if seq is None and not body.get("seq") else client.put
        answer = method(f"/rooms/{room.pk}/unread", body if method == client.put else {}, "application/json")
        return answer.status_code, answer.json()["code"] if answer.content else ""

    return call


@pytest.fixture
def cast(cast):
    """Olga has said five things, which all have read."""
    for number in range(5):
        services.post_message(psychic=cast.owner, room_id=cast.room.pk, content=f"{number} for @paul")
    watermarks.advance([Watermark(one.pk, cast.room.pk, 5, 5) for one in cast.everybody().values()])
    return cast


def entry(psychic, room):
    [place] = unread.places([psychic.pk], room.pk)[psychic.pk]
    return place.entry


def state(psychic, room):
    found = entry(psychic, room)
    return found.unread, found.mentions, found.unread_from


def read(psychic, room, seq):
    watermarks.advance([Watermark(psychic.pk, room.pk, seq, seq)])


@pytest.mark.parametrize(
    "part, expected",
    [
        ("owner", 204), ("moderator", 204), ("participant", 204), ("restricted", 204), ("outsider", 403),
    ],
)  # fmt: skip
def test_who_is_in_sets_it_for_themselves_alone(cast, put, part, expected):
    before = list(RoomParticipant.objects.order_by("pk").values_list("delivered_seq", "read_seq"))
    who = getattr(cast, part)
    assert put(who, cast.room, 3)[0] == expected
    marked = RoomParticipant.objects.exclude(unread_from=None)
    assert [row.psychic for row in marked] == ([who] if expected == 204 else [])
    assert list(RoomParticipant.objects.order_by("pk").values_list("delivered_seq", "read_seq")) == before


def test_a_closed_room_has_none_for_mallory_nor_for_who_was_put_out(closed_cast, put):
    services.post_message(psychic=closed_cast.owner, room_id=closed_cast.room.pk, content="Hello")
    restrictions.restrict(
        psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="paul", kind="kick", reason="Out."
    )
    for who in (closed_cast.outsider, closed_cast.participant):
        assert put(who, closed_cast.room, 1) == put(who, closed_cast.room) == (404, "not_found")


@pytest.mark.parametrize("seq", [0, -1, 6, 10**30, True, "3", 2.5, None])
def test_numbers_that_the_room_has_not_given_are_refused(cast, client, seq):
    client.force_login(cast.participant)
    answer = client.put(f"/rooms/{cast.room.pk}/unread", {"seq": seq}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert state(cast.participant, cast.room) == (0, 0, None)


def test_from_it_on_all_is_unread_until_one_has_read_past_it(cast, put):
    me, room = cast.participant, cast.room
    assert put(me, room, 3)[0] == put(me, room, 3)[0] == 204
    assert state(me, room) == (3, 3, 3) and entry(me, room).read_seq == 5
    read(me, room, 2)
    assert state(me, room) == (3, 3, 3)
    services.post_message(psychic=cast.owner, room_id=room.pk, content="One more")
    assert state(me, room) == (4, 3, 3)
    read(me, room, 3)
    assert state(me, room) == (1, 0, None)
    read(me, room, 6)
    assert put(me, room, 6)[0] == 204 and state(me, room) == (1, 0, 6)
    assert put(me, room)[0] == 204 and state(me, room) == (0, 0, None)
    assert put(me, room)[0] == 204


def test_it_is_not_read_past_during_a_meditation_and_goes_with_the_room(cast, put):
    me, room = cast.participant, cast.room
    put(me, room, 2)
    presence.set_presence(psychic=me, status="meditating")
    read(me, room, 5)
    assert state(me, room) == (4, 4, 2)
    presence.set_presence(psychic=me, status="online")
    rooms.leave_room(psychic=me, room_id=room.pk)
    assert put(me, room, 1) == (403, "not_participant")
    rooms.join_room(psychic=me, room_id=room.pk)
    assert state(me, room) == (0, 0, None)


def test_everyones_room_has_one_too(cast, put):
    everyone = lookups.everyone_room()
    message = Message.objects.filter(room=cast.room).first()
    Message.objects.filter(pk=message.pk).update(room=everyone, seq=1, changed_seq=1)
    type(everyone).objects.filter(pk=everyone.pk).update(last_seq=1)
    read(cast.outsider, everyone, 1)
    assert state(cast.outsider, everyone) == (0, 0, None)
    assert put(cast.outsider, everyone, 1)[0] == 204
    assert state(cast.outsider, everyone) == (1, 0, 1)
    read(cast.outsider, everyone, 1)
    assert state(cast.outsider, everyone) == (0, 0, None)
    assert not Psychic.objects.exclude(everyone_unread_from=None).exists()


def test_an_ended_room_takes_none(cast, put):
    rooms.end_room(psychic=cast.owner, room_id=cast.room.pk)
    assert put(cast.participant, cast.room, 3) == (409, "room_closed")
