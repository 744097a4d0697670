"""Profiles and presence by REST."""

import uuid

import pytest
from rest_framework.test import APIClient

from presence import accounts, nodes
from presence.closing import Login
from presence.registry import Closed, Opened, Register

PASSWORD = "open the third eye"
NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'

pytestmark = pytest.mark.django_db


def client_of(username):
    psychic = accounts.sign_up(username=username, password=PASSWORD, address="198.51.100.1")
    client = APIClient()
    token = client.post("/auth/token", {"username": username, "password": PASSWORD}).json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    client.psychic = psychic
    return client


@pytest.fixture
def ada():
    return client_of("Ada")


@pytest.fixture
def mallory():
    return client_of("mallory")


def test_a_profile_is_what_its_psychic_wrote(ada, mallory):
    fields = {
        "display_name": "Ada Lovelace",
        "bio": "Numbers.\r\nAnd words.",
        "abilities": ["far sight", "far sight", "calm"],
    }
    answer = ada.patch("/psychics/me", fields)
    assert answer.status_code == 200
    assert answer.json()["bio"] == "Numbers.\nAnd words."
    assert answer.json()["abilities"] == ["far sight", "calm"]
    assert mallory.get("/psychics/ada").json() == answer.json() == ada.get("/psychics/me").json()


def test_what_is_left_out_stays(ada):
    ada.patch("/psychics/me", {"display_name": "Ada", "bio": "quiet"})
    assert ada.patch("/psychics/me", {"bio": ""}).json()["display_name"] == "Ada"
    assert ada.patch("/psychics/me", {}).json()["bio"] == ""


@pytest.mark.parametrize(
    "field, good, bad",
    [
        ("display_name", "a" * 80, "a" * 81),
        ("bio", "a" * 2000, "a" * 2001),
        ("abilities", [str(n) for n in range(20)], [str(n) for n in range(21)]),
        ("abilities", ["a" * 40], ["a" * 41]),
    ],
)
def test_lengths(ada, field, good, bad):
    assert ada.patch("/psychics/me", {field: good}).json()[field] == good
    answer = ada.patch("/psychics/me", {field: bad})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert ada.get("/psychics/me").json()[field] == good


@pytest.mark.parametrize(
    "fields",
    [
        {"display_name": "Ada\u202eevil"},
        {"display_name": "two\nlines"},
        {"display_name": "zero\u200bwidth"},
        {"display_name": "joi\u200dner"},
        {"display_name": "\u2800"},
        {"display_name": "a\u0000"},
        {"bio": "bell\u0007"},
        {"abilities": ["two\nlines"]},
        {"abilities": ["\u2066x"]},
        {"abilities": ["\u034f"]},
        {"display_name": None},
        {"display_name": 7},
        {"bio": ["a"]},
        {"abilities": "calm"},
        {"abilities": [7]},
        {"abilities": [["calm"]]},
        {"abilities": {"a": 1}},
        {"username": "root2"},
        {"is_staff": True},
        {"id": 1},
        {"avatar_url": "x"},
        {"status": "online"},
        {"password": "x"},
    ],
)
def test_what_a_profile_does_not_take(ada, fields):
    answer = ada.patch("/psychics/me", fields)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"
    assert all(key.startswith(next(iter(fields))) for key in answer.json()["errors"])


@pytest.mark.parametrize("name", ["⚠\ufe0f Ada", "👩🏽\u200d💻", "می\u200cخواهم", "ශ\u0dca\u200dරී"])
def test_joiners_stand_where_the_script_wants_them(ada, name):
    fields = {"display_name": name, "abilities": [name]}
    answer = ada.patch("/psychics/me", fields)
    assert answer.status_code == 200 and answer.json().items() >= fields.items()
    for search in (name, name[:3]):  # the third one may be a joiner
        assert [found["username"] for found in ada.get("/psychics", {"search": search}).json()["results"]] == ["Ada"]


def test_markup_stays_text(ada, mallory):
    ada.patch("/psychics/me", {"display_name": "<script>alert(1)</script>"})
    answer = mallory.get("/psychics/ada")
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["display_name"] == "<script>alert(1)</script>"
    page = mallory.get("/psychics/ada", headers={"Accept": "text/html"})
    assert "<script>alert(1)" not in page.content.decode()


@pytest.mark.parametrize("name", ["nobody", "a", "%00%00%00", "x" * 500, "аdа", "ada%2F..", "%F0%9F%91%81"])
def test_who_does_not_exist_is_not_found(ada, name):
    answer = ada.get(f"/psychics/{name}")
    assert (answer.status_code, answer.content) == (404, NOT_FOUND)


def test_a_closed_account_is_not_found(ada, mallory):
    mallory.psychic.is_active = False
    mallory.psychic.save(update_fields=["is_active"])
    assert ada.get("/psychics/mallory").content == NOT_FOUND


def test_nobody_sees_a_profile_without_signing_in(ada):
    for path in ("/psychics/ada", "/psychics/me", "/presence/online", "/presence/me"):
        assert APIClient().get(path).status_code == 401


# Presence


def test_own_presence(ada):
    assert ada.get("/presence/me").json() == {
        "id": ada.psychic.pk,
        "username": "Ada",
        "status": "offline",
        "note": "",
        "until": None,
        "last_online": None,
    }
    answer = ada.patch("/presence/me", {"status": "meditating", "note": "back soon"})
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["note"]) == ("meditating", "back soon")
    assert ada.get("/presence/me").json() == answer.json()


def test_presence_stands_in_the_profile(ada, mallory):
    ada.patch("/presence/me", {"status": "meditating", "note": "hush"})
    profile = mallory.get("/psychics/ada").json()
    assert (profile["status"], profile["note"]) == ("meditating", "hush")


def test_invisible_is_offline_to_others_and_invisible_to_oneself(ada, mallory):
    ada.patch("/presence/me", {"status": "invisible", "note": "hush"})
    theirs = mallory.get("/psychics/ada").json()
    assert (theirs["status"], theirs["note"], theirs["until"]) == ("offline", "", None)
    assert ada.get("/psychics/me").json()["status"] == "invisible"
    assert ada.get("/presence/me").json()["status"] == "invisible"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "offline"},
        {"status": "gone"},
        {"status": None},
        {"status": 1},
        {"note": 7},
        {"note": "a" * 141},
        {"note": "bell\u0007"},
        {"until": "yesterday"},
        {"until": 7},
        {"status": "meditating", "until": "2020-01-01T00:00:00Z"},
        {"status": "meditating", "until": "9999-12-31T23:59:59Z"},
        {"status": "meditating", "until": "0001-01-01T00:00:00+14:00"},
        {"room": 1},
    ],
)
def test_what_presence_does_not_take(ada, fields):
    answer = ada.patch("/presence/me", fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert ada.get("/presence/me").json()["status"] == "offline"


def test_the_list_of_who_is_online_is_a_list(ada):
    assert ada.get("/presence/online").json() == {"next": None, "previous": None, "results": []}
    assert ada.get("/presence/online?limit=x").status_code == 400


def test_who_stays_online_is_on_the_next_page_whoever_goes(ada):
    others = [client_of(name).psychic for name in ("zoe", "bob", "mallory", "carl")]
    node = nodes.start()
    opened = [Opened(uuid.uuid4(), one.pk, None, "", Login()) for one in others]
    Register(node).record(opened)
    first = ada.get("/presence/online?limit=2").json()
    assert [one["username"] for one in first["results"]] == ["zoe", "bob"]
    Register(node).record([Closed(opened[0].connection_id, others[0].pk, "disconnected", 1000, "")])
    second = ada.get(first["next"]).json()
    assert [one["username"] for one in second["results"]] == ["mallory", "carl"]
    assert (second["next"], [one["username"] for one in ada.get(second["previous"]).json()["results"]]) == (
        None,
        ["bob"],
    )
