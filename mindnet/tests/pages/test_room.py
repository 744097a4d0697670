"""The page of a room as the server answers it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from presence import avatars
from presence.tests import images
from rooms import moderation
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


@pytest.fixture
def closed_room(ada):
    room, _ = rooms.create_room(psychic=ada.psychic, name="Inner circle", kind="closed")
    return room


def is_in(browser, room):
    return room.participant_rows.filter(psychic=browser.psychic, is_active=True).exists()


def meaning_asked(answer):
    return re.search(r'name="means" value="([^"]+)"', answer.text)[1]


def test_leaving_asks_with_what_it_means_and_then_leaves(ada, closed_room):
    path = f"/room/{closed_room.pk}/leave"
    for asked in (ada.get(path), ada.send(path)):
        assert asked.status_code == 200
        assert "it is gone for good" in asked.text
    assert is_in(ada, closed_room)
    left = ada.send(path, means=meaning_asked(asked))
    assert "You have left Inner circle." in left.text
    assert not is_in(ada, closed_room)


def test_leaving_is_asked_anew_where_it_means_something_else_by_now(ada, bob, closed_room):
    path = f"/room/{closed_room.pk}/leave"
    invitation = moderation.invite(psychic=ada.psychic, room_id=closed_room.pk, username="bob")
    rooms.join_room(psychic=bob.psychic, room_id=closed_room.pk, invitation=invitation.code)
    asked = ada.get(path)
    assert "<bdi>bob</bdi> owns it after you" in asked.text
    rooms.leave_room(psychic=bob.psychic, room_id=closed_room.pk)
    again = ada.send(path, means=meaning_asked(asked))
    assert (again.status_code, "it is gone for good" in again.text) == (409, True)
    assert is_in(ada, closed_room)


def test_a_mind_link_says_who_keeps_it(ada, bob):
    room, _ = rooms.create_room(psychic=ada.psychic, kind="private", with_username="bob")
    assert "<bdi>bob</bdi> keeps this mind-link" in ada.get(f"/room/{room.pk}/leave").text
    rooms.leave_room(psychic=bob.psychic, room_id=room.pk)
    assert "<bdi>bob</bdi> has left this mind-link already" in ada.get(f"/room/{room.pk}/leave").text


def test_leaving_twice_is_leaving_once(ada, bob):
    room, _ = rooms.create_room(psychic=ada.psychic, name="Garden")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    means = meaning_asked(bob.get(f"/room/{room.pk}/leave"))
    for _ in range(2):
        assert "You have left Garden." in bob.send(f"/room/{room.pk}/leave", means=means).text
    assert bob.get(f"/room/{room.pk}/leave", follow=True).redirect_chain == [(f"/room/{room.pk}", 302)]


def test_mallory_is_not_asked_about_a_room_that_is_not_there(bob, closed_room):
    assert bob.get(f"/room/{closed_room.pk}/leave").status_code == 404
    assert bob.send(f"/room/{closed_room.pk}/leave", means="closed:alone").status_code == 404
