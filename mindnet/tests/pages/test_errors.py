"""What goes wrong outside a REST view: JSON for a program, a page for a browser."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from presence import accounts

pytestmark = pytest.mark.django_db

PASSWORD = "open the third eye"


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/psychics/me", "/healthz", "/nothing"])
def test_a_name_that_is_not_ours_is_said_to_program_and_browser(path):
    answer = Client().get(path, headers={"Host": "mind.example:8000"})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert "'mind.example'" in answer.json()["detail"] and "ALLOWED_HOSTS" in answer.json()["detail"]
    page = Client().get(path, headers=BROWSER | {"Host": "mind.example:8000"})
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "mind.example" in page.content.decode() and "ALLOWED_HOSTS" in page.content.decode()


@pytest.mark.parametrize("host", ["<script>alert(1)</script>", "a" * 5000, "", "..", "evil.example/<b>", "\xff"])
def test_no_name_at_all_is_shown_as_text(host):
    page = Client().get("/accounts/login/", headers=BROWSER | {"Host": host})
    assert page.status_code == 400
    assert "<script>" not in page.content.decode() and "<b>" not in page.content.decode()
    assert len(page.content) < 2000


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
