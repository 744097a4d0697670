"""Reporting on the page, and what came of it."""

import pytest

from messaging import reports, services
from messaging.fields import REPORT_REASON
from messaging.models import Report
from mindnet.tests.pages.visitors import Browser
from presence.models import Psychic
from rooms import invitations

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def message(closed_cast):
    return services.post_message(psychic=closed_cast.participant, room_id=closed_cast.room.pk, content=SCRIPT)[0]


def test_a_message_is_shown_reported_and_listed(closed_cast, message):
    olga = Browser(closed_cast.owner)
    assert "Your reports" not in olga.get("/profile").text
    form = olga.get(f"/report?message={message.id}").text
    assert "&lt;script&gt;alert(1)" in form and SCRIPT not in form
    assert f'maxlength="{REPORT_REASON.most}"' in form
    answer = olga.send("/report", f"/report?message={message.id}", message=message.id, reason="It is a script.")
    assert answer.redirect_chain == [(f"/room/{closed_cast.room.pk}", 302)]
    assert "Your report is with the operators" in answer.text
    listed = olga.get("/report/mine").text
    assert "It is a script." in listed and "have not answered yet" in listed and SCRIPT not in listed
    assert "Your reports" in olga.get("/profile").text
    assert "You have reported this" in olga.get(f"/report?message={message.id}").text
    again = olga.send("/report", "/profile", message=message.id, reason="Once more.")
    assert "You have reported this before" in again.text and Report.objects.count() == 1


def test_what_is_refused_stands_at_the_field(closed_cast, message):
    olga = Browser(closed_cast.owner)
    answer = olga.send("/report", f"/report?message={message.id}", message=message.id, reason="x" * 10_000)
    assert answer.status_code == 400 and "Write 1 to 1000 characters." in answer.text
    assert "x" * 10_000 in answer.text and not Report.objects.exists()


@pytest.mark.parametrize("query", ["", "?message=x", "?message=1&room=1", "?room=99999999999999999999", "?username=no"])
def test_an_address_that_names_nothing_is_not_found(ada, query):
    assert ada.get(f"/report{query}").status_code == 404


def test_what_one_may_not_see_is_not_there(closed_cast, message):
    otto, room = Browser(closed_cast.outsider), closed_cast.room
    for path in (f"/report?message={message.id}", f"/report?room={room.pk}", f"/room/{room.pk}/message/{message.id}"):
        assert otto.get(path).status_code == 404
    assert otto.send("/report", message=message.id, reason="Curious.").status_code == 404
    assert otto.send(f"/room/{room.pk}/message/{message.id}").status_code == 404


def test_a_report_that_comes_without_a_sign_in_comes_back_with_its_words(closed_cast, message):
    olga = Browser(closed_cast.owner)
    session = olga.session
    session["kept_form"] = f"/report?message={message.id}&reason=Half+written"
    session.save()
    assert "Half written</textarea>" in olga.get("/report?kept=1").text


def test_an_answer_is_told_until_it_was_looked_at(cast):
    otto, sol = Browser(cast.outsider), Psychic.objects.create_superuser("sol", password="open the third eye")
    report, _ = reports.report(psychic=cast.outsider, username="paul", reason="Rude.")
    reports.answer(by=sol, report_id=report.pk, state="done", words="He has been spoken to.")
    assert "A report of yours was answered." in otto.get("/").text
    listed = otto.get("/report/mine").text
    assert "He has been spoken to." in listed and "sol" not in listed
    assert "A report of yours was answered." not in otto.get("/").text
    assert "A report of yours was answered." not in Browser(cast.owner).get("/").text


def test_reporting_an_invitation_declines_it(closed_cast):
    otto = Browser(closed_cast.outsider)
    given = invitations.invite(psychic=closed_cast.owner, room_id=closed_cast.room.pk, username="otto")
    path = f"/report?invitation={given.pk}"
    assert "The invitation is declined with it." in otto.get(path).text
    assert otto.send("/report", path, invitation=given.pk, reason="No.").redirect_chain == [("/", 302)]
    given.refresh_from_db()
    assert given.declined_at is not None


@pytest.mark.parametrize(
    "part, links",
    [("owner", False), ("moderator", True), ("participant", True), ("restricted", True), ("outsider", True)],
)
def test_rooms_and_profiles_lead_there(cast, part, links):
    browser = Browser(getattr(cast, part))
    assert (f'href="/report?room={cast.room.pk}"' in browser.get(f"/room/{cast.room.pk}").text) is links
    assert ('href="/report?username=olga"' in browser.get("/psychic/olga").text) is links
