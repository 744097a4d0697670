"""The lobby as the server answers it: who is asked into a mind-link, and what has ended."""

import pytest

from rooms import services as rooms

pytestmark = pytest.mark.django_db


def open_link(one, other):
    return rooms.create_room(psychic=one.psychic, kind="private", with_username=other.psychic.username)[0].pk


@pytest.fixture
def link(ada, bob):
    """Which Bob has left, and Ada has asked him back into."""
    link = open_link(ada, bob)
    rooms.leave_room(psychic=bob.psychic, room_id=link)
    assert "You are asked" not in bob.get("/").text
    assert open_link(ada, bob) == link
    return link


def test_who_is_asked_into_a_mind_link_goes_in(link, ada, bob):
    page = bob.get("/").text
    assert "You are asked" in page and "would like a mind-link with you" in page
    assert "You are asked" not in ada.get("/").text
    assert bob.get(f"/room/{link}").status_code == 404
    answer = bob.send(f"/room/{link}/join", page="/")
    assert answer.redirect_chain == [(f"/room/{link}", 302)] and answer.status_code == 200
    assert "You are asked" not in bob.get("/").text


def test_who_is_asked_into_a_mind_link_says_no(link, ada, bob):
    answer = bob.send(f"/room/{link}/decline", page="/")
    assert answer.redirect_chain == [("/", 302)] and "You are asked" not in answer.text
    assert bob.get(f"/room/{link}").status_code == 404
    assert ada.get(f"/room/{link}").status_code == 200


def test_a_room_that_has_ended_is_left_from_its_page(ada, bob):
    link = open_link(ada, bob)
    rooms.end_room(psychic=ada.psychic, room_id=link)
    path = f"/room/{link}"
    assert "This room has ended." in bob.get(path).text
    assert f'href="{path}/leave"' in bob.get(path).text
    assert "you see no more of it" in bob.get(f"{path}/leave").text
    assert bob.send(f"{path}/leave", means="ended").redirect_chain == [("/", 302)]
    assert bob.get(path).status_code == 404
    assert ada.get(path).status_code == 200
