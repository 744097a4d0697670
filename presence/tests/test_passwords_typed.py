"""A password is the same however it is typed, at every door. Mallory does not get in by it."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core.management import call_command
from django.test import Client

from presence.models import Psychic
from presence.passwords import LONGEST, normalised
from presence.tests.account_steps import PASSWORD, close_code, open_connection, sign_in, sign_up, with_token
from presence.tests.test_accounts_pages import Browser

pytestmark = pytest.mark.django_db

COMPOSED = "ouvre le troisi\u00e8me \u0153il"
DECOMPOSED = "ouvre\u00a0le troisie\u0300me \u0153il"


def staff():
    sol = Psychic.objects.create_superuser("sol", password=PASSWORD)
    client = Client()
    client.force_login(sol, backend="django.contrib.auth.backends.ModelBackend")
    return client


def by_rest(password, monkeypatch):
    assert sign_up("ada", password).status_code == 201


def by_page(password, monkeypatch):
    fields = {"username": "ada", "password1": password, "password2": password}
    assert Browser().send("/accounts/signup/", **fields).status_code == 302


def by_change(password, monkeypatch):
    sign_up("ada")
    change = {"old_password": PASSWORD, "new_password": password}
    assert with_token("ada").post("/psychics/me/password", change).status_code == 204


def by_change_on_the_page(password, monkeypatch):
    sign_up("ada")
    browser = Browser()
    browser.sign_in()
    fields = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert browser.send("/accounts/password/change/", **fields).status_code == 302


def by_staff(password, monkeypatch):
    fields = {"username": "ada", "password1": password, "password2": password, "usable_password": "true"}
    assert staff().post("/admin/presence/psychic/add/", fields).status_code == 302


def by_staff_anew(password, monkeypatch):
    sign_up("ada")
    ada = Psychic.objects.get(username="ada")
    fields = {"password1": password, "password2": password, "usable_password": "true"}
    assert staff().post(f"/admin/presence/psychic/{ada.pk}/password/", fields).status_code == 302


def by_command(password, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    call_command("createsuperuser", username="ada", interactive=False, verbosity=0)


class CountingHasher(MD5PasswordHasher):
    hashed = 0

    def encode(self, password, salt):
        CountingHasher.hashed += 1
        return super().encode(password, salt)


DOORS = [by_rest, by_page, by_change, by_change_on_the_page, by_staff, by_staff_anew, by_command]


@pytest.mark.parametrize("kept, typed", [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
@pytest.mark.parametrize("door", DOORS)
def test_one_password_at_every_door(door, kept, typed, monkeypatch):
    door(kept, monkeypatch)
    assert [sign_in("ada", password).status_code for password in (kept, typed)] == [201, 201]
    assert sign_in("ada", typed.replace("e", "i")).status_code == 401
    browser = Browser()
    assert browser.sign_in("ada", typed).status_code == 302 and browser.is_signed_in()


@pytest.mark.parametrize("old, new", [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_the_old_password_too_is_the_same(old, new):
    sign_up("ada", old)
    ada = Psychic.objects.get()
    client = Client()
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    change = {"old_password": new, "new_password": PASSWORD}
    assert client.post("/psychics/me/password", change, content_type="application/json").status_code == 204
    assert sign_in("ada").status_code == 201


@pytest.mark.parametrize("kept", [COMPOSED, DECOMPOSED])
def test_a_hash_of_an_earlier_release_keeps_working(kept):
    """It was made of what was typed. Once it has counted it is made anew, and nobody is signed out for it."""
    sign_up("ada")
    client = with_token("ada")
    ada = Psychic.objects.get()
    Psychic.objects.update(password=make_password(kept), settled_password="")  # as that release had left it
    socket = open_connection(ada, "of her token")
    assert sign_in("ada", DECOMPOSED.replace("e", "i")).status_code == 401
    assert [sign_in("ada", typed).status_code for typed in (kept, COMPOSED, DECOMPOSED)] == [201] * 3
    assert client.get("/psychics/me").status_code == 200 and close_code(socket) is None


def test_an_unknown_name_costs_as_much_as_a_known_one(settings):
    settings.PASSWORD_HASHERS = ["presence.tests.test_passwords_typed.CountingHasher"]
    sign_up("ada")
    costs = []
    for username in ("ada", "nobody"):
        for password in (COMPOSED, DECOMPOSED):
            CountingHasher.hashed = 0
            assert sign_in(username, password).status_code == 401
            costs.append(CountingHasher.hashed)
    assert costs == [1, 2, 1, 2]


def test_the_longest_password_may_be_typed_longer():
    longest = "\u00e9a" * 100
    assert sign_up("ada", longest).status_code == 201
    assert sign_in("ada", longest.replace("\u00e9", "e\u0301")).status_code == 201
    assert sign_in("ada", longest + "a").status_code == 401


def test_what_is_no_password_is_not_worth_the_work():
    novel = "e\u0301" * LONGEST
    assert normalised(novel) == novel
    assert sign_up("ada").status_code == 201
    assert sign_in("ada", novel).status_code == 401
