"""Sitting in a session, being held and given back, going and coming, and who leads when others have gone."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from presence.closing import Login
from presence.models import Connection
from presence.registry import Closed, Opened, Register
from presence.services import set_presence
from rooms import restrictions, roles, services, session_sweep, sessions, sittings
from rooms.models import Session, Sitting
from rooms.tests.checks import refused
from rooms.tests.conftest import make_psychic
from rooms.tests.gatherings import ROUND, begin, connect, move

pytestmark = pytest.mark.django_db


# Sitting


def test_who_sits_meditates_to_the_end_and_is_given_back(quiet, ada, bob, node):
    connect(node, bob, quiet)
    session = begin(ada, quiet)
    state = sittings.sit(psychic=bob, room_id=quiet.pk)
    assert (state.presence.status, state.presence.until) == ("meditating", session.ends_at)
    assert (state.circle.sitting, state.circle.leader.username, state.sitting.left_at) == (1, "ada", None)
    sittings.sit(psychic=bob, room_id=quiet.pk)
    sessions.end_session(psychic=ada, room_id=quiet.pk)
    bob.refresh_from_db()
    assert (bob.chosen_status, bob.until, bob.status) == ("", None, "online")
    assert Sitting.objects.get().is_holding is False


def test_who_has_left_does_not_read_who_sits_now(quiet, ada, bob, api):
    session = begin(ada, quiet)
    for psychic in (ada, bob):
        sittings.sit(psychic=psychic, room_id=quiet.pk)

    def seen_by_bob():
        results = api(bob).get(f"/sessions/{session.pk}/sittings").json()["results"]
        return sorted(one["psychic"]["username"] for one in results)

    assert seen_by_bob() == ["ada", "bob"]
    services.leave_room(psychic=bob, room_id=quiet.pk)
    assert seen_by_bob() == ["bob"]
    sessions.end_session(psychic=ada, room_id=quiet.pk)
    assert seen_by_bob() == ["ada", "bob"]


def test_who_sits_is_called_back_for_the_first_sharing(quiet, ada, bob, node):
    connect(node, bob, quiet)
    session = begin(ada, quiet, ROUND)
    state = sittings.sit(psychic=bob, room_id=quiet.pk)
    assert state.presence.until == session.started_at + timedelta(seconds=60)
    sittings.rise(psychic=bob, room_id=quiet.pk)
    move(session, 61)
    assert sittings.sit(psychic=bob, room_id=quiet.pk).presence.status == "online"


def test_ones_own_choice_is_left_alone(quiet, ada, bob, node):
    for psychic in (ada, bob):
        connect(node, psychic, quiet)
    begin(ada, quiet)
    set_presence(psychic=ada, status="invisible")
    later = timezone.now() + timedelta(hours=1)
    set_presence(psychic=bob, status="meditating", until=later)
    assert sittings.sit(psychic=ada, room_id=quiet.pk).presence.status == "invisible"
    assert sittings.sit(psychic=bob, room_id=quiet.pk).circle.sitting == 1, "nobody sees who is invisible"
    sessions.end_session(psychic=ada, room_id=quiet.pk)
    for psychic, status, until in [(ada, "invisible", None), (bob, "meditating", later)]:
        psychic.refresh_from_db()
        assert (psychic.chosen_status, psychic.until) == (status, until)
    seen = sittings.sitters(psychic=bob, session_id=Session.objects.get().pk)
    assert [row.psychic for row in seen] == [bob]
    assert sittings.sitters(psychic=ada, session_id=Session.objects.get().pk).count() == 2


def test_rising_and_coming_back_is_one_sitting(quiet, ada, bob):
    begin(ada, quiet)
    sittings.sit(psychic=bob, room_id=quiet.pk)
    Sitting.objects.update(since=timezone.now() - timedelta(seconds=100))
    sittings.rise(psychic=bob, room_id=quiet.pk)
    sittings.rise(psychic=bob, room_id=quiet.pk)
    sittings.sit(psychic=bob, room_id=quiet.pk)
    Sitting.objects.update(since=timezone.now() - timedelta(seconds=50))
    sessions.end_session(psychic=ada, room_id=quiet.pk)
    row = Sitting.objects.get()
    assert 150 <= row.seconds < 160 and row.left_at and row.since is None


def test_who_sat_and_how_long_is_for_those_who_did(quiet, ada, bob, mallory, api):
    session = begin(ada, quiet)
    for psychic in (ada, bob):
        sittings.sit(psychic=psychic, room_id=quiet.pk)
    Sitting.objects.filter(psychic=bob).update(since=timezone.now() - timedelta(seconds=90))
    sessions.end_session(psychic=ada, room_id=quiet.pk)
    path = f"/sessions/{session.pk}/sittings"
    found = api(bob).get(path).json()["results"]
    assert {one["psychic"]["username"]: round(one["seconds"], -1) for one in found} == {"bob": 90, "ada": 0}
    assert set(found[0]) == {"id", "session", "room", "name", "psychic", "joined_at", "left_at", "seconds"}
    services.join_room(psychic=mallory, room_id=quiet.pk)
    outside = api(mallory).get(path)
    assert (outside.status_code, outside.content) == (404, api(mallory).get("/sessions/999999/sittings").content)
    assert [one["psychic"]["id"] for one in api(bob).get("/psychics/me/sittings").json()["results"]] == [bob.pk]
    assert api(mallory).get("/psychics/me/sittings").json()["results"] == []


def test_own_sittings_come_newest_first_in_pages_and_few_queries(quiet, ada, api, django_assert_max_num_queries):
    for _ in range(3):
        begin(ada, quiet)
        sittings.sit(psychic=ada, room_id=quiet.pk)
        sessions.end_session(psychic=ada, room_id=quiet.pk)
    client = api(ada)
    with django_assert_max_num_queries(4):
        page = client.get("/psychics/me/sittings?limit=2").json()
    ids = [one["id"] for one in page["results"]]
    assert ids == sorted(ids, reverse=True) and page["next"]
    assert len(client.get(page["next"]).json()["results"]) == 1


# Who goes


def test_a_lost_connection_ends_the_sitting_when_it_was_lost(quiet, ada, bob, node):
    register = Register(node)
    opened = Opened(uuid.uuid4(), bob.pk, None, "", Login())
    register.record([opened])
    begin(ada, quiet)
    sittings.sit(psychic=bob, room_id=quiet.pk)
    Sitting.objects.update(since=timezone.now() - timedelta(seconds=100))
    register.record([Closed(opened.connection_id, bob.pk, "lost", 1006, "")])
    session_sweep.sweep()
    row = Sitting.objects.get()
    assert row.since and row.away_since, "the grace is not over"

    back = Opened(uuid.uuid4(), bob.pk, None, "", Login())
    register.record([back])
    assert Sitting.objects.get().away_since is None

    register.record([Closed(back.connection_id, bob.pk, "lost", 1006, "")])
    lost_at = Sitting.objects.get().away_since
    Connection.objects.all().delete()  # the grace is over
    session_sweep.sweep()
    row = Sitting.objects.get()
    assert (row.since, row.left_at) == (None, lost_at) and 100 <= row.seconds < 110
    session_sweep.sweep()
    bob.refresh_from_db()
    assert bob.chosen_status == ""


def test_who_is_out_of_the_room_sits_no_longer(quiet, ada, bob, node):
    for psychic in (ada, bob):
        connect(node, psychic, quiet)
    begin(ada, quiet)
    sittings.sit(psychic=bob, room_id=quiet.pk)
    restrictions.restrict(psychic=ada, room_id=quiet.pk, username="bob", kind="kick", reason="loud")
    session_sweep.sweep()
    bob.refresh_from_db()
    assert Sitting.objects.get().since is None and bob.chosen_status == ""


def leader_of(session):
    session.refresh_from_db()
    return session.leader.username


def test_leading_goes_to_the_longest_present_moderator_else_owner_else_who_sits(quiet, ada, bob, node):
    cleo, dion, emil = (make_psychic(name) for name in ("cleo", "dion", "emil"))
    for psychic in (cleo, dion, emil):
        services.join_room(psychic=psychic, room_id=quiet.pk)
    for name in ("cleo", "dion"):
        roles.set_role(psychic=ada, room_id=quiet.pk, username=name, role="moderator")
    session = begin(dion, quiet)
    present = {"ada": ada, "cleo": cleo, "bob": bob, "emil": emil}
    here = {name: connect(node, one, quiet) for name, one in present.items()}
    session_sweep.sweep()
    assert leader_of(session) == "dion", "who began it has the grace to come"
    move(session, 11)
    session_sweep.sweep()
    assert leader_of(session) == "cleo"
    sittings.sit(psychic=emil, room_id=quiet.pk)

    def gone(name):
        here.pop(name).delete()
        Session.objects.update(led_since=timezone.now() - timedelta(seconds=11))
        session_sweep.sweep()

    gone("cleo")
    assert leader_of(session) == "ada"
    gone("ada")
    assert leader_of(session) == "emil", "bob looks on and does not sit"
    refused("permission_denied", sessions.end_session, psychic=bob, room_id=quiet.pk)
    sessions.end_session(psychic=emil, room_id=quiet.pk)


def test_leading_shows_nobody_invisible(quiet, ada, bob, node):
    session = begin(ada, quiet)
    connect(node, bob, quiet)
    set_presence(psychic=bob, status="invisible")
    sittings.sit(psychic=bob, room_id=quiet.pk)
    move(session, 20)
    session_sweep.sweep()
    assert leader_of(session) == "ada"
