"""Inviting on the page, from a profile and by a link; what the invited see in their lobby."""

import re

import pytest

from mindnet.tests.pages.test_kept_forms import run_out, send, sign_in
from mindnet.tests.pages.visitors import Browser
from presence.models import Block
from rooms import invitations, restrictions, services
from rooms.models import Invitation

pytestmark = pytest.mark.django_db


def name(cast, username="otto"):
    return invitations.invite(psychic=cast.owner, room_id=cast.room.pk, username=username)


@pytest.mark.parametrize(
    "part, status", [("owner", 200), ("moderator", 200), ("participant", 403), ("restricted", 403), ("outsider", 404)]
)
def test_the_page_is_for_those_who_keep_the_room(closed_cast, part, status):
    browser, path = Browser(getattr(closed_cast, part)), f"/room/{closed_cast.room.pk}/invitations"
    assert browser.get(path).status_code == status
    assert browser.send(path, username="otto").status_code == status
    if part != "outsider":
        assert (path in browser.get(f"/room/{closed_cast.room.pk}").text) == (status == 200)
    assert Invitation.objects.filter(psychic=closed_cast.outsider).exists() == (status == 200)


def test_a_room_is_filled_by_name_and_by_link_and_both_are_withdrawn(closed_cast):
    owner, path = Browser(closed_cast.owner), f"/room/{closed_cast.room.pk}/invitations"
    Invitation.objects.all().delete()
    assert "Nobody is invited at the moment." in owner.get(path).text
    assert "otto is invited." in owner.send(path, page=path, username="otto", hours="24").text
    page = owner.send(path, page=path, max_uses="5", hours="1").text
    link = Invitation.objects.get(psychic=None)
    assert f'value="http://testserver/invite/{link.code}" readonly' in page
    assert "5 of 5 uses left" in page and '<svg viewBox="' in page
    for row in Invitation.objects.all():
        assert "Withdrawn." in owner.send(f"{path}/{row.pk}/withdraw", page=path).text
    assert "Nobody is invited at the moment." in owner.get(path).text
    assert owner.send(f"{path}/{link.pk}/withdraw", page=path).status_code == 404


@pytest.mark.parametrize(
    "fields, status, words",
    [
        ({"username": "nobody"}, 400, "No psychic has this name."),
        ({"username": "paul"}, 409, "paul is in this room already."),
        ({"username": "x" * 10_000}, 400, "No psychic has this name."),
        ({"max_uses": "many"}, 400, "from 1 to 1000 uses"),
        ({"max_uses": "1", "hours": "-1"}, 400, "from 1 to 2160 hours"),
    ],
)
def test_what_makes_no_sense_comes_back_with_the_reason(closed_cast, fields, status, words):
    before = Invitation.objects.count()
    owner, path = Browser(closed_cast.owner), f"/room/{closed_cast.room.pk}/invitations"
    answer = owner.send(path, page=path, **{"hours": "24"} | fields)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert Invitation.objects.count() == before


def test_the_form_survives_a_sign_in_that_ran_out(closed_cast):
    owner, path = Browser(closed_cast.owner), f"/room/{closed_cast.room.pk}/invitations"
    run_out(owner)
    asked = send(owner, path, {"username": "otto", "hours": "24"})
    back = sign_in(owner, asked, username="olga")
    assert 'value="otto"' in back.text and not Invitation.objects.filter(psychic=closed_cast.outsider).exists()


def test_the_lobby_shows_the_invitation_until_it_is_answered(closed_cast):
    guest, row = Browser(closed_cast.outsider), name(closed_cast)
    page = guest.get("/").text
    assert "1 invitation</a>" in page and "The garden" in page
    assert "1 invitation</a>" not in Browser(closed_cast.participant).get("/").text
    assert Browser(closed_cast.participant).send(f"/invitations/{row.pk}/decline").status_code == 404
    answer = guest.send(f"/invitations/{row.pk}/decline", page="/")
    assert "You have declined." in answer.text and "The garden" not in answer.text
    invitations.invite(psychic=closed_cast.moderator, room_id=closed_cast.room.pk, username="otto")
    went = guest.send(f"/room/{closed_cast.room.pk}/join", page="/")
    assert went.redirect_chain == [(f"/room/{closed_cast.room.pk}", 302)] and went.status_code == 200


def test_whom_one_blocks_is_not_in_the_lobby(closed_cast):
    Block.objects.create(blocker=closed_cast.outsider, blocked=closed_cast.owner)
    name(closed_cast)
    assert "The garden" not in Browser(closed_cast.outsider).get("/").text


def test_a_profile_offers_the_rooms_one_keeps(closed_cast):
    assert 'id="invite-room"' in Browser(closed_cast.moderator).get("/psychic/otto").text
    for part, other in (("participant", "otto"), ("owner", "paul"), ("owner", "olga")):
        assert 'id="invite-room"' not in Browser(getattr(closed_cast, part)).get(f"/psychic/{other}").text
    owner = Browser(closed_cast.owner)
    answer = owner.send("/psychic/otto/invite", page="/psychic/otto", room=str(closed_cast.room.pk))
    assert "otto is invited to The garden." in answer.text
    Invitation.objects.filter(psychic=closed_cast.outsider).update(declined_at="2026-01-01T00:00Z")
    again = owner.send("/psychic/otto/invite", page="/psychic/otto", room=str(closed_cast.room.pk))
    assert (again.status_code, "has declined" in again.text) == (403, True)
    stranger = Browser(closed_cast.outsider).send("/psychic/paul/invite", room=str(closed_cast.room.pk))
    assert stranger.status_code == 404


@pytest.fixture
def link(closed_cast):
    return invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk)


def press(client, path, **fields):
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).text)[1]
    return client.post(path, fields | {"csrfmiddlewaretoken": token})


def is_in(cast, username):
    return cast.room.participant_rows.active().filter(psychic__username=username).exists()


PASSWORD = "a key that nobody guesses"


def sign_up_by(client, door):
    fields = {"username": "nora", "password1": PASSWORD, "password2": PASSWORD}
    return client.post(door.url, fields, follow=True)


def test_a_newcomer_signs_up_and_stands_in_the_room(client, closed_cast, link):
    path = f"/invite/{link.code}"
    page = client.get(path)
    assert page.status_code == 200
    for part in ("olga", "The garden", "4 people are in", "Sign up and go in", "Sign in and go in"):
        assert part in page.text
    assert "paul" not in page.text
    door = press(client, path, by="sign_up")
    assert door.url == f"/accounts/signup/?next=%2Finvite%2F{link.code}"
    landed = sign_up_by(client, door)
    assert landed.redirect_chain[-1] == (f"/room/{closed_cast.room.pk}", 302)
    assert is_in(closed_cast, "nora")
    link.refresh_from_db()
    assert link.uses == 1
    assert client.get(path).url == f"/room/{closed_cast.room.pk}", "used up, and its holder is in"


def test_signing_in_goes_in_once_and_a_bare_look_never(client, closed_cast, link):
    path = f"/invite/{link.code}"
    client.get(path)
    client.force_login(closed_cast.outsider, backend="django.contrib.auth.backends.ModelBackend")
    assert "Go in" in client.get(path).text and not is_in(closed_cast, "otto")
    client.logout()
    door = press(client, path, by="sign_in")
    landed = client.post(door.url, {"login": "otto", "password": "open the third eye"}, follow=True)
    assert landed.redirect_chain[-1] == (f"/room/{closed_cast.room.pk}", 302) and is_in(closed_cast, "otto")
    assert "invitation" not in client.session


@pytest.mark.parametrize("case", ["full", "banned", "withdrawn", "wrong"])
def test_who_cannot_go_in_is_told_why_and_nothing_is_used(client, closed_cast, link, case):
    path = f"/invite/{link.code}"
    door = press(client, path, by="sign_in")
    words = {
        "full": (409, "This room is full"),
        "banned": (403, "The reason given: Rude."),
        "withdrawn": (404, "This invitation lets nobody in"),
        "wrong": (404, "This invitation lets nobody in"),
    }[case]
    if case == "full":
        services.update_room(psychic=closed_cast.owner, room_id=closed_cast.room.pk, max_participants=4)
    elif case == "banned":
        restrictions.restrict(
            psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="otto", kind="ban", reason="Rude."
        )
    elif case == "withdrawn":
        invitations.withdraw_invitation(psychic=closed_cast.owner, room_id=closed_cast.room.pk, invitation_id=link.pk)
    else:
        door.headers["Location"] = "/accounts/login/?next=/invite/guess"
    landed = client.post(door.url, {"login": "otto", "password": "open the third eye"}, follow=True)
    assert (landed.status_code, words[1] in landed.text) == (words[0], True), landed.text
    link.refresh_from_db()
    assert (is_in(closed_cast, "otto"), link.uses) == (False, 0)


def test_the_old_address_leads_there(client, closed_cast, link):
    old = f"/room/{closed_cast.room.pk}?invitation={link.code}"
    assert client.get(old).url == f"/invite/{link.code}"
    assert Browser(closed_cast.outsider).get(old).url == f"/invite/{link.code}"
    assert Browser(closed_cast.participant).get(old).status_code == 200


def test_guessing_is_bounded(client, closed_cast, link, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"INVITATION_LOOK_RATE": settings.LIMITS["JOIN_RATE"]._replace(burst=2)}
    answers = [client.get(f"/invite/{code}") for code in ("guess", "y" * 200, link.code)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[0].text == answers[1].text and "Retry-After" in answers[2].headers


def test_anothers_invitation_is_as_good_as_none(closed_cast):
    row = name(closed_cast)
    assert "Go in" in Browser(closed_cast.outsider).get(f"/invite/{row.code}").text
    other = Browser(type(closed_cast.owner).objects.create_user("nick", password="x"))
    assert other.get(f"/invite/{row.code}").status_code == 404
