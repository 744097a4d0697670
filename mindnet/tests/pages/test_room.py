"""The page of a room as the server answers it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from presence import avatars
from presence.tests import images
from rooms import services as rooms

pytestmark = pytest.mark.django_db


def test_a_message_of_blanks_comes_back_to_be_written(ada):
    from messaging import services as messaging

    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    messaging.post_message(psychic=ada.psychic, room_id=room.pk, content="thought")
    for content in ("  ", "\u200b\u2060"):
        answer = ada.send(f"/room/{room.pk}/post", f"/room/{room.pk}", content=content)
        assert answer.status_code == 400 and "must not be empty" in answer.text
        assert [message.content for message in room.messages.all()] == ["thought"]


def test_lists_and_messages_show_pictures_for_one_query(ada, bob, django_assert_num_queries):
    row = avatars.set_avatar(psychic=bob.psychic, file=SimpleUploadedFile("x.png", images.picture()))
    from messaging import services as messaging

    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    for number in range(3):
        messaging.post_message(psychic=bob.psychic, room_id=room.pk, content=f"thought {number}")
    answer = ada.get(f"/room/{room.pk}")
    assert answer.context["avatars"] == {ada.psychic.pk: "", bob.psychic.pk: row.avatar}
    assert answer.context["data"]["avatars"] == answer.context["avatars"]
    url = f"/psychics/bob/avatar?v={row.avatar}&amp;small=1"
    # At the first message of the group, and in the list of people.
    assert answer.text.count(f'<img src="{url}" width="34" height="34" alt="" decoding="async">') == 2
