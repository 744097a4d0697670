"""What every view answers, whatever it is about: OPTIONS, and the members of its answers in their order."""

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from mindnet.base import rates
from mindnet.rest.documents import openapi_document
from presence import accounts

pytestmark = pytest.mark.django_db

PROFILE = "id username display_name bio abilities avatar_url status note until last_online"
PRESENCE = "id username status note until last_online"
MESSAGE = (
    "id room seq changed_seq sender message_type content timestamp edited_at deleted reply_to attachments reactions "
    "nonce urgent mentions"
)
FIGURES = (
    "from to interval online_now peak_online opened closed resumed refused lost duration_seconds by_code by_node series"
)


@pytest.fixture(autouse=True)
def fresh_buckets():
    rates.buckets.clear()


@pytest.fixture
def ada():
    return accounts.sign_up(username="ada", password="open the third eye", address="")


@pytest.fixture
def client(ada):
    """Ada, who may do everything, so that no answer ends at a missing permission."""
    ada.is_superuser = True
    ada.save()
    client = APIClient()
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("path", openapi_document()["paths"])
def test_options_is_answered_everywhere(client, path):
    answer = client.options(
        re.sub(r"{\w+_id}", "1", path.replace("{username}", "ada").replace("{emoji}", "x").replace("{part}", "0"))
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_options_says_what_a_body_holds_to_those_who_may_send_it(client):
    fields = client.options("/messages/broadcast").json()["actions"]["POST"]
    assert list(fields) == ["content", "rooms", "nonce", "require_ack"] and fields["content"]["required"]
    assert list(client.options("/psychics/me/avatar").json()["actions"]["PUT"]) == ["file"]
    assert Client().options("/messages/broadcast").status_code == 401


def members(answer):
    return " ".join(answer.json())


def test_the_answers_about_people_have_their_members_in_order(client):
    assert members(client.get("/psychics/me")) == members(client.get("/psychics/ada")) == PROFILE
    assert members(client.patch("/psychics/me", {"bio": "Clear."})) == PROFILE
    listed = client.get("/psychics")
    assert members(listed) == "next previous results" and " ".join(listed.json()["results"][0]) == PROFILE
    assert members(client.get("/presence/me")) == PRESENCE
    signed_in = client.post("/auth/token", {"username": "ada", "password": "open the third eye"})
    assert members(signed_in) == "token expiry"


def test_the_answers_about_meditation_have_their_members_in_order(client):
    entry = {"to": "07:00", "from": "22:00:00", "days": ["tue", "mon"]}
    answer = client.patch("/presence/me/meditation", {"quiet_hours": [entry]})
    assert members(answer) == "urgent_from chosen time_zone quiet_hours"
    assert answer.content == client.get("/presence/me/meditation").content
    assert b'"quiet_hours":[{"days":["mon","tue"],"from":"22:00","to":"07:00"}]' in answer.content


def test_the_answers_about_messages_have_their_members_in_order(client):
    told = client.post("/messages/broadcast", {"content": "hear, hear"})
    assert members(told) == "messages recipients"
    [place] = told.json()["messages"]
    assert list(place) == ["room", "id", "seq"]
    listed = client.get(f"/rooms/{place['room']}/messages")
    assert members(listed) == "next previous results first_seq last_seq"
    assert " ".join(listed.json()["results"][0]) == MESSAGE
    journey = client.get(f"/messages/{place['id']}/journey")
    assert members(journey) == "stored_at participants delivered read held waiting acknowledged who"


def test_who_a_message_reached_has_its_members_in_order(client):
    accounts.sign_up(username="bob", password="open the third eye", address="")
    link = client.post("/rooms", {"kind": "private", "with": "bob"}).json()["id"]
    message = client.post(f"/rooms/{link}/messages", {"content": "hello"}).json()
    [bob] = client.get(f"/messages/{message['id']}/journey").json()["who"]
    assert " ".join(bob) == "psychic delivered read held acknowledged" and " ".join(bob["psychic"]) == "id username"


def test_the_answers_for_operators_have_their_members_in_order(client):
    assert client.post("/admin/disconnect", {"username": "ada"}).json() == {"disconnected": 0}
    figures = client.get("/analytics/connections")
    assert members(figures) == FIGURES
    assert list(figures.json()["duration_seconds"]) == ["median", "p95"]
    assert list(figures.json()["series"][0]) == ["at", "opened", "closed", "online"]
