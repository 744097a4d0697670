"""Guided sessions over REST and through the services: who begins and ends them, silence, what is swept."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import edits, reactions, writer
from messaging import services as messaging
from rooms import guides, piece, services, session_sweep, sessions, sittings
from rooms.models import Guide, Room
from rooms.session_news import recent_changes
from rooms.tests.checks import refused
from rooms.tests.gatherings import ROUND, SILENT, begin, connect, guide, move, say, steps

pytestmark = pytest.mark.django_db

SESSION = {"id", "room", "guide", "started_at", "ended_at", "steps"}


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
    _own, _ = say(ada, quiet, "in a prompt one may write")
    move(session, 61)
    session.refresh_from_db()
    for psychic in (ada, bob):
        answer = api(psychic).post(f"/rooms/{quiet.pk}/messages", {"content": "psst"}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (403, "muted")
        until = (session.started_at + timedelta(seconds=660)).isoformat().replace("+00:00", "Z")
        assert (answer.json()["reason"], answer.json()["until"]) == ("Silence", until)
    assert refused("muted", edits.edit_message, psychic=bob, message_id=first.id, content="x").extra["reason"]
    refused("muted", reactions.react, psychic=ada, message_id=first.id, emoji="👁", on=True)
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
