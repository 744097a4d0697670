"""Reports: of what one may see, with the thing as it was, answered once."""

import threading
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from messaging import edits, reports, services
from messaging.models import Message, MessageType, Report
from messaging.tests.conftest import refused
from mindnet.base.errors import DomainError
from presence import profiles
from presence.models import Psychic
from rooms import invitations
from rooms import services as rooms

pytestmark = pytest.mark.django_db

MISSING = 2**40


def post(psychic, room, content):
    return services.post_message(psychic=psychic, room_id=room.pk, content=content)[0].id


def code_of(work, **fields):
    with pytest.raises(DomainError) as caught:
        work(**fields)
    return caught.value.code


@pytest.fixture
def message(closed_cast):
    """Paul's, in the middle of a talk."""
    for number in range(4):
        post(closed_cast.owner, closed_cast.room, f"before {number}")
    message = post(closed_cast.participant, closed_cast.room, "I know where you live")
    for number in range(4):
        post(closed_cast.owner, closed_cast.room, f"after {number}")
    return message


@pytest.fixture
def judge(db):
    judge = Psychic.objects.create_user("judge", password="open the third eye", is_staff=True)
    judge.user_permissions.add(Permission.objects.get(codename="change_report"))
    return judge


def test_a_report_keeps_the_message_as_it_was(closed_cast, message):
    report, is_new = reports.report(psychic=closed_cast.moderator, message=message, reason="  A threat.\r\nReally. ")
    edits.edit_message(psychic=closed_cast.participant, message_id=message, content="I like where you live")
    services.delete_message(psychic=closed_cast.participant, message_id=message)
    report.refresh_from_db()
    kept = report.evidence
    assert is_new and report.reason == "A threat.\nReally." and report.state == "open"
    assert (kept["kind"], kept["message"]["content"]) == ("message", "I know where you live")
    assert (kept["message"]["sender"], kept["message"]["deleted"], kept["room"]["name"]) == (
        "paul",
        False,
        "The garden",
    )
    assert [one["content"] for one in kept["before"]] == ["before 1", "before 2", "before 3"]
    assert [one["content"] for one in kept["after"]] == ["after 0", "after 1", "after 2"]


def test_nothing_is_kept_of_a_sealed_message(closed_cast, message):
    Message.objects.filter(pk=message).update(message_type=MessageType.SEALED, content="envelope")
    report, _ = reports.report(psychic=closed_cast.owner, message=message, reason="Loud.")
    assert report.evidence["message"]["message_type"] == "sealed"
    assert "envelope" not in str(report.evidence)


def test_a_report_keeps_persons_and_rooms_as_they_were(cast):
    profiles.update_profile(psychic=cast.participant, bio="I sell things", display_name="Dr. Paul")
    of_person, _ = reports.report(psychic=cast.owner, username="PAUL", reason="Advertising.")
    of_room, _ = reports.report(psychic=cast.outsider, room=cast.room.pk, reason="All of it.")
    profiles.update_profile(psychic=cast.participant, bio="")
    rooms.update_room(psychic=cast.owner, room_id=cast.room.pk, name="The lawn")
    of_person.refresh_from_db()
    of_room.refresh_from_db()
    assert (of_person.psychic, of_person.evidence["bio"]) == (cast.participant, "I sell things")
    assert (of_room.evidence["name"], of_room.evidence["owners"]) == ("The garden", ["olga"])


@pytest.mark.parametrize("part", ["owner", "moderator", "restricted"])
def test_whoever_may_read_may_report(api, closed_cast, message, part):
    name = getattr(closed_cast, part).username
    answer = api(name, "post", "/reports", {"message": message, "reason": "A threat."})
    assert answer.status_code == 201, answer.content
    assert answer.json()["message"] == message and answer.json()["state"] == "open"
    again = api(name, "post", "/reports", {"message": message, "reason": "I said: a threat."})
    assert (again.status_code, again.json()) == (200, answer.json())


def test_what_one_may_not_see_does_not_exist(api, closed_cast, message):
    Psychic.objects.create_user("nora", password="open the third eye")
    given = invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="nora")
    for what, number in (("message", message), ("room", closed_cast.room.pk), ("invitation", given.pk)):
        hidden = api("otto", "post", "/reports", {what: number, "reason": "Curious."})
        missing = api("otto", "post", "/reports", {what: MISSING, "reason": "Curious."})
        refused(hidden, 404, "not_found")
        assert hidden.content == missing.content
    refused(api("otto", "post", "/reports", {"username": "nobody", "reason": "Curious."}), 404, "not_found")
    refused(api("otto", "post", "/reports", {"message": 2**70, "reason": "Curious."}), 404, "not_found")
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "body, field",
    [
        ({"reason": "Why?"}, "message"),
        ({"username": "olga", "room": 1, "reason": "Why?"}, "message"),
        ({"username": "otto", "reason": "Me."}, "username"),
        ({"username": "olga"}, "reason"),
        ({"username": "olga", "reason": " \u200b\n"}, "reason"),
        ({"username": "olga", "reason": "x" * 10_000}, "reason"),
        ({"username": "olga", "reason": "bell \x07"}, "reason"),
        ({"username": "olga", "reason": "x", "state": "done"}, "state"),
    ],
)
def test_bad_input_reports_nothing(api, cast, body, field):
    answer = api("otto", "post", "/reports", body)
    refused(answer, 400, "validation_error")
    assert field in answer.json()["errors"]
    assert not Report.objects.exists()


def test_nobody_reports_their_own_message(api, closed_cast, message):
    refused(api("paul", "post", "/reports", {"message": message, "reason": "Mine."}), 400, "validation_error")


def test_one_reads_ones_own_reports_newest_first(api, cast, judge):
    first = api("otto", "post", "/reports", {"username": "paul", "reason": "One."}).json()["id"]
    second = api("otto", "post", "/reports", {"room": cast.room.pk, "reason": "Two."}).json()["id"]
    api("olga", "post", "/reports", {"username": "otto", "reason": "Of Otto."})
    reports.answer(by=judge, report_id=first, state="done", words="Paul has been spoken to.")
    listed = api("otto", "get", "/reports").json()
    assert [one["id"] for one in listed["results"]] == [second, first]
    assert [one["state"] for one in listed["results"]] == ["open", "done"]
    assert listed["results"][1]["answer"] == "Paul has been spoken to."
    assert "evidence" not in listed["results"][0] and "judge" not in str(listed)


def test_a_reported_invitation_is_declined(closed_cast):
    otto = closed_cast.outsider
    given = invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="otto")
    report, _ = reports.report(psychic=otto, invitation=given.pk, reason="Stop inviting me.")
    given.refresh_from_db()
    assert given.declined_at is not None
    assert (report.evidence["by"], report.evidence["room"]["name"]) == ("olga", "The garden")
    assert code_of(rooms.join_room, psychic=otto, room_id=closed_cast.room.pk, invitation=given.code) == "not_found"


def test_the_second_operator_is_told_that_it_was_answered(cast, judge):
    report, _ = reports.report(psychic=cast.outsider, username="paul", reason="Rude.")
    second = Psychic.objects.create_superuser("second", password="open the third eye")
    reports.answer(by=judge, report_id=report.pk, state="dismissed", words="That is how he is.")
    with pytest.raises(DomainError, match=r"answered already, by judge: That is how he is\.") as caught:
        reports.answer(by=second, report_id=report.pk, state="done", words="Banned.")
    assert caught.value.code == "conflict"
    report.refresh_from_db()
    assert (report.state, report.answered_by) == ("dismissed", judge)
    assert LogEntry.objects.get().user == judge
    # Answered, it may be reported again.
    assert reports.report(psychic=cast.outsider, username="paul", reason="Again.")[1]


@pytest.mark.parametrize("part", ["owner", "moderator", "participant", "restricted", "outsider"])
def test_only_operators_answer(cast, part):
    report, _ = reports.report(psychic=cast.outsider, room=cast.room.pk, reason="All of it.")
    by = getattr(cast, part)
    assert code_of(reports.answer, by=by, report_id=report.pk, state="done", words="x") == "permission_denied"
    report.refresh_from_db()
    assert report.state == "open"


@pytest.mark.parametrize("state, words", [("open", "x"), ("gone", "x"), ("done", " "), ("done", "x" * 1001)])
def test_an_answer_says_what_and_why(cast, judge, state, words):
    report, _ = reports.report(psychic=cast.outsider, room=cast.room.pk, reason="All of it.")
    assert code_of(reports.answer, by=judge, report_id=report.pk, state=state, words=words) == "validation_error"


def test_an_answer_is_news_until_it_was_looked_at(cast, judge):
    report, _ = reports.report(psychic=cast.outsider, username="paul", reason="Rude.")
    reports.mark_seen(cast.outsider)
    reports.answer(by=judge, report_id=report.pk, state="done", words="Thank you.")
    assert reports.unseen_answers(cast.outsider).exists() and not reports.unseen_answers(cast.owner).exists()
    reports.mark_seen(cast.outsider)
    assert not reports.unseen_answers(cast.outsider).exists()


def test_answered_reports_are_removed_in_time_and_open_ones_never(cast, judge):
    answered, _ = reports.report(psychic=cast.outsider, username="paul", reason="Rude.")
    waiting, _ = reports.report(psychic=cast.outsider, username="olga", reason="Rude.")
    reports.answer(by=judge, report_id=answered.pk, state="done", words="Thank you.")
    now = timezone.now()
    Report.objects.update(created_at=now - timedelta(days=900))
    assert reports.remove_answered(now - timedelta(days=180)) == 0
    assert reports.remove_answered(now + timedelta(seconds=1)) == 1
    assert list(Report.objects.all()) == [waiting]


@pytest.mark.django_db(transaction=True)
def test_the_same_report_twice_in_one_moment_is_one(cast):
    found, barrier = [], threading.Barrier(2)

    def send():
        barrier.wait()
        found.append(reports.report(psychic=cast.outsider, username="paul", reason="Rude."))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(is_new for _, is_new in found) == [False, True]
    assert Report.objects.count() == 1
