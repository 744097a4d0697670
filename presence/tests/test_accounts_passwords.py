"""Guessing passwords, changing them, and what ends with them. Mallory guesses."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.utils import timezone
from knox.models import AuthToken

from mindnet.realtime import codes
from presence.tests.account_steps import (
    NEW_PASSWORD,
    PASSWORD,
    close_code,
    credential_of_session,
    credential_of_token,
    open_connection,
    sign_in,
    with_session,
    with_token,
)

Psychic = get_user_model()

pytestmark = pytest.mark.django_db


# Guessing


def guess(count, username="ada", **headers):
    return [sign_in(username, f"guess {number}", **headers).status_code for number in range(count)]


def test_the_sixth_attempt_is_refused_even_with_the_right_password(ada, limits):
    assert guess(5) == [401] * 5
    answer = sign_in("ada")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert sign_in("ADA").status_code == 429


def test_four_failures_are_forgotten_by_a_success(ada, limits):
    assert [*guess(4), sign_in("ada").status_code, *guess(4)] == [401] * 4 + [201] + [401] * 4
    assert sign_in("ada").status_code == 201


def test_mallory_cannot_lock_ada_out_from_elsewhere(ada, limits):
    assert guess(7, REMOTE_ADDR="203.0.113.66") == [401] * 5 + [429] * 2
    assert sign_in("ada").status_code == 201


def test_guesses_from_one_ipv6_network_are_counted_together(ada, limits):
    for number in range(5):
        assert guess(1, REMOTE_ADDR=f"2001:db8:1:2:{number}::1") == [401]
    assert sign_in("ada", REMOTE_ADDR="2001:db8:1:2:9::1").status_code == 429
    assert sign_in("ada", REMOTE_ADDR="2001:db8:1:3::1").status_code == 201


def test_refused_attempts_do_not_make_the_wait_longer(ada, limits):
    guess(5)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=14, seconds=50))
    assert guess(2) == [429] * 2
    assert int(sign_in("ada").headers["Retry-After"]) <= 10
    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=15, seconds=1))
    assert sign_in("ada").status_code == 201


def test_guessing_an_unknown_name_looks_the_same(limits):
    assert guess(6, "nobody.here") == [401] * 5 + [429]


def test_a_forged_log_line_is_not_written(limits, caplog):
    sign_in("x\nINFO forged line", "wrong")
    assert "forged" not in caplog.text


# Passwords


def change(client, old=PASSWORD, new=NEW_PASSWORD, **more):
    return client.post("/psychics/me/password", {"old_password": old, "new_password": new} | more)


def test_a_password_change_by_token_ends_everything_else(ada, bob):
    used, other, page, bobs = with_token("ada"), with_token("ada"), with_session(ada), with_token("bob")
    sockets = [
        open_connection(ada, credential_of_token(used)),
        open_connection(ada, credential_of_token(other)),
        open_connection(ada, credential_of_session(page)),
        open_connection(bob, credential_of_token(bobs)),
    ]
    answer = change(used)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [client.get("/psychics/me").status_code for client in (used, other, page, bobs)] == [200, 401, 401, 200]
    assert [close_code(socket) for socket in sockets] == [None, 4501, 4501, None]
    assert (sign_in("ada").status_code, sign_in("ada", NEW_PASSWORD).status_code) == (401, 201)


def test_a_password_change_by_session_keeps_this_session(ada):
    page, other, token = with_session(ada), with_session(ada), with_token("ada")
    mine, others = open_connection(ada, credential_of_session(page)), open_connection(ada, credential_of_session(other))
    page.get("/accounts/password/change/")
    answer = page.post(
        "/psychics/me/password",
        {"old_password": PASSWORD, "new_password": NEW_PASSWORD},
        content_type="application/json",
        headers={"X-CSRFToken": page.cookies["csrftoken"].value},
    )
    assert answer.status_code == 204
    assert [client.get("/psychics/me").status_code for client in (page, other, token)] == [200, 401, 401]
    assert (close_code(mine), close_code(others)) == (None, 4501)
    # The socket that stayed open belongs to the login session under its new key: logging out reaches it.
    assert mine.credential == credential_of_session(page)


def test_the_old_password_is_asked_for(ada):
    client = with_token("ada")
    answer = change(client, old="wrong")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["old_password"])
    assert sign_in("ada").status_code == 201


def test_the_old_password_cannot_be_guessed(ada, limits):
    client = with_token("ada")
    assert [change(client, old=f"guess {n}").status_code for n in range(6)] == [400] * 5 + [429]
    assert change(client).status_code == 429


@pytest.mark.parametrize("password", ["ada", "12345678", "password", "x" * 201])
def test_a_new_password_obeys_the_validators(ada, password):
    answer = change(with_token("ada"), new=password)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["new_password"])


def test_a_password_set_in_the_shell_ends_everything(ada):
    client = with_token("ada")
    socket = open_connection(ada, credential_of_token(client))
    psychic = Psychic.objects.get(pk=ada.pk)
    psychic.set_password(NEW_PASSWORD)
    psychic.save()
    assert client.get("/psychics/me").status_code == 401
    assert close_code(socket) == codes.SESSION_ENDED


def test_saving_without_a_new_password_ends_nothing(ada):
    client = with_token("ada")
    socket = open_connection(ada, credential_of_token(client))
    psychic = Psychic.objects.get(pk=ada.pk)
    psychic.bio = "quiet"
    psychic.save()
    assert client.get("/psychics/me").status_code == 200
    assert close_code(socket) is None


def test_closing_an_account_ends_tokens_and_sockets(ada):
    client = with_token("ada")
    socket = open_connection(ada, credential_of_token(client))
    psychic = Psychic.objects.get(pk=ada.pk)
    psychic.is_active = False
    psychic.save(update_fields=["is_active"])
    assert client.get("/psychics/me").status_code == 401
    assert close_code(socket) == codes.SESSION_ENDED
    assert not AuthToken.objects.exists()
