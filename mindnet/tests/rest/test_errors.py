"""Every error has its status, its code and its words, whoever raised it. Ada is signed in."""

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from django.urls import path
from rest_framework import exceptions
from rest_framework.test import APIClient
from rest_framework.views import APIView

from mindnet.base.errors import DomainError, invalid
from mindnet.rest import errors

NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

pytestmark = pytest.mark.django_db


class Raises(APIView):
    """A view that fails as the test says."""

    permission_classes = []
    error = None

    def get(self, request):
        raise type(self).error


urlpatterns = [path("raises", Raises.as_view())]


@pytest.mark.parametrize(
    "error, status, code",
    [
        (DomainError("room_full", "Full."), 409, "room_full"),
        (DomainError("unavailable", "Later.", retry_after=1), 503, "unavailable"),
        (invalid("name", "No."), 400, "validation_error"),
        (Http404("secret reason"), 404, "not_found"),
        (exceptions.NotFound("secret reason"), 404, "not_found"),
        (exceptions.ValidationError({"a": {"b": ["No."]}}), 400, "validation_error"),
        (exceptions.PermissionDenied("secret reason"), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("x/y"), 415, "unsupported_media_type"),
        (exceptions.ParseError("what"), 400, "invalid_json"),
        (exceptions.Throttled(12), 429, "rate_limited"),
        (RequestDataTooBig(), 413, "payload_too_large"),
        (SuspiciousOperation(), 400, "validation_error"),
        (OperationalError("the server closed the connection"), 503, "unavailable"),
        (InterfaceError("connection already closed"), 503, "unavailable"),
        (DataError("out of range"), 400, "validation_error"),
    ],
)
def test_every_error_has_its_status_and_code(error, status, code, settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    monkeypatch.setattr(Raises, "error", error)
    answer = APIClient().get("/raises")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert isinstance(answer.json()["detail"], str)
    assert "secret" not in answer.content.decode()
    assert answer["Content-Type"] == "application/json"
    assert ("WWW-Authenticate" in answer) == (status == 401)
    assert ("Retry-After" in answer) == (status in (429, 503))


def test_a_refusal_about_a_restriction_says_why_and_until_when(settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    error = DomainError("muted", "You are muted.", reason="spam", until=None)
    monkeypatch.setattr(Raises, "error", error)
    assert APIClient().get("/raises").json() == {
        "code": "muted",
        "detail": "You are muted.",
        "reason": "spam",
        "until": None,
    }


def test_a_bug_is_a_500_without_its_reason(settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    monkeypatch.setattr(Raises, "error", RuntimeError("secret reason"))
    globals()["handler500"] = "mindnet.pages.errors.server_error"
    try:
        answer = APIClient(raise_request_exception=False).get("/raises")
    finally:
        del globals()["handler500"]
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "secret" not in answer.content.decode()


def test_nested_errors_are_flat():
    error = errors.validation_error(
        {"list": [{"a": ["No."]}], "non_field_errors": ["Never."], "deep": {"er": ["Yes?"]}}
    )
    assert error.errors == {"list.a": ["No."], "__all__": ["Never."], "deep.er": ["Yes?"]}


@pytest.mark.parametrize(
    "path",
    [
        "/rooms/777",
        "/rooms/0",
        "/rooms/-1",
        f"/rooms/{2**63}",
        f"/rooms/{'9' * 5000}",
        "/nothing",
        "/psychics/nobody",
        "/rooms/x",
        "/rooms/777/participants",
        "/rooms/777/messages",
        "/messages/777/journey",
        "/rooms/%00",
        "/\xff",
        "/rooms/1/",
        "/psychics/",
    ],
)
def test_what_is_not_there_is_always_the_same_bytes(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (404, NOT_FOUND, "application/json")


def test_an_unknown_path_is_a_page_for_a_browser(client):
    answer = client.get("/nothing", headers={"Accept": BROWSER})
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_an_unknown_method_is_405(client):
    answer = client.put("/psychics/me", {})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "PATCH" in answer["Allow"]
