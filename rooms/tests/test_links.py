"""The mind-link of two: who comes in, who is asked, and whose places it takes."""

import pytest

from mindnet.base.errors import DomainError
from presence.models import Psychic
from rooms import invitations, links, lookups, restrictions, services
from rooms.models import Invitation, Room
from rooms.tests.checks import count, refused, roles_in
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db


def open_link(psychic, username):
    return services.create_room(psychic=psychic, kind="private", with_username=username)


def asked(psychic):
    """Who asks this psychic into which room."""
    return [(question.created_by.username, question.room_id) for question in links.questions(psychic)]


@pytest.fixture
def link(ada, bob):
    room, created = services.create_room(psychic=ada, kind="private", with_username="Bob")
    assert created
    return room


def test_two_have_one_link_whoever_opens_it(link, ada, bob, api):
    assert roles_in(link) == {"ada": "owner", "bob": "participant"}
    answer = api(bob).post("/rooms", {"kind": "private", "with": "ADA"}, format="json")
    assert (answer.status_code, answer.json()["id"]) == (200, link.pk)
    assert (answer.json()["name"], answer.json()["max_participants"]) == ("ada & bob", 2)
    assert (answer.json()["participants"], answer.json()["my_role"]) == (2, "participant")


def test_a_link_is_for_its_two_alone(link, ada, mallory):
    refused("not_found", services.join_room, psychic=mallory, room_id=link.pk)
    refused("not_found", services.leave_room, psychic=mallory, room_id=link.pk)
    refused("permission_denied", invitations.invite, psychic=ada, room_id=link.pk, username="mallory")
    refused(
        "permission_denied", restrictions.restrict, psychic=ada, room_id=link.pk, username="bob", kind="ban", reason="x"
    )
    assert refused("validation_error", services.update_room, psychic=ada, room_id=link.pk, name="mine").errors["name"]
    refused("validation_error", services.update_room, psychic=ada, room_id=link.pk, max_participants=3)
    services.update_room(psychic=ada, room_id=link.pk, description="ours", max_participants=2)


def test_in_a_link_nobody_slows_the_other(link, ada):
    refused("validation_error", services.update_room, psychic=ada, room_id=link.pk, slow_mode_seconds=3600)
    services.update_room(psychic=ada, room_id=link.pk, slow_mode_seconds=0)


def test_one_of_the_two_may_come_back_by_joining(link, bob):
    services.leave_room(psychic=bob, room_id=link.pk)
    services.join_room(psychic=bob, room_id=link.pk)
    assert count(link) == 2


def test_there_is_no_link_with_a_closed_account(ada, bob):
    Psychic.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(DomainError) as caught:
        services.create_room(psychic=ada, kind="private", with_username="bob")
    assert list(caught.value.errors) == ["with"]


# Who has left is asked


def test_who_has_left_is_asked_before_they_are_in_again(link, ada, bob):
    services.leave_room(psychic=ada, room_id=link.pk)
    for _ in range(3):
        room, created = open_link(bob, "ada")
        assert (room.pk, created) == (link.pk, False)
    assert (roles_in(link), asked(ada)) == ({"bob": "owner"}, [("bob", link.pk)])
    assert link.pk not in lookups.participant_room_ids(ada.pk)
    assert refused("not_found", lookups.get_room, psychic=ada, room_id=link.pk)
    services.join_room(psychic=ada, room_id=link.pk)
    assert (roles_in(link), asked(ada)) == ({"ada": "participant", "bob": "owner"}, [])


def test_opening_it_says_yes_as_well(link, ada, bob):
    services.leave_room(psychic=ada, room_id=link.pk)
    open_link(bob, "ada")
    assert open_link(ada, "bob")[0].my_role == "participant"
    assert (count(link), asked(ada), asked(bob)) == (2, [], [])


def test_leaving_says_no(link, ada, bob, mallory, api):
    services.leave_room(psychic=ada, room_id=link.pk)
    open_link(bob, "ada")
    assert api(mallory).delete(f"/rooms/{link.pk}/leave").status_code == 404
    assert api(ada).delete(f"/rooms/{link.pk}/leave").status_code == 204
    assert (asked(ada), roles_in(link)) == ([], {"bob": "owner"})


def test_a_question_goes_with_who_asked(link, ada, bob):
    services.leave_room(psychic=ada, room_id=link.pk)
    open_link(bob, "ada")
    services.leave_room(psychic=bob, room_id=link.pk)
    assert asked(ada) == []


def test_of_two_who_have_left_the_one_who_opens_it_is_in(link, ada, bob):
    services.leave_room(psychic=ada, room_id=link.pk)
    services.leave_room(psychic=bob, room_id=link.pk)
    open_link(bob, "ada")
    assert (roles_in(link), asked(ada)) == ({"bob": "owner"}, [("bob", link.pk)])


def test_a_question_is_no_key_for_others(link, ada, bob, mallory):
    services.leave_room(psychic=bob, room_id=link.pk)
    open_link(ada, "bob")
    code = Invitation.objects.get().code
    refused("not_found", services.join_room, psychic=mallory, room_id=link.pk, invitation=code)


# Its end


def test_after_its_end_two_may_open_a_new_one(link, ada, bob):
    services.end_room(psychic=ada, room_id=link.pk)
    room, created = open_link(bob, "ada")
    assert created and room.pk != link.pk
    assert (roles_in(room), asked(ada)) == ({"bob": "owner"}, [("bob", room.pk)])
    services.join_room(psychic=ada, room_id=room.pk)
    assert count(room) == 2
    assert not lookups.get_room(psychic=bob, room_id=link.pk).is_active


def test_ending_and_opening_it_again_leaves_the_other_no_pile(link, ada, bob, api):
    for _ in range(12):
        room = Room.objects.get(kind="private", is_active=True)
        services.end_room(psychic=ada, room_id=room.pk)
        open_link(ada, "bob")
    of_bob = lookups.list_rooms(psychic=bob, kind="private")
    assert [room.pk for room in of_bob] == [link.pk], "what he was in, and no other"
    assert len(asked(bob)) == 1
    assert api(bob).delete(f"/rooms/{link.pk}/leave").status_code == 204
    assert (list(of_bob.all()), count(link)) == ([], 1)


# Whose places it takes


def test_links_that_others_open_take_none_of_ones_places(bob, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"ROOMS_PER_PSYCHIC": 2}
    strangers = [make_psychic(f"stranger{n}") for n in range(4)]
    opened = [open_link(stranger, "bob")[0] for stranger in strangers]
    assert len(lookups.list_rooms(psychic=bob, kind="private")) == 2, "the others ask"
    assert asked(bob) == [("stranger3", opened[3].pk), ("stranger2", opened[2].pk)]
    for stranger, room in zip(strangers, opened, strict=True):
        services.leave_room(psychic=stranger, room_id=room.pk)  # what is left to him does not become his
    for n in range(2):
        services.create_room(psychic=bob, name=f"his own {n}")
    refused("conflict", services.create_room, psychic=bob, name="one more")


def test_saying_yes_takes_a_place_among_the_links_of_others(bob, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"ROOMS_PER_PSYCHIC": 1}
    services.create_room(psychic=bob, name="his own")
    first, second = (open_link(make_psychic(name), "bob")[0] for name in ("carol", "dora"))
    refused("conflict", services.join_room, psychic=bob, room_id=second.pk)
    services.leave_room(psychic=bob, room_id=first.pk)
    services.join_room(psychic=bob, room_id=second.pk)
    assert (roles_in(second), asked(bob)) == ({"bob": "participant", "dora": "owner"}, [])


def test_who_opens_links_spends_their_own_places(bob, mallory, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"ROOMS_PER_PSYCHIC": 1}
    make_psychic("ada")
    open_link(mallory, "bob")
    refused("conflict", open_link, psychic=mallory, username="ada")
