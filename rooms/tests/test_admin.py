"""Rooms in the admin: found, filtered, ended and lifted, and not edited past the services."""

import pytest

from mindnet.tests.support.sealed import Mind
from presence.models import Psychic
from rooms import invitations, lookups, restrictions
from rooms.models import LogEntry, Restriction, Room
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(Psychic.objects.create_superuser("root", password="open the third eye"))
    return client


@pytest.fixture
def restriction(room, ada):
    invitations.invite(psychic=ada, room_id=room.pk, username=make_psychic("bobby").username)
    return restrictions.restrict(psychic=ada, room_id=room.pk, username="bob", kind="mute", reason="loud")


@pytest.mark.parametrize(
    "model, row", [("room", "Inner circle"), ("roomparticipant", "bob"), ("invitation", "bob"), ("restriction", "loud")]
)
def test_every_model_is_listed_searched_and_shown(staff, restriction, model, row):
    for query in ("", "?q=bob", "?q=7", "?q=circle"):
        answer = staff.get(f"/admin/rooms/{model}/{query}")
        assert answer.status_code == 200
    assert row in staff.get(f"/admin/rooms/{model}/").content.decode()
    from django.apps import apps

    for one in apps.get_model("rooms", model).objects.all():
        assert staff.get(f"/admin/rooms/{model}/{one.pk}/change/").status_code == 200
    assert staff.get(f"/admin/rooms/{model}/add/").status_code == 403


def test_devices_are_looked_at_and_left_as_they_are(staff, ada):
    mind = Mind(ada)
    device = mind.begin(name="Ada's phone")
    page = staff.get("/admin/rooms/device/?q=ada").content.decode()
    assert "Ada&#x27;s phone" in page and "live" in page
    page = staff.get(f"/admin/rooms/device/{device.id}/change/").content.decode()
    assert "no operator can revoke a device" in page and device.signature not in page
    for deed in ("change", "delete"):
        assert staff.post(f"/admin/rooms/device/{device.id}/{deed}/", {"state": "revoked"}).status_code == 403


def test_an_invitations_code_is_shown_to_nobody(staff, restriction, room):
    invitation = room.invitations.last()
    for path in ("", f"{invitation.pk}/change/"):
        assert invitation.code not in staff.get(f"/admin/rooms/invitation/{path}").content.decode()


def test_rooms_are_ended_by_the_service_but_not_everyones(staff, room, bob):
    everyone = lookups.everyone_room()
    data = {"action": "end_rooms", "_selected_action": [room.pk, everyone.pk]}
    page = staff.post("/admin/rooms/room/", data, follow=True).content.decode()
    assert "1 ended." in page and "Everyone: Everyone&#x27;s room stays as it is." in page
    assert not Room.objects.get(pk=room.pk).is_active
    assert Room.objects.get(pk=everyone.pk).is_active


def test_restrictions_are_lifted_by_the_service(staff, restriction):
    data = {"action": "lift_restrictions", "_selected_action": [restriction.pk]}
    assert "1 lifted." in staff.post("/admin/rooms/restriction/", data, follow=True).content.decode()
    assert not Restriction.objects.in_force().exists()
    assert "Not found." in staff.post("/admin/rooms/restriction/", data, follow=True).content.decode()


def change(staff, room, **fields):
    management = {"participant_rows-TOTAL_FORMS": 0, "participant_rows-INITIAL_FORMS": 0}
    rules = {"mention_all": "moderator", "hold_new_hours": 0, "hold_new_messages": 0, "retention_hours": 0}
    data = {"name": room.name, "description": "", "slow_mode_seconds": 0} | rules | management | fields
    return staff.post(f"/admin/rooms/room/{room.pk}/change/", data, follow=True)


def test_a_change_goes_through_the_service_and_is_told(staff, room, listen):
    ear = listen(room.pk)
    change(staff, room, name=" Calm ", slow_mode_seconds=5, max_participants=1, kind="open", retention_hours=720)
    saved = Room.objects.get(pk=room.pk)
    assert (saved.name, saved.slow_mode_seconds, saved.max_participants, saved.kind) == ("Calm", 5, 200, "closed")
    assert [line["type"] for _, _, line in ear.heard()] == ["room.updated"]
    entry = LogEntry.objects.get(room=room, deed="change")
    assert entry.by.username == "root" and saved.retention_hours == 720
    assert entry.reason == (
        "Name: “Inner circle” → “Calm”; Slow mode: none → 5 seconds; Messages are kept: for good → 30 days"
    )


@pytest.mark.parametrize(
    "fields", [{"name": "over\u202eturned"}, {"slow_mode_seconds": 3601}, {"name": ""}, {"retention_hours": 87601}]
)
def test_a_change_the_service_would_refuse_is_shown_as_an_error(staff, room, fields):
    answer = change(staff, room, **fields)
    assert answer.status_code == 200 and "errorlist" in answer.content.decode()
    assert Room.objects.get(pk=room.pk).name == "Inner circle"


def test_everyones_room_is_not_edited(staff, db):
    assert change(staff, lookups.everyone_room(), name="Mine").status_code == 403


def test_without_the_permission_there_are_no_actions(client, room, restriction):
    clerk = Psychic.objects.create_user("clerk", is_staff=True)
    from django.contrib.auth.models import Permission

    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_room", "view_restriction"]))
    client.force_login(clerk)
    for model, action, pk in (("room", "end_rooms", room.pk), ("restriction", "lift_restrictions", restriction.pk)):
        client.post(f"/admin/rooms/{model}/", {"action": action, "_selected_action": [pk]})
    assert Room.objects.get(pk=room.pk).is_active
    assert Restriction.objects.in_force().exists()
