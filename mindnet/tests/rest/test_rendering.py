"""How answers are written: JSON for programs, pages for browsers, the same bytes as on the socket."""

import json
import uuid

import pytest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.test import APIClient

from mindnet.base import moments
from mindnet.realtime import events
from mindnet.realtime.shapes import MessageOut, PsychicOut
from mindnet.rest import rendering

pytestmark = pytest.mark.django_db

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept, kind",
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (None, "application/json"),
        ("application/json, text/html", "application/json"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_programs_get_json_and_browsers_get_pages(client, accept, kind):
    headers = {"Accept": accept} if accept else {}
    assert client.get("/psychics/me", headers=headers)["Content-Type"] == kind
    assert client.get("/psychics/nobody", headers=headers)["Content-Type"] == kind
    assert APIClient().get("/psychics/me", headers=headers)["Content-Type"] == kind


def test_nothing_else_is_acceptable(client):
    answer = client.get("/psychics/me", headers={"Accept": "application/xml"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_the_browsable_api_shows_the_answer(session):
    page = session.get("/psychics/me", headers={"Accept": BROWSER}).content.decode()
    assert "&quot;username&quot;: &quot;ada&quot;" in page


def test_a_message_has_the_same_bytes_on_both_doors():
    ada = PsychicOut(7, "ada")
    now = moments.utc(timezone.now())
    message = MessageOut(
        1, 2, 3, 3, ada, "text", "👁 <b>", now, None, False, None, [], {"👁": [7]}, uuid.uuid4(), False, []
    )
    assert rendering.JSONRenderer().render(message).decode() == events.encode(message)


def test_lazy_and_marked_texts_are_rendered():
    data = {"a": gettext_lazy("Name"), "b": exceptions.ErrorDetail("No.", code="x"), "c": {"d": gettext_lazy("Name")}}
    assert json.loads(rendering.JSONRenderer().render(data)) == {"a": "Name", "b": "No.", "c": {"d": "Name"}}
