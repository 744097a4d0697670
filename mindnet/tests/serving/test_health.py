"""What is said outside a REST view: a wrong host, CSRF on pages, health, figures, security headers."""

import ipaddress

import pytest
from django.db import OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

from presence import accounts

PASSWORD = "open the third eye"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

pytestmark = pytest.mark.django_db


def test_a_wrong_host_is_400():
    answer = Client().get("/psychics/me", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    page = Client().get("/", headers=BROWSER | {"Host": "evil.example"})
    assert page.status_code == 400
    assert "evil" not in page.content.decode()


def test_too_many_fields_are_refused():
    fields = {f"field{number}": "x" for number in range(1100)}
    answer = Client().post("/accounts/login/", fields)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"


def test_a_form_without_csrf_token_is_json_for_a_program_and_a_page_for_a_browser():
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/accounts/login/", {"login": "ada", "password": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    answer = strict.post("/accounts/login/", {"login": "ada", "password": "x"}, headers=BROWSER)
    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")


# Health


def test_healthz_asks_nobody(django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_asks_the_database():
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "layer": "ok"})


def test_readyz_says_when_the_database_does_not_answer():
    with connection.execute_wrapper(refuse):
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")


def refuse(execute, sql, params, many, context):
    raise OperationalError("gone")


def test_a_database_that_fails_under_a_page_is_503():
    accounts.sign_up(username="ada", password=PASSWORD, address="")
    client = Client(raise_request_exception=False)
    client.force_login(accounts.find_psychic("ada"), backend="django.contrib.auth.backends.ModelBackend")
    with connection.execute_wrapper(refuse):
        answers = [client.get("/"), client.get("/", headers=BROWSER), client.get("/psychics/me")]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert answers[0].json()["code"] == answers[2].json()["code"] == "unavailable"
    assert answers[2]["Retry-After"] == "1"


def test_readyz_says_when_redis_does_not_answer(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "layer": "degraded"})


def test_readyz_asks_a_real_redis(settings, redis_url):
    settings.REDIS_URL = redis_url
    assert Client().get("/readyz").json()["layer"] == "ok"


# Figures


def test_metrics_are_for_this_machine_and_trusted_networks(settings):
    assert "python_info" in Client().get("/metrics").content.decode()
    assert Client(REMOTE_ADDR="::1").get("/metrics").status_code == 200
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    missing = stranger.get("/nothing")
    assert (stranger.get("/metrics").status_code, stranger.get("/metrics").content) == (404, missing.content)
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.0/8")]
    through = Client(REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": "203.0.113.9"})
    assert through.get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "header, status",
    [
        ("Bearer rain in may", 200),
        ("Token rain in may", 200),
        ("Bearer rain", 404),
        ("Basic rain in may", 404),
        ("", 404),
        ("Bearer ", 404),
        ("Bearer \xff", 404),
    ],
)
def test_metrics_by_token(settings, header, status):
    settings.METRICS_TOKEN = "rain in may"
    client = Client(REMOTE_ADDR="203.0.113.9", headers={"Authorization": header} if header else {})
    assert client.get("/metrics").status_code == status


def test_without_a_metrics_token_no_token_is_right(settings):
    settings.METRICS_TOKEN = ""
    client = Client(REMOTE_ADDR="203.0.113.9", headers={"Authorization": "Bearer "})
    assert client.get("/metrics").status_code == 404


# Headers


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/admin/login/", "/docs", "/schema", "/healthz", "/nothing"]
)
def test_every_answer_carries_the_security_headers(path):
    answer = Client().get(path, headers=BROWSER)
    policy = answer["Content-Security-Policy"]
    for directive in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_health_is_not_cached():
    for path in ("/healthz", "/readyz", "/metrics"):
        assert "no-store" in Client().get(path)["Cache-Control"]


def test_health_is_not_throttled(limits_on):
    assert {APIClient().get("/healthz").status_code for _ in range(120)} == {200}
