"""Many at once, in real threads with connections of their own."""

import pytest

from mindnet.tests.support.at_once import at_once
from presence.models import Psychic
from rooms import invitations, restrictions, roles, services
from rooms.models import Invitation, Room, RoomParticipant
from rooms.tests.checks import count, roles_in
from rooms.tests.conftest import make_psychic

pytestmark = pytest.mark.django_db(transaction=True)


def joining(room, psychic, **fields):
    return lambda: services.join_room(psychic=psychic, room_id=room.pk, **fields)[1]


@pytest.fixture
def crowd(db):
    return Psychic.objects.bulk_create([Psychic(username=f"one-{n}") for n in range(50)])


def test_fifty_who_want_five_places_get_five(ada, crowd):
    room, _ = services.create_room(psychic=ada, name="small", max_participants=6)
    results = at_once([joining(room, psychic) for psychic in crowd])
    assert sorted(results, key=str) == [True] * 5 + ["room_full"] * 45
    assert count(room) == RoomParticipant.objects.active().filter(room=room).count() == 6


def test_an_invitation_for_three_lets_in_three(ada, crowd):
    room, _ = services.create_room(psychic=ada, name="closed", kind="closed")
    code = invitations.invite(psychic=ada, room_id=room.pk, max_uses=3).code
    results = at_once([joining(room, psychic, invitation=code) for psychic in crowd[:20]])
    assert sorted(results, key=str) == [True] * 3 + ["not_found"] * 17
    assert (Invitation.objects.get().uses, count(room)) == (3, 4)


def test_one_who_joins_ten_times_is_in_once(ada, bob):
    room, _ = services.create_room(psychic=ada, name="open")
    results = at_once([joining(room, bob) for _ in range(10)])
    assert sorted(results) == [False] * 9 + [True]
    assert count(room) == 2


def test_ten_rooms_at_once_do_not_pass_the_quota(ada, bob, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"ROOMS_PER_PSYCHIC": 3}
    settings.LIMITS_ENFORCED = False
    rooms = [services.create_room(psychic=ada, name=f"room {n}")[0] for n in range(10)]
    settings.LIMITS_ENFORCED = True
    results = at_once([joining(room, bob) for room in rooms])
    assert sorted(results, key=str) == [True] * 3 + ["conflict"] * 7


def test_two_who_open_their_link_at_once_share_one(ada, bob):
    def opening(psychic, username):
        return lambda: services.create_room(psychic=psychic, kind="private", with_username=username)

    results = at_once([opening(ada, "bob"), opening(bob, "ada")] * 5)
    assert len({room.pk for room, _ in results}) == 1
    assert [created for _, created in results].count(True) == 1
    room = Room.objects.get(kind="private")
    assert (room.participant_count, sorted(roles_in(room).values())) == (2, ["owner", "participant"])


def test_two_owners_who_leave_at_once_leave_an_owner(open_room, ada, bob, mallory):
    services.join_room(psychic=mallory, room_id=open_room.pk)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="owner")
    leaving = [lambda who=who: services.leave_room(psychic=who, room_id=open_room.pk) for who in (ada, bob)]
    assert at_once(leaving) == [None, None]
    assert (roles_in(open_room), count(open_room)) == ({"mallory": "owner"}, 1)


def test_two_owners_who_demote_each_other_at_once_leave_an_owner(open_room, ada, bob):
    roles.set_role(psychic=ada, room_id=open_room.pk, username="bob", role="owner")

    def demoting(psychic, username):
        return lambda: roles.set_role(psychic=psychic, room_id=open_room.pk, username=username, role="participant")

    results = at_once([demoting(ada, "bob"), demoting(bob, "ada")])
    assert "permission_denied" in results
    assert sorted(roles_in(open_room).values()) == ["owner", "participant"]


def test_coming_and_going_keeps_the_count(open_room, crowd):
    def back_and_forth(psychic):
        def call():
            for _ in range(4):
                services.join_room(psychic=psychic, room_id=open_room.pk)
                services.leave_room(psychic=psychic, room_id=open_room.pk)
            services.join_room(psychic=psychic, room_id=open_room.pk)

        return call

    at_once([back_and_forth(psychic) for psychic in crowd[:8]])
    assert count(open_room) == RoomParticipant.objects.active().filter(room=open_room).count() == 10


def test_a_room_that_ends_while_people_join_has_no_half_of_them(open_room, ada, crowd):
    def ending():
        services.end_room(psychic=ada, room_id=open_room.pk)

    results = at_once([ending] + [joining(open_room, psychic) for psychic in crowd[:10]])
    assert set(results[1:]) <= {True, "not_found"}
    assert count(open_room) == RoomParticipant.objects.active().filter(room=open_room).count()
    assert count(open_room) == 2 + results[1:].count(True)


def test_a_mind_that_is_banned_while_it_joins_is_out(open_room, ada):
    for n in range(5):
        dora = make_psychic(f"dora{n}")

        def banning(username=dora.username):
            restrictions.restrict(psychic=ada, room_id=open_room.pk, username=username, kind="ban", reason="x")

        at_once([banning, joining(open_room, dora)])
        assert dora.username not in roles_in(open_room)
    assert count(open_room) == 2
