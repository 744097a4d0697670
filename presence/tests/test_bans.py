"""A ban from the network closes every door: REST by token and by cookie, pages, the admin, signing in at each of them.
The socket's door is in mindnet/tests/socket/test_handshake.py."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from mindnet.base.errors import DomainError
from presence import operators
from presence.models import Psychic
from presence.tests.account_steps import PASSWORD, sign_in, with_token

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
REASON = "Once too often."


@pytest.fixture
def sol():
    return Psychic.objects.create_superuser("sol", password=PASSWORD)


@pytest.fixture
def by_cookie(ada):
    client = Client()
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def operator(ada):
    """Ada may disconnect and is of the staff."""
    Psychic.objects.filter(pk=ada.pk).update(is_staff=True)
    ada.user_permissions.set(Permission.objects.filter(codename__in=("disconnect", "view_psychic")))
    return Psychic.objects.get(pk=ada.pk)


def ban(psychic, reason=REASON):
    """Past the services: what counts is the row."""
    until = timezone.now() + timedelta(minutes=30)
    Psychic.objects.filter(pk=psychic.pk).update(banned_until=until, ban_reason=reason)
    return until


def is_ban(answer, until):
    body = answer.json()
    assert (answer.status_code, body["code"], body["reason"]) == (403, "banned", REASON)
    assert body["until"].endswith("Z") and datetime.fromisoformat(body["until"]) == until
    return REASON in body["detail"]


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("get", "/psychics/me", None),
        ("get", "/rooms", None),
        ("post", "/rooms", {"name": "mine"}),
        ("post", "/rooms/1/messages", {"content": "still here"}),
        ("patch", "/presence/me", {"note": "x"}),
        ("post", "/psychics/me/password", {"old_password": PASSWORD, "new_password": "close the second ear"}),
        ("post", "/admin/disconnect", {"username": "bob"}),
        ("post", "/auth/logout", {}),
    ],
)
def test_who_is_banned_does_nothing_by_rest_with_a_token_or_a_cookie(ada, by_cookie, method, path, body):
    client = with_token("ada")
    until = ban(ada)
    assert is_ban(getattr(client, method)(path, body), until)
    assert is_ban(getattr(by_cookie, method)(path, body, content_type="application/json"), until)


def test_a_ban_that_is_over_or_of_somebody_else_closes_nothing(ada, bob, by_cookie):
    client = with_token("ada")
    ban(bob)
    assert client.get("/psychics/me").status_code == by_cookie.get("/").status_code == 200
    Psychic.objects.filter(pk=ada.pk).update(banned_until=timezone.now() - timedelta(seconds=1), ban_reason=REASON)
    assert client.get("/psychics/me").status_code == by_cookie.get("/").status_code == 200
    assert sign_in("ada").status_code == 201


def test_a_living_token_beside_a_banned_cookie_counts(ada, bob, by_cookie):
    token = sign_in("bob").json()["token"]
    ban(ada)
    assert by_cookie.get("/psychics/me", headers={"Authorization": f"Token {token}"}).status_code == 200
    assert by_cookie.get("/", headers={"Authorization": f"Token {token}"}).status_code == 403


def test_the_requests_of_who_is_banned_are_counted(ada, limits, settings):
    settings.LIMITS = settings.LIMITS | {"REST_RATE": settings.LIMITS["REST_RATE"]._replace(burst=2, per_second=0.1)}
    client = with_token("ada")
    ban(ada)
    assert [client.get("/psychics/me").status_code for _ in range(3)] == [403, 403, 429]


@pytest.mark.parametrize("path", ["/", "/people", "/profile", "/settings/presence", "/accounts/password/change/"])
def test_pages_say_why_and_until_when(ada, by_cookie, path):
    until = ban(ada, "<b>loud</b>")
    answer = by_cookie.get(path, headers=BROWSER)
    assert answer.status_code == 403
    assert "&lt;b&gt;loud&lt;/b&gt;" in answer.text and f"{until:%H:%M} UTC" in answer.text
    assert by_cookie.post(path, headers=BROWSER).status_code == 403


def test_who_is_banned_may_sign_out(ada, by_cookie):
    ban(ada)
    assert by_cookie.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in by_cookie.session


def test_the_server_is_watched_over_without_a_look_at_the_cookie(ada, by_cookie, django_assert_num_queries):
    ban(ada)
    with django_assert_num_queries(0):
        assert by_cookie.get("/healthz").status_code == 200


# Signing in


def test_signing_in_by_rest_is_refused_with_reason_and_end_once_the_password_was_right(ada):
    until = ban(ada)
    assert is_ban(sign_in("ada"), until)
    assert sign_in("ada", "a guess").status_code == 401


def test_signing_in_on_the_page_is_refused_with_reason_and_end(ada):
    ban(ada)
    client = Client()
    answer = client.post("/accounts/login/", {"login": "ada", "password": PASSWORD}, headers=BROWSER)
    assert answer.status_code == 403 and REASON in answer.text
    assert "_auth_user_id" not in client.session
    assert REASON not in client.post("/accounts/login/", {"login": "ada", "password": "a guess"}, headers=BROWSER).text


def test_signing_in_to_the_admin_is_refused_with_reason_and_end(operator):
    ban(operator)
    client = Client()
    answer = client.post("/admin/login/", {"username": "ada", "password": PASSWORD}, headers=BROWSER)
    assert REASON in answer.text
    assert "_auth_user_id" not in client.session


# Operators


def test_a_banned_operator_bans_nobody_and_does_not_lift_their_own_ban(operator, bob, by_cookie):
    client, until = with_token("ada"), ban(operator)
    assert is_ban(client.post("/admin/disconnect", {"username": "bob", "ban_minutes": 5}), until)
    lift = {"action": "lift_ban", "_selected_action": [str(operator.pk)]}
    assert by_cookie.post("/admin/presence/psychic/", lift).status_code == 403
    for deed in (
        lambda: operators.lift_ban(by=operator, psychic=operator),
        lambda: operators.lift_ban(by=operator, psychic=bob),
        lambda: operators.disconnect_psychic(by=operator, username="bob", ban_minutes=5),
    ):
        with pytest.raises(DomainError) as caught:
            deed()
        assert caught.value.code == "banned"
    operator.refresh_from_db()
    bob.refresh_from_db()
    assert operator.banned_until == until and bob.banned_until is None


def test_nobody_lifts_their_own_ban_and_only_superusers_that_of_a_superuser(operator, bob, sol):
    ban(bob)
    ban(sol)
    refused = [(operator, operator), (operator, sol), (bob, operator)]
    for by, psychic in refused:
        with pytest.raises(DomainError) as caught:
            operators.lift_ban(by=by, psychic=psychic)
        assert caught.value.code == "permission_denied"
    operators.lift_ban(by=operator, psychic=bob)
    other = Psychic.objects.create_superuser("luna", password=PASSWORD)
    operators.lift_ban(by=other, psychic=sol)
    assert not Psychic.objects.exclude(banned_until=None).exists()


def test_a_permission_that_was_taken_lifts_no_ban(operator, bob):
    until = ban(bob)
    assert operator.has_perm("presence.disconnect")
    operator.user_permissions.clear()
    with pytest.raises(DomainError, match="You may not"):
        operators.lift_ban(by=operator, psychic=bob)
    bob.refresh_from_db()
    assert bob.banned_until == until


def test_mallory_without_a_login_sees_nothing_of_a_ban(ada):
    ban(ada)
    assert REASON not in APIClient().get("/psychics/ada").content.decode()
