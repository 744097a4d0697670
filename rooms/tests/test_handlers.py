"""The other doors: the socket's handlers, the browsable API, the migration."""

from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.core.management import call_command

from mindnet.base.errors import DomainError
from mindnet.realtime.events import encode
from mindnet.socket.payloads import JoinPayload, RoomPayload
from rooms import handlers, lookups, services
from rooms.everyones_room import make_everyones_room
from rooms.models import Kind, Room

# The handlers run in threads of their own, which do not see a test's open transaction.
committed = pytest.mark.django_db(transaction=True)


@committed
def test_the_socket_answers_a_join_as_rest_does(open_room, mallory, api):
    context = SimpleNamespace(psychic=mallory)
    reply = async_to_sync(handlers.join)(context, JoinPayload(room=open_room.pk))
    rest = api(mallory).post(f"/rooms/{open_room.pk}/join")
    assert encode(reply).encode() == rest.content
    assert async_to_sync(handlers.leave)(context, RoomPayload(room=open_room.pk)) == {}
    with pytest.raises(DomainError) as caught:
        async_to_sync(handlers.join)(context, JoinPayload(room=10**30))
    assert caught.value.as_reply() == {"code": "not_found", "detail": "Not found."}


@pytest.mark.parametrize("path, words", [("", "Inner circle"), ("/participants", "bob"), ("/restrictions", "results")])
def test_a_browser_gets_pages_with_forms(room, ada, client, path, words):
    client.force_login(ada)
    answer = client.get(f"/rooms/{room.pk}{path}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert words in answer.content.decode()
    listed = client.get("/rooms", headers={"Accept": "text/html"}).content.decode()
    # The form to make a room.
    assert 'name="_content"' in listed and 'action="/rooms"' in listed


@pytest.mark.django_db
def test_methods_there_are_not_and_bodies_that_are_none(room, ada, api):
    answer = api(ada).put(f"/rooms/{room.pk}", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    answer = api(ada).post("/rooms", data=b"{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    assert api(ada).options("/rooms").status_code == 200


@pytest.mark.django_db
def test_everyones_room_is_made_once():
    room = lookups.everyone_room()
    make_everyones_room(Room, "default")
    assert Room.objects.filter(kind=Kind.BROADCAST).get() == room
    assert room.name == "Everyone"


@committed
def test_everyones_room_comes_back_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)
    assert lookups.everyone_room().name == "Everyone"
    assert apps.is_installed("rooms")


@pytest.mark.django_db
def test_queries_of_a_join_and_of_entering_do_not_grow(ada, bob, django_assert_max_num_queries, open_room):
    from rooms.tests.conftest import make_psychic

    for n in range(20):
        services.join_room(psychic=make_psychic(f"one{n}"), room_id=open_room.pk)
    mallory = make_psychic("mallory")
    with django_assert_max_num_queries(9):  # savepoint, room, row, ban, psychic, place, its new head, row, release
        services.join_room(psychic=mallory, room_id=open_room.pk)
    with django_assert_max_num_queries(4):
        assert len(lookups.enter_room(psychic=mallory, room_id=open_room.pk)["participants"]) == 23
