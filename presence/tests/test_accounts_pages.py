"""The account pages and the admin: the same rules as REST, and the same ends."""

import re
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from mindnet.realtime import codes
from presence import accounts, closing
from presence.models import Connection, Node

PASSWORD = "open the third eye"
NEW = "close the second ear"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
Psychic = get_user_model()

pytestmark = pytest.mark.django_db


class Browser(Client):
    """Reads the CSRF token out of a form before sending it, as a browser does."""

    def __init__(self):
        super().__init__(enforce_csrf_checks=True, headers=BROWSER)

    def send(self, path, **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).content.decode())[1]
        return self.post(path, fields | {"csrfmiddlewaretoken": token})

    def sign_in(self, username="ada", password=PASSWORD):
        return self.send("/accounts/login/", login=username, password=password)

    def is_signed_in(self):
        return self.get("/psychics/me", headers={"Accept": "application/json"}).status_code == 200

    def socket(self):
        """A row as a socket opened by this browser has it."""
        node = Node.objects.create(host="here", pid=1)
        psychic = Psychic.objects.get(pk=self.session["_auth_user_id"])
        credential = closing.session_credential(self.session.session_key)
        return Connection.objects.create(id=uuid.uuid4(), psychic=psychic, node=node, credential=credential)


@pytest.fixture
def visitor():
    return Browser()


def close_code(connection):
    connection.refresh_from_db()
    return connection.close_code


ELSEWHERE = [
    "http://localhost/x", "http://127.0.0.1/x", "http://testserver/x", "//localhost/x", "https://mind.example/x",
    "http://elsewhere.example/", "///localhost/x", "http:localhost", "\\\\localhost\\x", "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_leads_to_no_other_host(visitor, settings, target):
    """Not even to those this server answers to: `localhost` is the visitor's own machine."""
    settings.ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "mind.example"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://mind.example"]
    accounts.sign_up(username="ada", password=PASSWORD, address="")
    answer = visitor.send("/accounts/login/", login="ada", password=PASSWORD, next=target)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    answer = visitor.get("/accounts/login/", {"next": target})  # signed in already
    assert (answer.status_code, answer["Location"]) == (302, "/")
    answer = visitor.send("/accounts/logout/", next=target)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")


def test_signing_in_leads_to_the_page_that_was_asked_for(visitor):
    accounts.sign_up(username="ada", password=PASSWORD, address="")
    answer = visitor.send("/accounts/login/", login="ada", password=PASSWORD, next="/people/?q=b#top")
    assert (answer.status_code, answer["Location"]) == (302, "/people/?q=b#top")


def test_sign_up_signs_in(visitor):
    answer = visitor.send("/accounts/signup/", username="Ada.L", password1=PASSWORD, password2=PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert visitor.is_signed_in()
    assert Psychic.objects.get().username == "Ada.L"


@pytest.mark.parametrize(
    "username, sentence",
    [
        ("admin", "This username is reserved."),
        ("ADA", "This username is taken."),
        ("аdа", "A username has 3 to 30 of the characters"),
        ("ab", "A username has 3 to 30 of the characters"),
        ("a" * 31, ""),
        ("<b>x</b>", "A username has 3 to 30 of the characters"),
    ],
)
def test_sign_up_obeys_the_rules_for_names(ada, visitor, username, sentence):
    answer = visitor.send("/accounts/signup/", username=username, password1=PASSWORD, password2=PASSWORD)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert "<b>x</b>" not in answer.content.decode()
    assert Psychic.objects.count() == 1


@pytest.mark.parametrize(
    "one, two", [("12345678", "12345678"), (PASSWORD, NEW), ("ada.love", "ada.love"), ("x" * 201, "x" * 201)]
)
def test_sign_up_obeys_the_rules_for_passwords(visitor, one, two):
    assert visitor.send("/accounts/signup/", username="ada.love", password1=one, password2=two).status_code == 200
    assert not Psychic.objects.exists()


def test_sign_ups_by_page_and_by_rest_share_one_count(visitor, limits, settings):
    settings.LIMITS = settings.LIMITS | {"SIGNUP_RATE": settings.LIMITS["SIGNUP_RATE"]._replace(burst=1)}
    assert visitor.send("/accounts/signup/", username="ada", password1=PASSWORD, password2=PASSWORD).status_code == 302
    answer = Browser().send("/accounts/signup/", username="bob", password1=PASSWORD, password2=PASSWORD)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 100
    assert [psychic.username for psychic in Psychic.objects.all()] == ["ada"]


def test_signing_in_makes_a_new_login_session(ada, visitor):
    visitor.get("/accounts/login/")
    before = visitor.cookies.get("sessionid")
    assert visitor.sign_in("ADA").status_code == 302
    assert visitor.is_signed_in()
    assert visitor.cookies["sessionid"].value != (before.value if before else None)
    assert visitor.cookies["sessionid"]["httponly"]
    assert visitor.cookies["sessionid"]["samesite"] == "Lax"


def test_a_sign_in_form_from_elsewhere_is_refused(ada):
    answer = Browser().post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert answer.status_code == 403
    assert answer["Content-Type"].startswith("text/html")


def test_logging_out_needs_a_post_and_ends_the_socket(ada, visitor):
    visitor.sign_in()
    other = Browser()
    other.sign_in()
    mine, others = visitor.socket(), other.socket()
    old = visitor.cookies["sessionid"].value
    assert visitor.get("/accounts/logout/").status_code == 200
    assert visitor.is_signed_in()
    assert visitor.send("/accounts/logout/").status_code == 302
    assert not visitor.is_signed_in()
    visitor.cookies["sessionid"] = old
    assert not visitor.is_signed_in()
    assert other.is_signed_in()
    assert (close_code(mine), close_code(others)) == (codes.SESSION_ENDED, None)


def test_logging_out_by_rest_ends_the_login_session(ada, visitor):
    visitor.sign_in()
    socket = visitor.socket()
    visitor.get("/accounts/password/change/")
    headers = {"X-CSRFToken": visitor.cookies["csrftoken"].value, "Accept": "*/*"}
    answer = visitor.post("/auth/logout", content_type="application/json", headers=headers)
    assert answer.status_code == 204
    assert not visitor.is_signed_in()
    assert close_code(socket) == codes.SESSION_ENDED


def test_signing_in_as_somebody_else_ends_the_socket_of_the_first(ada, visitor):
    accounts.sign_up(username="bob", password=PASSWORD, address="198.51.100.1")
    visitor.sign_in()
    socket = visitor.socket()
    visitor.force_login(Psychic.objects.get(username="bob"), backend="django.contrib.auth.backends.ModelBackend")
    assert close_code(socket) == codes.SESSION_ENDED


def test_changing_the_password_ends_every_other_login(ada, visitor):
    other = Browser()
    visitor.sign_in()
    other.sign_in()
    mine, others = visitor.socket(), other.socket()
    answer = visitor.send("/accounts/password/change/", oldpassword=PASSWORD, password1=NEW, password2=NEW)
    assert answer.status_code == 302
    assert (visitor.is_signed_in(), other.is_signed_in()) == (True, False)
    assert (close_code(mine), close_code(others)) == (None, codes.SESSION_ENDED)
    assert mine.credential == closing.session_credential(visitor.session.session_key)
    assert Psychic.objects.get().check_password(NEW)


def test_six_attempts_at_a_page(ada, visitor, limits):
    answers = [visitor.sign_in(password=f"guess {number}") for number in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    refused = visitor.sign_in()
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 900
    assert "Too many attempts" in refused.content.decode()


def test_the_admin_counts_with_the_pages(limits):
    Psychic.objects.create_superuser("boss.lady", password=PASSWORD)
    staff = Browser()
    for number in range(3):
        assert staff.send("/admin/login/", username="boss.lady", password=f"guess {number}").status_code == 200
    for number in range(2):
        assert Browser().sign_in("boss.lady", f"guess {number}").status_code == 200
    assert staff.send("/admin/login/", username="Boss.Lady", password=PASSWORD).status_code == 429


def test_logging_out_of_the_admin_ends_the_socket():
    Psychic.objects.create_superuser("boss.lady", password=PASSWORD)
    staff = Browser()
    assert staff.send("/admin/login/", username="boss.lady", password=PASSWORD).status_code == 302
    socket = staff.socket()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', staff.get("/admin/").content.decode())[1]
    assert staff.post("/admin/logout/", {"csrfmiddlewaretoken": token}).status_code in (200, 302)
    assert not staff.is_signed_in()
    assert close_code(socket) == codes.SESSION_ENDED


def test_a_password_set_in_the_admin_ends_every_login_of_that_psychic(ada, visitor):
    Psychic.objects.create_superuser("boss.lady", password=PASSWORD)
    visitor.sign_in()
    socket = visitor.socket()
    staff = Browser()
    staff.send("/admin/login/", username="boss.lady", password=PASSWORD)
    page = f"/admin/presence/psychic/{ada.pk}/password/"
    answer = staff.send(page, password1=NEW, password2=NEW, usable_password="true", **{"set-password": "1"})
    assert answer.status_code == 302, answer.content
    assert not visitor.is_signed_in()
    assert close_code(socket) == codes.SESSION_ENDED


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/email/", "/accounts/confirm-email/"])
def test_there_is_nothing_about_mail(path):
    assert Client().get(path).status_code == 404
