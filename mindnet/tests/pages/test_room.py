"""The page of a room as the server answers it."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from messaging import reactions
from messaging import services as messaging
from messaging.watermarks import Watermark, advance
from mindnet.tests.pages.visitors import Browser, psychic
from presence import avatars
from presence.tests import images
from rooms import invitations
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
    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    for number in range(3):
        messaging.post_message(psychic=bob.psychic, room_id=room.pk, content=f"thought {number}")[0]
    answer = ada.get(f"/room/{room.pk}")
    assert answer.context["data"]["avatars"] == {ada.psychic.pk: "", bob.psychic.pk: row.avatar}
    url = f"/psychics/bob/avatar?v={row.avatar}&amp;small=1"
    # At the first message of the group, and in the list of people.
    assert answer.text.count(f'<img src="{url}" width="34" height="34" alt="" decoding="async">') == 2


@pytest.mark.parametrize("part", ["", "?before=40"])
def test_a_page_asks_three_times_on_postgresql_whatever_it_shows(ada, bob, part):
    """Who asks; what hangs on nothing else; what hangs on the messages. On SQLite each statement is asked by itself."""
    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    said = [
        messaging.post_message(psychic=bob.psychic, room_id=room.pk, content=f"thought {number}")[0]
        for number in range(55)
    ]
    for one in said[::10]:
        reactions.react(psychic=ada.psychic, message_id=one.id, emoji="🔮", on=True)
    last, _ = messaging.post_message(psychic=bob.psychic, room_id=room.pk, content="again", reply_to=said[1].id)
    advance([Watermark(ada.psychic.pk, room.pk, last.seq, last.seq)])
    exchanges = []
    for _ in range(2):  # from the second time on it is known whose the session is
        exchanges.clear()
        with connection.execute_wrapper(lambda execute, *asked: exchanges.append(asked[0]) or execute(*asked)):
            answer = ada.get(f"/room/{room.pk}{part}")
    assert answer.context["data"]["rooms"] and "🔮" in answer.text
    assert "thought 1<" in answer.text and len(exchanges) <= (3 if connection.vendor == "postgresql" else 14)


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
    invitation = invitations.invite(psychic=ada.psychic, room_id=closed_room.pk, username="bob")
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


@pytest.fixture
def long_room(ada, bob):
    """Ada has said 130 things, of which Bob has read none: the number of the room."""
    room, _ = rooms.create_room(psychic=ada.psychic, name="Long")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    say(ada, room.pk, 130)
    return room.pk


def say(who, room, count):
    for number in range(count):
        messaging.post_message(psychic=who.psychic, room_id=room, content=f"thought {number:03}")


def unread(who, room):
    [entry] = [entry for entry in who.get("/").context["data"]["rooms"] if entry["id"] == room]
    return entry["unread"]


def shown(answer):
    return [item["message"].seq for item in answer.context["said"].items()]


def without_scripts(who, path):
    """Opens a page, and what a browser loads that runs no scripts."""
    answer = who.get(path)
    for image in re.findall(r'<noscript><img class="seen" src="([^"]+)"', answer.text):
        assert who.get(image).status_code == 204
    return answer


def test_a_room_opens_where_the_unread_begins_however_far_up(bob, long_room):
    answer = bob.get(f"/room/{long_room}")
    assert shown(answer) == list(range(1, 51))
    assert [item["message"].seq for item in answer.context["said"].items() if item["line"]] == [1]
    assert answer.context["data"]["room"]["has_newer"] is True
    assert "Newer messages: 80 new" in answer.text
    assert shown(bob.get(f"/room/{long_room}?newest=1")) == list(range(81, 131))
    assert "80 new above" in bob.get(f"/room/{long_room}?newest=1").text


def test_a_page_alone_marks_nothing_read(bob, long_room):
    bob.get(f"/room/{long_room}")
    assert unread(bob, long_room) == 130


def test_without_scripts_what_was_shown_is_read(bob, long_room):
    without_scripts(bob, f"/room/{long_room}")
    assert unread(bob, long_room) == 80
    assert shown(without_scripts(bob, f"/room/{long_room}?after=50")) == list(range(51, 101))
    assert unread(bob, long_room) == 30
    without_scripts(bob, f"/room/{long_room}")
    assert unread(bob, long_room) == 0


def test_without_scripts_who_jumps_over_has_not_read(bob, long_room):
    without_scripts(bob, f"/room/{long_room}?newest=1")
    without_scripts(bob, f"/room/{long_room}?before=100")
    assert unread(bob, long_room) == 130


def test_without_scripts_who_answers_sees_their_answer_and_has_read_what_is_beside_it(ada, bob):
    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    say(ada, room.pk, 3)
    answer = bob.send(f"/room/{room.pk}/post", page=f"/room/{room.pk}", content="an answer")
    assert shown(answer) == [1, 2, 3, 4]
    assert unread(bob, room.pk) == 3
    [image] = re.findall(r'<noscript><img class="seen" src="([^"]+)"', answer.text)
    bob.get(image)
    assert unread(bob, room.pk) == 0


def test_what_was_shown_to_one_reads_nothing_for_another(ada, bob, long_room):
    mallory = Browser(psychic("mallory"))
    rooms.join_room(psychic=mallory.psychic, room_id=long_room)
    say(ada, long_room, 2)
    [image] = re.findall(r'<noscript><img class="seen" src="([^"]+)"', bob.get(f"/room/{long_room}").text)
    other, _ = rooms.create_room(psychic=ada.psychic, name="other")
    rooms.join_room(psychic=bob.psychic, room_id=other.pk)
    assert mallory.get(image).status_code == 404
    assert bob.get(image.replace(f"/room/{long_room}/", f"/room/{other.pk}/")).status_code == 404
    assert bob.get(f"/room/{long_room}/seen?upto=132").status_code == 404
    assert bob.post(image).status_code in (403, 405)
    assert (unread(mallory, long_room), unread(bob, long_room)) == (2, 132)


def test_a_line_never_stands_before_what_does_not_count(ada, bob):
    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    say(ada, room.pk, 2)
    first = room.messages.order_by("seq").first()
    messaging.delete_message(psychic=ada.psychic, message_id=first.pk)
    answer = bob.get(f"/room/{room.pk}")
    assert [item["message"].seq for item in answer.context["said"].items() if item["line"]] == [2]


def test_who_only_looks_in_has_nothing_to_read(ada, long_room):
    visitor = Browser(psychic("cyd"))
    answer = visitor.get(f"/room/{long_room}")
    assert shown(answer) == list(range(81, 131))
    assert answer.context["seen_url"] is None
