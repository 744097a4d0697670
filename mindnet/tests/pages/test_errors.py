"""What goes wrong outside a REST view: JSON for a program, a page for a browser."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from presence import accounts

pytestmark = pytest.mark.django_db

PASSWORD = "open the third eye"


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


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
