"""Forms let through as much as the services take: their lengths come from the same rules."""

import json
import re

import pytest
from django.test import Client

from messaging.fields import ATTACHMENTS, URGENT_REASON
from presence import accounts, meditation
from presence import fields as presence
from rooms import fields as rooms
from rooms import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return accounts.sign_up(username="ada", password="open the third eye", address="")


@pytest.fixture
def bob():
    return accounts.sign_up(username="bob", password="open the third eye", address="")


@pytest.fixture
def client(ada):
    client = Client()
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return client


def lengths(answer):
    """{name of a field: its maxlength} of a page."""
    assert answer.status_code == 200
    tags = re.findall(r"<(?:input|textarea)[^>]*maxlength[^>]*>", answer.content.decode())
    return {re.search(r'name="(\w+)"', tag)[1]: int(re.search(r'maxlength="(\d+)"', tag)[1]) for tag in tags}


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/", {
            "username": presence.USERNAME.most,
            "name": rooms.ROOM_NAME.most,
            "description": rooms.ROOM_DESCRIPTION.most,
        }),
        ("/people", {"q": presence.SEARCH.most}),
        ("/profile", {"display_name": presence.DISPLAY_NAME.most, "bio": presence.BIO.most}),
        ("/settings/presence", {"note": presence.NOTE.most}),
        ("/meditation/guides/new", {
            "name": rooms.GUIDE_NAME.most,
            "description": rooms.GUIDE_DESCRIPTION.most,
            "text": rooms.STEP_TEXT.most,
        }),
    ],
)  # fmt: skip
def test_fields_are_as_long_as_their_rules(client, path, expected):
    assert lengths(client.get(path)) == expected


def test_an_urgent_reason_too(client, ada, bob):
    room, _ = services.create_room(psychic=ada, name="Attic")
    services.join_room(psychic=bob, room_id=room.pk)
    bob.status = bob.chosen_status = "meditating"
    bob.save()
    assert lengths(client.get(f"/room/{room.pk}"))["urgent_reason"] == URGENT_REASON.most


@pytest.mark.parametrize("path", ["/", "/room/{room}"])
def test_what_scripts_draw_is_as_long_too_also_where_an_operator_has_changed_it(client, ada, settings, path):
    room, _ = services.create_room(psychic=ada, name="Attic")
    settings.LIMITS = settings.LIMITS | {"MESSAGE_CODE_POINTS": 12_345}
    page = client.get(path.format(room=room.pk)).content.decode()
    data = json.loads(re.search(r'<script id="mindnet-data" type="application/json">(.*?)</script>', page)[1])
    assert data["most"] == {
        "message": 12_345, "note": presence.NOTE.most, "urgent_reason": URGENT_REASON.most,
        "files": ATTACHMENTS.most, "file_bytes": settings.LIMITS["UPLOAD_BYTES"],
    }  # fmt: skip


def test_kept_quiet_hours_stand_in_the_form(client, ada, bob):
    entry = {"days": ["mon"], "starts": "22:00", "ends": "07:00"}
    meditation.change_settings(psychic=ada, chosen=["bob"], quiet_hours=[entry], time_zone="Europe/Berlin")
    page = client.get("/settings/presence").content.decode()
    assert 'value="22:00"' in page and 'value="07:00"' in page and "bob" in page
