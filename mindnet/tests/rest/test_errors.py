"""The REST door as a whole: errors, input, lists, limits. Ada is signed in, Mallory is not, or not enough."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from django.test import Client
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.test import APIClient
from rest_framework.views import APIView

from mindnet.base import rates
from mindnet.base.errors import DomainError, invalid
from mindnet.rest import errors, input
from mindnet.rest.documents import openapi_document
from presence import accounts

PASSWORD = "open the third eye"
NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
Psychic = get_user_model()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_buckets():
    rates.buckets.clear()


@pytest.fixture
def ada():
    return accounts.sign_up(username="ada", password=PASSWORD, address="198.51.100.1")


@pytest.fixture
def client(ada):
    """Ada with a token."""
    client = APIClient()
    token = client.post("/auth/token", {"username": "ada", "password": PASSWORD}).json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def session(ada):
    """Ada with a cookie."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return client


def operations():
    """Every operation of the published document with a path to try."""
    for template, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            parts = [part if part[:1] != "{" else "1" for part in template.split("/")]
            yield pytest.param(method, "/".join(parts), operation, id=f"{method} {template}")


OPERATIONS = list(operations())
UNSAFE = [row for row in OPERATIONS if row.values[0] != "get"]
WITH_JSON = [row for row in UNSAFE if "application/json" in row.values[2].get("requestBody", {}).get("content", {})]


# Errors


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


# Input


def test_a_body_that_is_not_json(client):
    for body in (
        b"{",
        b"",
        b"{} x",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b"\xff\xfe{}",
        b'{"a": "\xed\xa0\x80"}',
        b'{"bio": ' + b"[" * 100_000,
        b"9" * 9000,
        b"'{}'",
        b"\x00",
    ):
        if not body:
            continue
        answer = client.generic("PATCH", "/psychics/me", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json"), body[:20]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true"])
def test_a_body_that_is_no_object(client, body):
    answer = client.generic("PATCH", "/psychics/me", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "x",
    ],
)
def test_a_body_of_another_kind_is_415(client, kind):
    answer = client.generic("PATCH", "/psychics/me", b"bio=x", content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_just_small_enough_and_one_byte_more(client):
    def send(size):
        frame = len(json.dumps({"bio": ""}))
        return client.patch("/psychics/me", {"bio": "a" * (size - frame)})

    # Of the right size it is read, and refused for its length; above it is not read at all.
    assert send(input.JSON_LIMIT_BYTES - 10).status_code == 400
    answer = client.generic(
        "PATCH", "/psychics/me", b" " * (input.JSON_LIMIT_BYTES + 1), content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("method, path, operation", WITH_JSON)
def test_unknown_fields_are_refused_everywhere(client, method, path, operation, ada):
    Psychic.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    answer = client.generic(method.upper(), path, b'{"surprise": 1}', content_type="application/json")
    # Where something is looked up first, it is missing; nowhere is the field taken.
    assert (answer.status_code, answer.json()["code"]) in [(400, "validation_error"), (404, "not_found")]
    if answer.status_code == 400:
        assert answer.json()["errors"]["surprise"] == ["Unknown field."]


class Shape(input.StrictSerializer):
    count = serializers.IntegerField(required=False)
    flag = serializers.BooleanField(required=False)
    text = serializers.CharField(required=False)
    made = serializers.IntegerField(read_only=True)


@pytest.mark.parametrize(
    "data",
    [
        {"count": "1"},
        {"count": True},
        {"count": 1.0},
        {"flag": 1},
        {"flag": "true"},
        {"text": 1},
        {"text": True},
        {"made": 1},
        {"": 1},
    ],
)
def test_values_of_another_type_are_refused(data):
    serializer = Shape(data=data)
    assert not serializer.is_valid()
    assert list(serializer.errors) == list(data)


def test_values_of_the_right_type_are_taken():
    serializer = Shape(data={"count": 1, "flag": False, "text": "1"})
    assert serializer.is_valid(), serializer.errors


# Who asks


@pytest.mark.parametrize("method, path, operation", OPERATIONS)
def test_nobody_gets_in_without_signing_in(db, method, path, operation):
    answer = APIClient().generic(method.upper(), path, b"{}", content_type="application/json")
    if operation.get("security") == [{}]:
        assert answer.status_code == 400
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("method, path, operation", UNSAFE)
def test_a_cookie_needs_a_csrf_token_everywhere(session, method, path, operation):
    answer = session.generic(method.upper(), path, b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_with_a_csrf_token_a_cookie_will_do(session, ada):
    session.get("/accounts/password/change/")
    headers = {"X-CSRFToken": session.cookies["csrftoken"].value}
    answer = session.patch("/psychics/me", {"bio": "quiet"}, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["bio"]) == (200, "quiet")


def test_a_foreign_page_with_the_cookie_is_refused(session):
    session.get("/accounts/password/change/")
    headers = {"X-CSRFToken": session.cookies["csrftoken"].value, "Origin": "https://evil.example"}
    answer = session.patch("/psychics/me", {"bio": "x"}, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_a_token_needs_no_csrf_token(client):
    strict = APIClient(enforce_csrf_checks=True)
    strict.credentials(**client._credentials)
    assert strict.patch("/psychics/me", {"bio": "quiet"}).status_code == 200


def test_a_dead_token_beside_a_good_cookie_is_dead(session):
    assert session.get("/psychics/me", headers={"Authorization": "Token " + "f" * 64}).status_code == 401


# Limits


def small(settings, **rates_by_name):
    settings.LIMITS = settings.LIMITS | {
        name: settings.LIMITS[name]._replace(burst=burst, per_second=0.1) for name, burst in rates_by_name.items()
    }


def test_a_psychic_is_throttled(client, limits_on, settings):
    small(settings, REST_RATE=3)
    answers = [client.get("/psychics/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 11
    assert answers[-1].json()["retry_after"] > 0


def test_an_address_without_sign_in_is_throttled_and_no_other(limits_on, settings):
    small(settings, REST_ANONYMOUS_RATE=2)
    assert [APIClient().get("/schema").status_code for _ in range(3)] == [200, 200, 429]
    assert APIClient(REMOTE_ADDR="198.51.100.9").get("/schema").status_code == 200


def test_failed_sign_ins_count_too(limits_on, settings):
    small(settings, REST_ANONYMOUS_RATE=2)
    guess = {"Authorization": "Token " + "f" * 64}
    assert [APIClient().get("/psychics/me", headers=guess).status_code for _ in range(3)] == [401, 401, 429]


def test_who_pretends_to_come_from_elsewhere_is_counted_all_the_same(limits_on, settings):
    small(settings, REST_ANONYMOUS_RATE=2)
    codes = [APIClient().get("/schema", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(3)]
    assert codes == [200, 200, 429]
