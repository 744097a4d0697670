"""Every endpoint by its owner, by a participant, and by an outsider for whom there is nothing."""

import pytest

from mindnet.base.errors import not_found
from mindnet.rest.rendering import JSONRenderer
from rooms import invitations, lookups, restrictions, services

MISSING = JSONRenderer().render(not_found().as_json())

# method, path, body, status for Ada (owner), status for Bob (participant)
ENDPOINTS = [
    ("get", "/rooms/{room}", None, 200, 200),
    ("patch", "/rooms/{room}", {"name": "Renamed"}, 200, 403),
    ("post", "/rooms/{room}/join", {}, 200, 200),
    ("get", "/rooms/{room}/participants", None, 200, 200),
    ("patch", "/rooms/{room}/participants/bob", {"role": "participant"}, 200, 403),
    ("post", "/rooms/{room}/invitations", {"max_uses": 2, "hours": 1}, 201, 403),
    ("post", "/rooms/{room}/invitations", {"username": "mallory"}, 201, 403),
    ("get", "/rooms/{room}/invitations", None, 200, 403),
    ("delete", "/rooms/{room}/invitations/{invitation}", None, 204, 403),
    ("get", "/rooms/{room}/restrictions", None, 200, 403),
    ("post", "/rooms/{room}/restrictions", {"username": "bob", "kind": "mute", "reason": "loud"}, 201, 403),
    ("delete", "/rooms/{room}/restrictions/{restriction}", None, 204, 403),
    ("delete", "/rooms/{room}/leave", None, 204, 204),
    ("delete", "/rooms/{room}", None, 204, 403),
]


def made_in(room, ada):
    """The ids of what stands in a room beside its people, as the paths name them."""
    restriction = restrictions.restrict(psychic=ada, room_id=room.pk, username="bob", kind="mute", reason="loud")
    return {"restriction": restriction.pk, "invitation": invitations.invite(psychic=ada, room_id=room.pk).pk}


@pytest.fixture
def made(room, ada):
    return made_in(room, ada)


# Ids of nothing.
NONE, HUGE = {"restriction": 1, "invitation": 1}, {"restriction": 10**29, "invitation": 10**29}


def call(client, method, path, body, room, made):
    path = path.format(room=room, **made)
    return getattr(client, method)(path, body, format="json") if body is not None else getattr(client, method)(path)


@pytest.mark.parametrize("method, path, body, for_ada, for_bob", ENDPOINTS)
def test_owner_may_and_participant_may_less(room, made, ada, bob, mallory, api, method, path, body, for_ada, for_bob):
    answer = call(api(bob), method, path, body, room.pk, made)
    assert answer.status_code == for_bob, answer.content
    if for_bob == 403:
        assert answer.json()["code"] == "permission_denied"
    answer = call(api(ada), method, path, body, room.pk, made)
    assert answer.status_code == for_ada, answer.content


@pytest.mark.parametrize("method, path, body, for_ada, for_bob", ENDPOINTS)
def test_for_an_outsider_there_is_no_such_room(room, made, mallory, api, method, path, body, for_ada, for_bob):
    client = api(mallory)
    hidden = call(client, method, path, body, room.pk, made)
    missing = call(client, method, path, body, room.pk + 1000, made)
    huge = call(client, method, path, body, 10**29, HUGE)
    assert [hidden.status_code, missing.status_code, huge.status_code] == [404, 404, 404]
    assert hidden.content == missing.content == huge.content == MISSING
    assert hidden.headers == missing.headers


@pytest.mark.parametrize("method, path, body, for_ada, for_bob", ENDPOINTS)
def test_nobody_signed_in_is_asked_to_sign_in(room, client, method, path, body, for_ada, for_bob):
    path = path.format(room=room.pk, **NONE)
    answer = getattr(client, method)(path, body or {}, content_type="application/json")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert "WWW-Authenticate" in answer.headers


def test_an_outsider_does_not_find_the_room_in_the_list(room, mallory, bob, api):
    assert room.pk not in [one["id"] for one in api(mallory).get("/rooms").json()["results"]]
    assert room.pk in [one["id"] for one in api(bob).get("/rooms").json()["results"]]


@pytest.mark.parametrize("method, path, body, for_ada, for_bob", ENDPOINTS)
def test_in_an_open_room_an_outsider_reads_and_is_told_to_join(
    open_room, mallory, ada, api, method, path, body, for_ada, for_bob
):
    answer = call(api(mallory), method, path, body, open_room.pk, made_in(open_room, ada))
    if path.endswith("/join"):
        assert answer.status_code == 201
    elif method == "get" and for_bob == 200:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "not_participant")


@pytest.mark.parametrize("method, path, body, for_ada, for_bob", ENDPOINTS)
def test_everyones_room_obeys_nobody(db, ada, bob, api, method, path, body, for_ada, for_bob):
    everyone = lookups.everyone_room().pk
    answer = call(api(ada), method, path, body, everyone, NONE)
    if path.endswith("/join") or (method == "get" and for_bob == 200):
        assert answer.status_code == 200, answer.content
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), answer.content


@pytest.mark.parametrize("method, path, body, for_ada, for_bob", ENDPOINTS)
def test_an_ended_room_is_read_by_those_who_were_in_it(
    room, ada, bob, mallory, api, method, path, body, for_ada, for_bob
):
    services.end_room(psychic=ada, room_id=room.pk)
    answer = call(api(bob), method, path, body, room.pk, NONE)
    if method == "get" and for_bob == 200:
        assert answer.status_code == 200
    elif path.endswith("/leave"):
        assert answer.status_code == 204
        assert api(bob).get(f"/rooms/{room.pk}").content == MISSING, "put away"
        assert api(bob).delete(f"/rooms/{room.pk}/leave").status_code == 204, "also for who was in once"
        assert api(ada).get(f"/rooms/{room.pk}").json()["participants"] == 1
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "room_closed"), answer.content
    answer = call(api(mallory), method, path, body, room.pk, NONE)
    assert (answer.status_code, answer.content) == (404, MISSING)


def test_an_ended_open_room_is_gone_for_others(open_room, ada, mallory, api):
    services.end_room(psychic=ada, room_id=open_room.pk)
    for path in (f"/rooms/{open_room.pk}", f"/rooms/{open_room.pk}/participants"):
        assert api(mallory).get(path).content == MISSING
    assert api(mallory).post(f"/rooms/{open_room.pk}/join", {}, format="json").content == MISSING
    assert api(mallory).delete(f"/rooms/{open_room.pk}/leave").content == MISSING


@pytest.mark.parametrize(
    "method, path, body, for_ada, for_bob", [endpoint for endpoint in ENDPOINTS if endpoint[2] is not None]
)
def test_unknown_fields_are_refused(room, ada, api, method, path, body, for_ada, for_bob):
    answer = call(api(ada), method, path, body | {"colour": "blue"}, room.pk, NONE)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert answer.json()["errors"] == {"colour": ["Unknown field."]}
