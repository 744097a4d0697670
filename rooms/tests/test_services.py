"""Making, finding, changing and ending rooms."""

import json
import uuid

import pytest

from presence import services as presence
from presence.models import Psychic
from rooms import lists, lookups, restrictions, services
from rooms.models import Room, RoomParticipant
from rooms.tests.checks import refused

pytestmark = pytest.mark.django_db


def test_the_creator_is_owner_and_first_participant(ada, api):
    answer = api(ada).post("/rooms", {"name": " Garden ", "description": "quiet\r\nplace"}, format="json")
    assert answer.status_code == 201
    room = answer.json()
    created_at = room.pop("created_at")
    assert created_at.endswith("Z")
    assert room == {
        "id": Room.objects.get(name="Garden").pk,
        "name": "Garden",
        "description": "quiet\nplace",
        "kind": "open",
        "max_participants": 200,
        "participants": 1,
        "created_by": {"id": ada.pk, "username": "ada"},
        "is_active": True,
        "slow_mode_seconds": 0,
        "last_seq": 0,
        "my_role": "owner",
    }


@pytest.mark.parametrize("name", ["⚠\ufe0f Incidents", "🏳\ufe0f\u200d🌈", "می\u200cخواهم", "അവന\u0d4d\u200d"])
def test_a_name_in_any_script(ada, api, name):
    answer = api(ada).post("/rooms", {"name": name}, format="json")
    assert (answer.status_code, answer.json()["name"]) == (201, name)


@pytest.mark.parametrize(
    "fields, field",
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": " \u00a0 "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nul\x00"}, "name"),
        ({"name": "over\u202eturned"}, "name"),
        ({"name": "zero\u200bwidth"}, "name"),
        ({"name": "joi\u200dner"}, "name"),
        ({"name": "\u2800"}, "name"),
        ({"name": 12}, "name"),
        ({"name": None}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "x", "description": "x" * 1001}, "description"),
        ({"name": "x", "description": "bell\x07"}, "description"),
        ({"name": "x", "kind": "broadcast"}, "kind"),
        ({"name": "x", "kind": "secret"}, "kind"),
        ({"name": "x", "max_participants": 0}, "max_participants"),
        ({"name": "x", "max_participants": -1}, "max_participants"),
        ({"name": "x", "max_participants": 5001}, "max_participants"),
        ({"name": "x", "max_participants": 10**30}, "max_participants"),
        ({"name": "x", "max_participants": "12"}, "max_participants"),
        ({"name": "x", "max_participants": True}, "max_participants"),
        ({"name": "x", "max_participants": 1.5}, "max_participants"),
        ({"name": "x", "with": "bob"}, "with"),
        ({"kind": "private"}, "with"),
        ({"kind": "private", "with": "nobody"}, "with"),
        ({"kind": "private", "with": "nul\x00"}, "with"),
        ({"kind": "private", "with": "ada"}, "with"),
        ({"kind": "private", "with": "ADA"}, "with"),
        ({"kind": "private", "with": "bob", "name": "ours"}, "name"),
        ({"kind": "private", "with": "bob", "max_participants": 3}, "max_participants"),
        ({"name": "x", "with_username": "bob"}, "with_username"),
        ({"name": "x", "last_seq": 7}, "last_seq"),
    ],
)
def test_bad_input_is_refused_by_field(ada, bob, api, fields, field):
    answer = api(ada).post("/rooms", fields, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), answer.content
    assert list(answer.json()["errors"]) == [field]
    assert not RoomParticipant.objects.exists()


@pytest.mark.parametrize("name", ["x" * 80, "𝔘" * 80, "<b>&amp;", "見る", "a"])
def test_names_are_kept_as_sent(ada, name):
    room, _ = services.create_room(psychic=ada, name=name)
    room.refresh_from_db()
    assert room.name == name


def test_a_room_takes_from_1_to_5000(ada):
    for size in (1, 5000):
        room, _ = services.create_room(psychic=ada, name="x", max_participants=size)
        assert room.max_participants == size


def test_the_list_has_what_one_may_see(room, open_room, ada, mallory, api):
    def ids(psychic, query=""):
        return [one["id"] for one in api(psychic).get(f"/rooms{query}").json()["results"]]

    everyone = lookups.everyone_room().pk
    assert ids(ada) == [everyone, room.pk, open_room.pk]
    assert ids(mallory) == [everyone, open_room.pk]
    assert ids(ada, "?kind=closed") == [room.pk]
    assert ids(mallory, "?mine=true") == [everyone]
    assert ids(mallory, "?mine=false") == [open_room.pk]
    assert ids(ada, "?search=GARD") == [open_room.pk]
    assert ids(ada, "?search=%25") == []
    services.end_room(psychic=ada, room_id=open_room.pk)
    assert ids(mallory) == [everyone]
    assert ids(ada, "?is_active=false") == [open_room.pk]
    assert ids(ada, "?is_active=true") == [everyone, room.pk]


@pytest.mark.parametrize("query", ["kind=secret", "mine=perhaps", "is_active=1", "search=%00", "limit=x", "after=-"])
def test_a_filter_that_makes_no_sense_is_refused(ada, api, query):
    answer = api(ada).get(f"/rooms?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_the_list_comes_in_pages(ada, api):
    made = [services.create_room(psychic=ada, name=f"room {n}")[0].pk for n in range(5)]
    client, found, url = api(ada), [], "/rooms?limit=2&kind=open"
    while url:
        page = client.get(url).json()
        assert len(page["results"]) <= 2
        found += [room["id"] for room in page["results"]]
        url = page["next"]
    assert found == made


def test_the_list_takes_the_same_few_queries_for_any_number(ada, bob, django_assert_num_queries):
    for n in range(10):
        room, _ = services.create_room(psychic=ada, name=f"room {n}")
        services.join_room(psychic=bob, room_id=room.pk)
    from rooms.shapes import my_room_out

    with django_assert_num_queries(2):  # the second counts the psychics in everyone's room
        rooms = [my_room_out(room) for room in lookups.list_rooms(psychic=bob)]
    assert [room.my_role for room in rooms] == ["participant"] * 11
    with django_assert_num_queries(2):
        assert len(lookups.list_participants(psychic=bob, room_id=room.pk)) == 2


def test_everyones_room_has_everybody_in_it(ada, bob, api):
    room = lookups.everyone_room()
    answer = api(ada).get(f"/rooms/{room.pk}").json()
    assert (answer["kind"], answer["participants"], answer["my_role"]) == ("broadcast", 2, "participant")
    people = api(ada).get(f"/rooms/{room.pk}/participants").json()["results"]
    assert [one["psychic"]["username"] for one in people] == ["ada", "bob"]
    entered = lookups.enter_room(psychic=bob, room_id=room.pk)
    assert (entered["room"].id, entered["room"].participants) == (room.pk, 2)
    assert room.pk in lookups.participant_room_ids(bob.pk)


def test_where_presence_is_for_roommates_others_see_names_only(open_room, ada, bob, mallory, api, settings):
    Psychic.objects.update(status="away", note="hm", connection_id=uuid.uuid4())
    garden, everyone = f"/rooms/{open_room.pk}/participants", f"/rooms/{lookups.everyone_room().pk}/participants"

    def seen(viewer, path):
        people = [one["psychic"] for one in api(viewer).get(path).json()["results"]]
        return {one["username"]: (one["status"], one["note"]) for one in people}

    hidden, shown = ("offline", ""), ("away", "hm")
    assert seen(mallory, garden) == {"ada": shown, "bob": shown}
    settings.PRESENCE_AUDIENCE = "rooms"
    assert seen(mallory, garden) == {"ada": hidden, "bob": hidden}
    assert seen(mallory, everyone) == {"ada": hidden, "bob": hidden, "mallory": shown}
    assert seen(bob, garden) == {"ada": shown, "bob": shown}
    assert seen(bob, everyone) == {"ada": shown, "bob": shown, "mallory": hidden}
    assert list(presence.audience(bob, Psychic.objects.order_by("pk"))) == [ada, bob]
    assert list(presence.audience(mallory, Psychic.objects.all())) == [mallory]


def test_owners_change_what_may_be_changed(room, ada, api):
    fields = {"name": "Outer circle", "description": "new", "max_participants": 2, "slow_mode_seconds": 30}
    answer = api(ada).patch(f"/rooms/{room.pk}", fields, format="json")
    assert answer.status_code == 200
    assert answer.json() | fields == answer.json()
    assert answer.json()["my_role"] == "owner"


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"max_participants": 1}, "max_participants"),
        ({"max_participants": None}, "max_participants"),
        ({"name": ""}, "name"),
        ({"slow_mode_seconds": -1}, "slow_mode_seconds"),
        ({"slow_mode_seconds": 3601}, "slow_mode_seconds"),
        ({"kind": "open"}, "kind"),
        ({"is_active": False}, "is_active"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(room, ada, api, fields, field):
    answer = api(ada).patch(f"/rooms/{room.pk}", fields, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    before = Room.objects.get(pk=room.pk)
    assert (before.name, before.max_participants, before.kind) == ("Inner circle", 200, "closed")


def test_ending_is_once(room, ada):
    services.end_room(psychic=ada, room_id=room.pk)
    refused("room_closed", services.end_room, psychic=ada, room_id=room.pk)
    refused("room_closed", services.end_room_as_staff, by=ada, room_id=room.pk)
    assert lookups.participant_room_ids(ada.pk) == [lookups.everyone_room().pk]


def test_staff_end_any_room_but_everyones(room, ada):
    services.end_room_as_staff(by=ada, room_id=room.pk)
    assert not Room.objects.get(pk=room.pk).is_active
    refused("permission_denied", services.end_room_as_staff, by=ada, room_id=lookups.everyone_room().pk)


def test_rooms_an_hour_are_bounded(ada, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"ROOM_RATE": settings.LIMITS["ROOM_RATE"]._replace(burst=2)}
    for _ in range(2):
        services.create_room(psychic=ada, name="x")
    error = refused("rate_limited", services.create_room, psychic=ada, name="x")
    assert error.extra["retry_after"] > 0


@pytest.mark.parametrize("room_id", [0, -1, 2**63, 10**40])
def test_ids_that_can_be_none_are_not_found(ada, room_id):
    for service in (
        lookups.get_room,
        services.join_room,
        services.leave_room,
        lookups.require_participant,
        services.end_room,
        services.update_room,
        lookups.list_participants,
        lookups.enter_room,
    ):
        refused("not_found", service, psychic=ada, room_id=room_id)
    refused("not_found", restrictions.restrict, psychic=ada, room_id=room_id, username="ada", kind="ban", reason="x")
    refused("not_found", restrictions.lift, psychic=ada, room_id=room_id, restriction_id=1)


@pytest.mark.django_db
def test_queries_of_a_join_and_of_entering_do_not_grow(ada, bob, django_assert_max_num_queries, open_room):
    from rooms.tests.conftest import make_psychic

    for n in range(20):
        services.join_room(psychic=make_psychic(f"one{n}"), room_id=open_room.pk)
    mallory = make_psychic("mallory")
    # savepoint, room, row, invitations, ban, psychic, others, place, head, row, invitations used, receipts, release
    with django_assert_max_num_queries(13):
        services.join_room(psychic=mallory, room_id=open_room.pk)
    with django_assert_max_num_queries(4):
        assert lookups.enter_room(psychic=mallory, room_id=open_room.pk)["room"].participants == 23
    with django_assert_max_num_queries(2):
        assert len(json.loads(bytes(lists.shared([open_room.pk] * 10)[0]))) == 23
