"""Guided sessions over REST and through the services: who begins and ends them, silence, sittings, what is swept."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import services as messaging
from messaging import writer
from presence.models import Connection, Node, Psychic
from presence.registry import Closed, Opened, Register
from presence.services import set_presence
from rooms import guides, piece, services, session_sweep, sessions, sittings
from rooms.models import Guide, Room, Session, Sitting
from rooms.session_news import recent_changes
from rooms.tests.conftest import make_psychic
from rooms.tests.test_rooms import refused

pytestmark = pytest.mark.django_db

SESSION = {"id", "room", "guide", "started_at", "ended_at", "steps"}


def steps(*parts):
    """(kind, seconds) one after the other."""
    result, at = [], 0
    for kind, seconds in parts:
        result.append({"at": at, "kind": kind, "text": "", "seconds": seconds})
        at += seconds
    return result


SILENT = steps(("silence", 600))
ROUND = steps(("prompt", 60), ("sharing", 600), ("prompt", 60))


def guide(ada, parts):
    return guides.create_guide(psychic=ada, name="Guide", steps=parts)


@pytest.fixture
def quiet(ada, bob):
    """Ada's meditation room, with Bob in it."""
    room, _ = services.create_room(psychic=ada, name="Quiet", kind="meditation")
    services.join_room(psychic=bob, room_id=room.pk)
    return room


def begin(psychic, room, parts=SILENT):
    return sessions.start_session(psychic=psychic, room_id=room.pk, guide_id=guide(psychic, parts).pk)


def move(session, seconds):
    """As if the session had begun so much earlier."""
    earlier = timedelta(seconds=seconds)
    session.refresh_from_db()
    session.started_at -= earlier
    session.ends_at -= earlier
    session.led_since -= earlier
    if session.held_since:
        session.held_since -= earlier
    session.save()


@pytest.fixture
def node(db):
    return Node.objects.create(host="here", pid=1)


def connect(node, psychic, room=None):
    row = Connection.objects.create(psychic=psychic, node=node, room_id=room.pk if room else None)
    Psychic.objects.filter(pk=psychic.pk).update(connection_id=row.pk)
    return row


def say(psychic, room, text="hello"):
    return messaging.post_message(psychic=psychic, room_id=room.pk, content=text)


# Beginning and ending


def test_a_moderator_begins_and_ends_a_session(quiet, ada, bob, mallory, api):
    chosen = guide(ada, SILENT)
    path = f"/rooms/{quiet.pk}/session"
    assert api(ada).get(path).status_code == 404
    answer = api(ada).post(path, {"guide": chosen.pk}, format="json")
    assert answer.status_code == 201
    session = answer.json()
    assert set(session) == SESSION
    assert (session["room"], session["guide"], session["ended_at"]) == (quiet.pk, chosen.pk, None)
    assert session["steps"] == SILENT and session["started_at"].endswith("Z")
    for psychic in (ada, bob, mallory):  # the room is open
        assert api(psychic).get(path).json() == session
    again = api(ada).post(path, {"guide": chosen.pk}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert api(ada).delete(path).status_code == 204
    assert api(ada).get(path).status_code == api(ada).delete(path).status_code == 404
    assert api(ada).post(path, {"guide": chosen.pk}, format="json").status_code == 201


def test_who_may_not_does_not(quiet, open_room, room, ada, bob, mallory, api):
    chosen = Guide.objects.library().first()
    body = {"guide": chosen.pk}
    for psychic, where, status, code in [
        (bob, quiet, 403, "permission_denied"), (mallory, quiet, 403, "not_participant"),
        (ada, open_room, 409, "conflict"), (ada, room, 409, "conflict"), (mallory, room, 404, "not_found"),
    ]:  # fmt: skip
        answer = api(psychic).post(f"/rooms/{where.pk}/session", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (status, code), (psychic, where)
    begin(ada, quiet)
    assert api(bob).delete(f"/rooms/{quiet.pk}/session").json()["code"] == "permission_denied"
    assert api(mallory).delete(f"/rooms/{quiet.pk}/session").json()["code"] == "not_participant"
    assert api(mallory).get(f"/rooms/{room.pk}/session").status_code == 404


@pytest.mark.parametrize("body", [{}, {"guide": "1"}, {"guide": None}, {"guide": True}, {"guide": 1, "at": 1}])
def test_a_start_that_makes_no_sense_is_refused(quiet, ada, api, body):
    answer = api(ada).post(f"/rooms/{quiet.pk}/session", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_a_guide_one_may_not_see_is_not_there(quiet, ada, mallory, api):
    secret = guide(mallory, SILENT)
    path = f"/rooms/{quiet.pk}/session"
    answers = [api(ada).post(path, {"guide": pk}, format="json") for pk in (secret.pk, 10**9, 0, -1, 2**63)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[1].content)}


def test_the_guide_of_a_session_may_change_and_go(quiet, ada):
    session = begin(ada, quiet)
    guides.update_guide(psychic=ada, guide_id=session.guide_id, name="Other", steps=ROUND)
    guides.delete_guide(psychic=ada, guide_id=session.guide_id)
    found = sessions.get_session(psychic=ada, room_id=quiet.pk)
    assert (found.guide_id, found.name, found.steps) == (None, "Guide", SILENT)


def test_a_session_whose_time_is_over_is_over_before_anybody_has_swept(quiet, ada, bob):
    first = begin(ada, quiet)
    move(first, 601)
    refused("not_found", sessions.get_session, psychic=ada, room_id=quiet.pk)
    refused("not_found", sessions.end_session, psychic=ada, room_id=quiet.pk)
    say(bob, quiet)
    second = begin(ada, quiet)
    first.refresh_from_db()
    assert first.ended_at == first.ends_at
    assert sessions.get_session(psychic=ada, room_id=quiet.pk) == second


def test_the_sweep_ends_it_at_its_own_time_and_once(quiet, ada, bob, listen):
    session = begin(ada, quiet)
    move(session, 650)
    ear = listen(quiet.pk)
    session_sweep.sweep()
    session_sweep.sweep()
    heard = [line for _, _, line in ear.heard() if line["type"].startswith("session.")]
    assert [line["type"] for line in heard] == ["session.ended"]
    session.refresh_from_db()
    assert session.ended_at == session.ends_at
    assert set(heard[0]["payload"]) == SESSION
    assert Room.objects.get(pk=quiet.pk).session_id is None


def test_an_ended_room_ends_its_session(quiet, ada):
    session = begin(ada, quiet)
    services.end_room(psychic=ada, room_id=quiet.pk)
    session_sweep.sweep()
    session.refresh_from_db()
    assert session.ended_at is not None


def test_sweeping_costs_little_where_nothing_runs(quiet, django_assert_num_queries):
    with django_assert_num_queries(2):
        session_sweep.sweep()
    with django_assert_num_queries(1):
        assert recent_changes(timezone.now() - timedelta(seconds=10), {quiet.pk}) == []


def test_a_process_that_was_told_nothing_finds_it_in_the_table(quiet, ada, node):
    since = timezone.now()
    session = begin(ada, quiet, ROUND)
    assert [one["event"] for one in recent_changes(since, {quiet.pk})] == ["session.started"]
    connect(node, ada, quiet)
    sittings.sit(psychic=ada, room_id=quiet.pk)
    move(session, 60)
    piece.ask_for_piece(psychic=ada, room_id=quiet.pk)
    found = recent_changes(since, {quiet.pk})
    assert [one["event"] for one in found] == ["session.started", "circle.changed", "piece.changed"]
    assert recent_changes(since, {quiet.pk + 1}) == []
    sessions.end_session(psychic=ada, room_id=quiet.pk)
    assert [one["event"] for one in recent_changes(since, {quiet.pk})] == ["session.ended"]


# Silence


def test_silence_locks_the_room_for_everybody_moderators_too(quiet, ada, bob, api):
    first, _ = say(bob, quiet, "before")
    session = begin(ada, quiet, steps(("prompt", 60), ("silence", 300), ("bell", 0), ("silence", 300), ("prompt", 60)))
    own, _ = say(ada, quiet, "in a prompt one may write")
    move(session, 61)
    session.refresh_from_db()
    for psychic in (ada, bob):
        answer = api(psychic).post(f"/rooms/{quiet.pk}/messages", {"content": "psst"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "muted")
        until = (session.started_at + timedelta(seconds=660)).isoformat().replace("+00:00", "Z")
        assert (answer.json()["reason"], answer.json()["until"]) == ("Silence", until)
    assert refused("muted", messaging.edit_message, psychic=bob, message_id=first.id, content="x").extra["reason"]
    refused("muted", messaging.react, psychic=ada, message_id=first.id, emoji="👁", on=True)
    # What should not stand there can be taken away at any time.
    messaging.delete_message(psychic=bob, message_id=first.id)
    move(session, 600)
    say(bob, quiet, "after")


def test_a_known_nonce_is_answered_in_silence_too(quiet, ada, bob):
    nonce = uuid.uuid4()
    fields = {"psychic": bob, "room_id": quiet.pk, "content": "once", "nonce": nonce}
    stored, _ = messaging.post_message(**fields)
    begin(ada, quiet)
    again, duplicate = messaging.post_message(**fields)
    assert (again.id, duplicate) == (stored.id, True)


def test_a_batch_asks_for_sessions_only_where_one_runs(quiet, ada, bob, django_assert_num_queries):
    def draft():
        return messaging.make_draft(psychic=bob, room_id=quiet.pk, content="hello")

    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            writer.commit([draft()])
        return [query["sql"] for query in captured if "room_sessions" in query["sql"]]

    assert queries() == []
    begin(ada, quiet, steps(("prompt", 600)))
    assert len(queries()) == 1


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
    opened = Opened(uuid.uuid4(), bob.pk, None, "", "")
    register.record([opened])
    begin(ada, quiet)
    sittings.sit(psychic=bob, room_id=quiet.pk)
    Sitting.objects.update(since=timezone.now() - timedelta(seconds=100))
    register.record([Closed(opened.connection_id, bob.pk, "lost", 1006, "")])
    session_sweep.sweep()
    row = Sitting.objects.get()
    assert row.since and row.away_since, "the grace is not over"

    back = Opened(uuid.uuid4(), bob.pk, None, "", "")
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
    services.restrict(psychic=ada, room_id=quiet.pk, username="bob", kind="kick", reason="loud")
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
        services.set_role(psychic=ada, room_id=quiet.pk, username=name, role="moderator")
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


# The talking piece


@pytest.fixture
def circle(quiet, ada, bob, node):
    """A sharing round in Ada's room: (room, session, cleo)."""
    cleo = make_psychic("cleo")
    services.join_room(psychic=cleo, room_id=quiet.pk)
    for psychic in (ada, bob, cleo):
        connect(node, psychic, quiet)
    session = begin(ada, quiet, ROUND)
    move(session, 61)
    return quiet, session, cleo


def names(state):
    return state.holder and state.holder.username, [one.username for one in state.queue]


def test_one_voice_at_a_time(circle, ada, bob):
    room, _, cleo = circle
    assert refused("muted", say, psychic=ada, room=room).extra["reason"] == "Nobody holds the talking piece"
    assert names(piece.ask_for_piece(psychic=bob, room_id=room.pk)) == ("bob", [])
    assert names(piece.ask_for_piece(psychic=ada, room_id=room.pk)) == ("bob", ["ada"])
    assert names(piece.ask_for_piece(psychic=cleo, room_id=room.pk)) == ("bob", ["ada", "cleo"])
    assert names(piece.ask_for_piece(psychic=cleo, room_id=room.pk)) == ("bob", ["ada", "cleo"])
    say(bob, room, "mine")
    for other in (ada, cleo):
        assert "somebody else" in refused("muted", say, psychic=other, room=room).extra["reason"]
    assert names(piece.pass_piece(psychic=cleo, room_id=room.pk)) == ("bob", ["ada"])
    refused("permission_denied", piece.pass_piece, psychic=cleo, room_id=room.pk)
    assert names(piece.pass_piece(psychic=bob, room_id=room.pk)) == ("ada", [])
    refused("muted", say, psychic=bob, room=room)
    say(ada, room, "now me")
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    assert names(piece.pass_piece(psychic=ada, room_id=room.pk)) == ("bob", [])
    assert names(piece.pass_piece(psychic=ada, room_id=room.pk)) == (None, []), "who leads takes it from the holder"


def test_outside_of_a_round_there_is_no_piece(quiet, circle, ada, bob, mallory):
    room, session, _ = circle
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    refused("not_participant", piece.ask_for_piece, psychic=mallory, room_id=room.pk)
    move(session, 601)
    for act in (piece.ask_for_piece, piece.pass_piece):
        refused("conflict", act, psychic=bob, room_id=room.pk)
    say(ada, room, "the round is over")
    assert sittings.look(psychic=ada, room_id=room.pk).piece.holder is None


def test_the_piece_moves_on_when_its_holder_goes(circle, ada, bob, listen):
    room, session, cleo = circle
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    piece.ask_for_piece(psychic=cleo, room_id=room.pk)
    piece.ask_for_piece(psychic=ada, room_id=room.pk)
    ear = listen(room.pk)
    Connection.objects.filter(psychic__in=[bob, cleo]).delete()
    session_sweep.sweep()
    session_sweep.sweep()
    [line] = [line for _, _, line in ear.heard() if line["type"] == "piece.changed"]
    assert line["payload"]["holder"]["username"] == "ada" and line["payload"]["queue"] == []
    say(ada, room)


def test_the_piece_moves_on_after_its_time_where_somebody_waits(circle, ada, bob):
    room, session, _ = circle
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    move(session, 181)
    session_sweep.sweep()
    assert names(sittings.look(psychic=ada, room_id=room.pk).piece) == ("bob", [])
    assert names(piece.ask_for_piece(psychic=ada, room_id=room.pk)) == ("ada", [])
    piece.ask_for_piece(psychic=bob, room_id=room.pk)
    move(session, 181)
    session_sweep.sweep()
    assert names(sittings.look(psychic=ada, room_id=room.pk).piece) == ("bob", [])


def test_who_is_muted_gets_no_piece(circle, ada, bob):
    room, _, _ = circle
    services.restrict(psychic=ada, room_id=room.pk, username="bob", kind="mute", reason="loud")
    assert refused("muted", piece.ask_for_piece, psychic=bob, room_id=room.pk).extra["reason"] == "loud"
