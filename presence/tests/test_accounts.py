"""Signing up, signing in and out, by REST."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from mindnet.realtime import codes
from presence import accounts
from presence.tests.account_steps import (
    PASSWORD,
    close_code,
    credential_of_token,
    open_connection,
    sign_in,
    sign_up,
    with_token,
)
from rooms.models import Kind, Room

Psychic = get_user_model()

pytestmark = pytest.mark.django_db


# Signing up


def test_an_administrator_needs_no_email_address(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, username="sol", verbosity=0)
    assert Psychic.objects.filter(is_superuser=True, is_staff=True, email="").get().username == "sol"
    assert with_token("sol").get("/psychics/me").json()["username"] == "sol"


def test_sign_up_gives_the_profile():
    answer = sign_up()
    assert answer.status_code == 201
    assert answer.json() | {"id": 0} == {
        "id": 0,
        "username": "ada",
        "display_name": "",
        "bio": "",
        "abilities": [],
        "avatar_url": None,
        "status": "offline",
        "note": "",
        "until": None,
        "last_online": None,
    }
    assert Psychic.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("username", ["abc", "a" * 30, "A.b_c-9", "..."[:2] + "a"])
def test_a_name_of_the_allowed_characters_is_taken_as_it_is(username):
    assert sign_up(username).json()["username"] == username


@pytest.mark.parametrize(
    "username",
    [
        "",
        "ab",
        "a" * 31,
        "a b",
        "ada\n",
        " ada",
        "ada ",
        "ada@home",
        "ädä",
        "аdа",
        "ａｄａ",
        "a/b",
        "a%00b",
        "ada\u0000",
        "<b>ada</b>",
        "ad\u202ea",
        "ada\u200b",
        "👁👁👁",
    ],
)
def test_any_other_name_is_refused(username):
    answer = sign_up(username)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"
    assert list(answer.json()["errors"]) == ["username"]
    assert not Psychic.objects.exists()


@pytest.mark.parametrize(
    "username", ["admin", "Admin", "ADMIN", "ad.min", "_root_", "everyone", "mindnet", "online", "---"]
)
def test_a_reserved_name_is_refused(username):
    answer = sign_up(username)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["username"])


@pytest.mark.parametrize("username", ["ada", "ADA", "aDa"])
def test_a_name_is_taken_whatever_its_case(ada, username):
    answer = sign_up(username)
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"username": ["This username is taken."]}


@pytest.mark.parametrize("password", ["short1", "password123", "83746502", "ada.lovelace", "", "x" * 201])
def test_a_weak_password_is_refused(password):
    answer = sign_up("ada.lovelace", password)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["password"])
    assert not Psychic.objects.exists()


@pytest.mark.parametrize("more", [{"is_staff": True}, {"id": 1}, {"email": "a@b.example"}])
def test_sign_up_refuses_what_it_does_not_know(more):
    answer = sign_up(**more)
    assert answer.status_code == 400
    assert answer.json()["errors"] == {next(iter(more)): ["Unknown field."]}


def test_sign_ups_from_one_ipv6_network_are_counted_together_on_pages_too(limits, settings):
    settings.LIMITS = settings.LIMITS | {"SIGNUP_RATE": settings.LIMITS["SIGNUP_RATE"]._replace(burst=1)}
    by_rest = APIClient(REMOTE_ADDR="2001:db8:1:2::1")
    assert by_rest.post("/psychics", {"username": "ada", "password": PASSWORD}).status_code == 201
    form = {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD}
    assert Client(REMOTE_ADDR="2001:db8:1:2:9::1").post("/accounts/signup/", form).status_code == 429


def test_sign_ups_from_one_address_are_counted(limits, settings):
    settings.LIMITS = settings.LIMITS | {"SIGNUP_RATE": settings.LIMITS["SIGNUP_RATE"]._replace(burst=2)}
    assert [sign_up(name).status_code for name in ("ada", "bob", "mallory")] == [201, 201, 429]
    assert int(sign_up("mallory").headers["Retry-After"]) > 100
    elsewhere = APIClient(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.post("/psychics", {"username": "mallory", "password": PASSWORD}).status_code == 201


def test_who_signs_up_does_not_get_what_was_broadcast_before():
    Room.objects.filter(kind=Kind.BROADCAST).update(last_seq=41)
    sign_up()
    psychic = Psychic.objects.get()
    assert (psychic.everyone_delivered_seq, psychic.everyone_read_seq) == (41, 41)


# Tokens


def test_a_token_signs_in(ada):
    answer = sign_in("ADA")
    assert answer.status_code == 201
    assert set(answer.json()) == {"token", "expiry"}
    assert answer.json()["expiry"].endswith("Z")
    assert with_token("ada").get("/psychics/me").json()["username"] == "ada"


def test_unknown_wrong_and_closed_are_told_the_same(ada, bob):
    Psychic.objects.filter(pk=bob.pk).update(is_active=False)
    answers = [
        sign_in("ada", "wrong"),
        sign_in("nobody.here"),
        sign_in("bob"),
        sign_in("no name\n"),
        sign_in("ada", "x" * 5000),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "not_authenticated"
    assert answers[0].headers["WWW-Authenticate"] == "Token"


def test_an_unknown_name_costs_a_hash_too(ada, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args))
    for username in ("ada", "nobody.here"):
        hashed.clear()
        sign_in(username, "wrong")
        assert len(hashed) == 1


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token a b",
        "Token garbage",
        "Token " + "f" * 64,
        "token \x00",
        "Token \xff\xfe",
        "Token " + "a" * 9000,
        "Token ä",
    ],
)
def test_a_credential_that_is_none_is_401(ada, header):
    answer = APIClient(HTTP_AUTHORIZATION=header).get("/psychics/me")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer.headers["WWW-Authenticate"] == "Token"


def test_nobody_is_401_and_told_how(ada):
    answer = APIClient().get("/psychics/me")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Token")
    assert answer.content == b'{"code":"not_authenticated","detail":"Sign in first."}'


def test_an_expired_token_is_dead(ada):
    client = with_token("ada")
    AuthToken.objects.update(expiry=timezone.now())
    assert client.get("/psychics/me").status_code == 401


def test_a_closed_account_has_no_token(ada):
    client = with_token("ada")
    Psychic.objects.filter(pk=ada.pk).update(is_active=False)
    assert client.get("/psychics/me").status_code == 401


def test_logout_ends_the_token_in_use_and_its_socket(ada):
    one, other = with_token("ada"), with_token("ada")
    mine, others = open_connection(ada, credential_of_token(one)), open_connection(ada, credential_of_token(other))
    answer = one.post("/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert one.get("/psychics/me").status_code == 401
    assert other.get("/psychics/me").status_code == 200
    assert (close_code(mine), close_code(others)) == (codes.SESSION_ENDED, None)


def test_logoutall_ends_every_token_and_nobody_elses(ada, bob):
    one, other, bobs = with_token("ada"), with_token("ada"), with_token("bob")
    sockets = [open_connection(ada, credential_of_token(client)) for client in (one, other)]
    bobs_socket = open_connection(bob, credential_of_token(bobs))
    assert one.post("/auth/logoutall").status_code == 204
    assert [client.get("/psychics/me").status_code for client in (one, other, bobs)] == [401, 401, 200]
    assert [close_code(socket) for socket in (*sockets, bobs_socket)] == [4501, 4501, None]


def test_tokens_do_not_pile_up(ada, monkeypatch):
    monkeypatch.setattr(accounts, "TOKENS_PER_PSYCHIC", 3)
    clients = [with_token("ada") for _ in range(5)]
    assert [client.get("/psychics/me").status_code for client in clients] == [401, 401, 200, 200, 200]


@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logoutall"])
def test_what_takes_no_input_refuses_input(ada, path):
    client = with_token("ada")
    assert client.post(path, {"everything": True}).json()["errors"] == {"everything": ["Unknown field."]}
    assert client.get("/psychics/me").status_code == 200


def test_what_breaks_another_rule_of_the_database_is_not_called_a_taken_name():
    psychic = Psychic(username="ada", bio=None)
    psychic.set_password(PASSWORD)
    with pytest.raises(IntegrityError), transaction.atomic():
        accounts.create(psychic)
    assert not Psychic.objects.named("ada").exists()
