"""The admin's page of files."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from messaging import services
from messaging.models import Attachment
from messaging.tests.files import attach
from mindnet.base.errors import DomainError
from presence.models import Psychic
from rooms.models import Room

pytestmark = pytest.mark.django_db

FILES = "/admin/messaging/attachment/"
SCRIPT = "<script>alert(1)</script>.txt"


def test_staff_see_what_files_take_and_take_one_away(client, cast):
    client.force_login(Psychic.objects.create_superuser("sol", password="correct horse"))
    one = attach(cast.owner, cast.room, SCRIPT, size=3 * 1024 * 1024)
    attach(cast.participant, cast.room, "loose.txt")
    fields = {"psychic": cast.owner, "room_id": cast.room.pk, "content": "x"}
    services.post_message(**fields, attachments=[one.pk])
    page = client.get(FILES).content.decode()
    assert "2 files" in page and "3.0\xa0MB" in page and SCRIPT not in page and "&lt;script&gt;" in page
    assert "loose.txt" not in client.get(FILES, {"state": "sent"}).content.decode()
    assert "loose.txt" in client.get(FILES, {"q": "paul"}).content.decode()
    assert client.get(f"{FILES}{one.pk}/change/").status_code == 200
    client.post(FILES, {"action": "take_away", "_selected_action": [str(one.pk)]})
    one.refresh_from_db()
    assert one.removed_at and not one.message.has_attachments
    assert LogEntry.objects.get().change_message == "Took the file away."


def test_a_file_that_waits_with_its_message_is_not_called_loose(client, cast):
    client.force_login(Psychic.objects.create_superuser("sol", password="correct horse"))
    Room.objects.filter(pk=cast.room.pk).update(hold_new_hours=24)
    held = attach(cast.participant, cast.room, "held.txt")
    fields = {"psychic": cast.participant, "room_id": cast.room.pk, "content": "x", "attachments": [held.pk]}
    with pytest.raises(DomainError):
        services.post_message(**fields)
    attach(cast.participant, cast.room, "loose.txt")
    for state, other in (("held", "loose.txt"), ("loose", "held.txt")):
        page = client.get(FILES, {"state": state}).content.decode()
        assert f"{state}.txt" in page and other not in page
        assert ("waits for a moderator" in page) == (state == "held")


def test_who_may_only_look_takes_nothing_away_and_others_see_nothing(client, cast):
    one = attach(cast.owner, cast.room)
    Psychic.objects.filter(pk=cast.outsider.pk).update(is_staff=True)
    client.force_login(cast.outsider)
    assert client.get(FILES).status_code == 403
    cast.outsider.user_permissions.add(Permission.objects.get(codename="view_attachment"))
    assert client.get(FILES).status_code == 200
    client.post(FILES, {"action": "take_away", "_selected_action": [str(one.pk)]})
    assert Attachment.objects.get().removed_at is None
