"""What the invited see of it, and what an invitation by name may and may not do."""

import functools

import pytest
from django.utils import timezone

from mindnet.base import rates
from mindnet.tests.support.cast import Cast
from presence.models import Block
from rooms import invitations, restrictions, roles, services
from rooms.models import Invitation, LogEntry
from rooms.tests.checks import refused
from rooms.tests.test_services_races import at_once, joining

pytestmark = pytest.mark.django_db


def name(cast: Cast, by, username="otto", **fields):
    return invitations.invite(psychic=by, room_id=cast.room.pk, username=username, **fields)


def own(api, psychic):
    return api(psychic).get("/psychics/me/invitations").json()["results"]


@pytest.mark.parametrize(
    "part, status, code",
    [
        ("owner", 201, None),
        ("moderator", 201, None),
        ("participant", 403, "permission_denied"),
        ("restricted", 403, "permission_denied"),
        ("outsider", 404, "not_found"),
    ],
)
def test_who_may_invite(closed_cast, api, part, status, code):
    client = api(getattr(closed_cast, part))
    answer = client.post(f"/rooms/{closed_cast.room.pk}/invitations", {"username": "otto"}, format="json")
    assert (answer.status_code, answer.json().get("code") if code else None) == (status, code)
    assert closed_cast.room.invitations.filter(psychic=closed_cast.outsider).exists() == (status == 201)


def test_the_invited_sees_into_what_by_whom_and_until_when(closed_cast, api):
    made = name(closed_cast, closed_cast.moderator)
    [seen] = own(api, closed_cast.outsider)
    assert seen == {
        "id": made.pk,
        "room": {"id": closed_cast.room.pk, "name": "The garden", "kind": "closed"},
        "created_by": {"id": closed_cast.moderator.pk, "username": "mona"},
        "created_at": seen["created_at"],
        "expires_at": seen["expires_at"],
    }
    for other in (closed_cast.owner, closed_cast.participant, closed_cast.restricted):
        assert own(api, other) == []
    services.join_room(psychic=closed_cast.outsider, room_id=closed_cast.room.pk)
    assert own(api, closed_cast.outsider) == []


def test_every_deed_is_written_down(closed_cast):
    named = name(closed_cast, closed_cast.moderator)
    link = invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk, max_uses=5)
    for one in (named, link):
        invitations.withdraw_invitation(psychic=closed_cast.owner, room_id=closed_cast.room.pk, invitation_id=one.pk)
    entries = LogEntry.objects.filter(room=closed_cast.room).order_by("-pk")[:4]
    told = [
        (entry.deed, entry.by.username, entry.psychic and entry.psychic.username, entry.reason) for entry in entries
    ]
    assert told == [
        ("withdraw", "olga", None, "A link for 5."),
        ("withdraw", "olga", "otto", ""),
        ("invite", "olga", None, "A link for 5."),
        ("invite", "mona", "otto", ""),
    ]


def test_the_same_name_twice_is_one_invitation_renewed(closed_cast):
    first = name(closed_cast, closed_cast.owner, hours=1)
    again = name(closed_cast, closed_cast.owner, hours=48)
    assert (again.pk, again.code) == (first.pk, first.code) and again.expires_at > first.expires_at
    assert name(closed_cast, closed_cast.moderator).pk != first.pk, "each answers for their own"
    services.join_room(psychic=closed_cast.outsider, room_id=closed_cast.room.pk)
    services.leave_room(psychic=closed_cast.outsider, room_id=closed_cast.room.pk)
    refused("not_found", services.join_room, psychic=closed_cast.outsider, room_id=closed_cast.room.pk)


@pytest.mark.parametrize("username", ["paul", "OLGA"])
def test_who_is_in_is_not_invited(closed_cast, username):
    before = LogEntry.objects.count()
    refused("conflict", name, cast=closed_cast, by=closed_cast.owner, username=username)
    assert LogEntry.objects.count() == before


def test_who_declines_is_left_alone_by_the_one_who_asked(closed_cast, api):
    made = name(closed_cast, closed_cast.owner)
    path = f"/psychics/me/invitations/{made.pk}"
    for other in (closed_cast.owner, closed_cast.participant):
        assert api(other).delete(path).status_code == 404
    otto = api(closed_cast.outsider)
    assert [otto.delete(path).status_code for _ in range(2)] == [204, 404]
    assert own(api, closed_cast.outsider) == []
    for code in (None, made.code):
        refused(
            "not_found", services.join_room, psychic=closed_cast.outsider, room_id=closed_cast.room.pk, invitation=code
        )
    error = refused("permission_denied", name, cast=closed_cast, by=closed_cast.owner)
    assert "has declined" in error.detail
    name(closed_cast, closed_cast.moderator)
    assert len(own(api, closed_cast.outsider)) == 1, "others may still ask"


@pytest.mark.parametrize("invitation_id", [0, 1, 10**29])
def test_what_invites_nobody_cannot_be_declined(closed_cast, api, invitation_id):
    assert api(closed_cast.outsider).delete(f"/psychics/me/invitations/{invitation_id}").status_code == 404


def test_whom_the_guest_blocks_is_told_nothing_and_reaches_nobody(closed_cast, api):
    Block.objects.create(blocker=closed_cast.outsider, blocked=closed_cast.owner)
    path = f"/rooms/{closed_cast.room.pk}/invitations"
    made = api(closed_cast.owner).post(path, {"username": "otto"}, format="json")
    assert made.status_code == 201
    assert made.json()["id"] in [one["id"] for one in api(closed_cast.owner).get(path).json()["results"]]
    assert own(api, closed_cast.outsider) == []
    assert api(closed_cast.outsider).delete(f"/psychics/me/invitations/{made.json()['id']}").status_code == 404
    for code in (None, made.json()["code"]):
        refused(
            "not_found", services.join_room, psychic=closed_cast.outsider, room_id=closed_cast.room.pk, invitation=code
        )
    name(closed_cast, closed_cast.moderator)
    services.join_room(psychic=closed_cast.outsider, room_id=closed_cast.room.pk)
    assert made.json()["id"] not in [one["id"] for one in api(closed_cast.owner).get(path).json()["results"]]


def test_an_open_room_is_invited_to_as_well(cast, api):
    name(cast, cast.moderator)
    link = invitations.invite(psychic=cast.owner, room_id=cast.room.pk)
    assert [one["room"]["kind"] for one in own(api, cast.outsider)] == ["open"]
    services.join_room(psychic=cast.outsider, room_id=cast.room.pk, invitation=link.code)
    link.refresh_from_db()
    assert (own(api, cast.outsider), link.uses) == ([], 1)


def test_a_muted_moderator_invites_nobody_and_so_do_their_invitations(closed_cast, api):
    name(closed_cast, closed_cast.moderator)
    link = invitations.invite(psychic=closed_cast.moderator, room_id=closed_cast.room.pk, max_uses=9)
    restrictions.restrict(
        psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="mona", kind="mute", reason="Loud."
    )
    refused("muted", name, cast=closed_cast, by=closed_cast.moderator)
    assert own(api, closed_cast.outsider) == []
    refused(
        "not_found",
        services.join_room,
        psychic=closed_cast.outsider,
        room_id=closed_cast.room.pk,
        invitation=link.code,
    )


def test_rooms_to_invite_to_are_those_one_keeps_and_the_other_is_not_in(closed_cast):
    def rooms(psychic, guest):
        return list(invitations.rooms_to_invite_to(psychic=psychic, guest_id=guest.pk))

    assert rooms(closed_cast.moderator, closed_cast.outsider) == [closed_cast.room]
    assert rooms(closed_cast.participant, closed_cast.outsider) == []
    assert rooms(closed_cast.owner, closed_cast.participant) == []
    roles.set_role(psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="mona", role="participant")
    assert rooms(closed_cast.moderator, closed_cast.outsider) == []


def test_inviting_and_looking_have_a_rate(closed_cast, limits_on, settings):
    few = {name: settings.LIMITS[name]._replace(burst=1) for name in ("INVITATION_RATE", "INVITATION_LOOK_RATE")}
    settings.LIMITS = settings.LIMITS | few
    rates.buckets.clear()
    made = name(closed_cast, closed_cast.owner)
    refused("rate_limited", name, cast=closed_cast, by=closed_cast.owner)
    assert invitations.look_up(code=made.code, address="198.51.100.7").pk == made.pk
    refused("rate_limited", functools.partial(invitations.look_up, code=made.code), address="198.51.100.7")


def test_what_lets_nobody_in_is_not_found_by_its_code(closed_cast):
    over, withdrawn, spent = (invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk) for _ in "123")
    Invitation.objects.filter(pk=over.pk).update(expires_at=timezone.now())
    invitations.withdraw_invitation(psychic=closed_cast.owner, room_id=closed_cast.room.pk, invitation_id=withdrawn.pk)
    services.join_room(psychic=closed_cast.outsider, room_id=closed_cast.room.pk, invitation=spent.code)
    errors = [
        refused("not_found", functools.partial(invitations.look_up, code=code), address="").as_json()
        for code in (over.code, withdrawn.code, spent.code, "guess", "nul\x00", "y" * 5000)
    ]
    assert all(error == errors[0] for error in errors)


@pytest.mark.django_db(transaction=True)
def test_named_twice_in_the_same_moment_is_one_invitation(closed_cast):
    results = at_once([lambda: name(closed_cast, closed_cast.owner) for _ in range(4)])
    assert {type(result) for result in results} == {Invitation}
    assert Invitation.objects.filter(psychic=closed_cast.outsider).count() == 1
    results = at_once([joining(closed_cast.room, closed_cast.outsider) for _ in range(4)])
    assert Invitation.objects.get(psychic=closed_cast.outsider).uses == 1
