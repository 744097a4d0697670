"""The operators' queue, with real reports behind it."""

import pytest
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.auth.models import Permission

from messaging import reports, services
from messaging.models import Message, Report
from presence.models import Psychic
from rooms import invitations
from rooms.models import Invitation, LogEntry, Restriction

pytestmark = pytest.mark.django_db

QUEUE = "/admin/messaging/report/"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def message(cast):
    out, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content=f"I know you {SCRIPT}")
    return Message.objects.get(pk=out.id)


@pytest.fixture
def report(cast, message):
    return reports.report(psychic=cast.outsider, message=message.pk, reason=f"A threat {SCRIPT}")[0]


@pytest.fixture
def sol():
    return Psychic.objects.create_superuser("sol", password="open the third eye")


@pytest.fixture
def admin(client, sol):
    client.force_login(sol)
    return client


def staff(name, *permissions):
    psychic = Psychic.objects.create_user(name, password="open the third eye", is_staff=True)
    psychic.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return psychic


def page(report):
    return f"{QUEUE}{report.pk}/change/"


def do(client, report, deed, **fields):
    return client.post(page(report), {"deed": deed, "reason": "Threats.", "confirmed": "yes"} | fields, follow=True)


def found(answer):
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def test_the_queue_begins_with_who_has_waited_longest(admin, sol, cast, report):
    answered = reports.report(psychic=cast.owner, username="otto", reason="Absent.")[0]
    reports.answer(by=sol, report_id=answered.pk, state="dismissed", words="He is free to.")
    newer = reports.report(psychic=cast.owner, room=cast.room.pk, reason="My own.")[0]
    assert found(admin.get(QUEUE)) == [report, newer, answered]
    assert found(admin.get(f"{QUEUE}?state__exact=open")) == [report, newer]
    assert found(admin.get(f"{QUEUE}?kind=room")) == [newer]
    assert found(admin.get(f"{QUEUE}?q=paul")) == [report]
    assert found(admin.get(f"{QUEUE}?q=GARDEN")) == [report, newer]
    assert found(admin.get(f"{QUEUE}?q=nobody")) == []
    assert "2 reports wait for an answer" in admin.get("/admin/").text


def test_a_page_shows_what_it_was_and_is_and_what_was_done(admin, cast, message, report):
    services.delete_message(psychic=cast.participant, message_id=message.pk)
    earlier = reports.report(psychic=cast.owner, username="paul", reason="Before that.")[0]
    shown = admin.get(page(report)).text
    assert "I know you &lt;script&gt;" in shown and "(deleted)" in shown and "A threat &lt;script&gt;" in shown
    assert "<script>alert(1)" not in shown and f"Report {earlier.pk}" in shown
    assert "Delete the message…" not in shown  # it is deleted
    assert admin.get(f"{QUEUE}{2**70}/change/", follow=True).status_code == 200


@pytest.mark.parametrize("kind", ["psychic", "room", "invitation"])
def test_every_kind_has_its_page_also_when_it_is_gone(admin, closed_cast, kind):
    given = invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="otto")
    what = {"psychic": {"username": "olga"}, "invitation": {"invitation": given.pk}}
    by = closed_cast.participant if kind == "room" else closed_cast.outsider
    made, _ = reports.report(psychic=by, reason="Hm.", **what.get(kind, {"room": closed_cast.room.pk}))
    assert admin.get(page(made)).status_code == 200
    Report.objects.update(reporter=None, psychic=None, room=None, invitation=None)
    shown = admin.get(page(made))
    assert "It is gone." in shown.text
    assert "Something has changed meanwhile" in do(admin, made, "end_room").text


def test_nothing_happens_before_it_is_confirmed(admin, message, report):
    asked = admin.post(page(report), {"deed": "delete", "reason": "Threats."})
    assert "nobody can bring them back" in asked.text and "Yes: delete the message" in asked.text
    message.refresh_from_db()
    assert message.deleted_at is None
    assert "Done: Delete the message" in do(admin, report, "delete").text
    message.refresh_from_db()
    assert message.deleted_at is not None
    assert AdminEntry.objects.get(object_id=str(report.pk)).change_message == "Delete the message. Reason: Threats."
    assert "Something has changed meanwhile" in do(admin, report, "delete").text


@pytest.mark.parametrize("kind, minutes", [("kick", ""), ("mute", "60"), ("ban", "")])
def test_the_person_is_restricted_by_name_and_the_reporter_stays_unnamed(admin, sol, cast, report, kind, minutes):
    assert "Done" in do(admin, report, kind, minutes=minutes).text
    restriction = Restriction.objects.exclude(psychic=cast.restricted).get()
    assert (restriction.kind, restriction.psychic, restriction.created_by) == (kind, cast.participant, sol)
    entry = LogEntry.objects.get(deed=kind, psychic=cast.participant)
    assert (entry.by, entry.reason) == (sol, "Threats.")
    assert not LogEntry.objects.filter(by=cast.outsider).exists()


def test_network_bans_rooms_and_invitations(admin, closed_cast):
    given = invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="otto")
    report, _ = reports.report(psychic=closed_cast.outsider, invitation=given.pk, reason="Spam.")
    assert "Something has changed meanwhile" in do(admin, report, "withdraw").text  # it was declined
    Invitation.objects.filter(pk=given.pk).update(expires_at="2100-01-01T00:00:00Z")
    assert "Say for how many minutes." in do(admin, report, "network_ban").text
    assert "A ban lasts from 1" in do(admin, report, "network_ban", minutes="-5").text
    assert "whole number" in do(admin, report, "network_ban", minutes="six").text
    assert "Done" in do(admin, report, "network_ban", minutes="60").text
    closed_cast.owner.refresh_from_db()
    assert (closed_cast.owner.banned_until is not None, closed_cast.owner.ban_reason) == (True, "Threats.")
    assert "Done" in do(admin, report, "withdraw").text
    assert "Done" in do(admin, report, "end_room").text
    closed_cast.room.refresh_from_db()
    assert not closed_cast.room.is_active


@pytest.mark.parametrize("reason", ["", " ", "x" * 201, "two\nlines"])
def test_a_deed_has_a_reason(admin, message, report, reason):
    do(admin, report, "delete", reason=reason)
    message.refresh_from_db()
    assert message.deleted_at is None


def test_the_second_of_two_operators_is_told(admin, sol, report):
    first = staff("first", "change_report")
    reports.answer(by=first, report_id=report.pk, state="done", words="I have spoken to him.")
    answer = admin.post(page(report), {"deed": "answer", "state": "dismissed", "answer": "No."}, follow=True)
    assert "answered already, by first: I have spoken to him." in answer.text
    report.refresh_from_db()
    assert (report.state, report.answered_by) == ("done", first)


def test_an_answer_closes_the_report(admin, sol, report):
    fields = {"deed": "answer", "state": "done", "answer": "The message is gone."}
    assert "The report is answered." in admin.post(page(report), fields, follow=True).text
    report.refresh_from_db()
    assert (report.state, report.answer, report.answered_by) == ("done", "The message is gone.", sol)
    assert "Answer and close" not in admin.get(page(report)).text


def test_each_deed_needs_its_own_permission(client, cast, message, report):
    client.force_login(staff("looks", "view_report"))
    shown = client.get(page(report)).text
    assert "I know you" in shown and "Answer and close" not in shown and "Delete the message…" not in shown
    for fields in ({"deed": "delete"}, {"deed": "answer", "state": "done", "answer": "x"}):
        assert "You may not" in do(client, report, **fields).text
    client.force_login(staff("decides", "change_report", "delete_message"))
    shown = client.get(page(report)).text
    assert "Answer and close" in shown and "Delete the message…" in shown and "Ban the person" not in shown
    assert "You may not do this." in do(client, report, "ban").text
    client.force_login(staff("neither", "view_message"))
    assert client.get(page(report)).status_code == 403 and do(client, report, "delete").status_code == 403
    client.force_login(cast.owner)
    assert client.get(page(report)).status_code == 302
    message.refresh_from_db()
    report.refresh_from_db()
    assert message.deleted_at is None and report.state == "open" and Restriction.objects.count() == 1


def test_only_a_superuser_restricts_a_superuser_and_nobody_themselves(client, sol, cast, report):
    judge = staff("judge", "change_report", "add_restriction")
    client.force_login(judge)
    Psychic.objects.filter(pk=cast.participant.pk).update(is_superuser=True)
    assert "Only a superuser" in do(client, report, "ban").text
    Message.objects.update(sender=judge)
    assert "You cannot restrict yourself." in do(client, report, "ban").text
    assert Restriction.objects.count() == 1
