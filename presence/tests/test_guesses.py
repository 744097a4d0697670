"""Guessing at passwords: every door counts the same failures, by name and by address, one after another or at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import timezone

from mindnet.base.errors import DomainError
from mindnet.base.limits import Rate
from mindnet.base.waiting import begin
from presence import accounts, hashing
from presence.models import Psychic
from presence.tests.account_steps import NEW_PASSWORD, PASSWORD, sign_in, with_token

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def visitor(ada):
    """Ada at her browser, of the staff."""
    Psychic.objects.filter(pk=ada.pk).update(is_staff=True)
    client = Client(headers=BROWSER)
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return client


def guess_at_login(visitor, password):
    return Client(headers=BROWSER).post("/accounts/login/", {"login": "ada", "password": password})


def guess_at_admin(visitor, password):
    return Client(headers=BROWSER).post("/admin/login/", {"username": "ada", "password": password})


def guess_at_token(visitor, password):
    return sign_in("ada", password)


def guess_at_change(visitor, password):
    form = {"oldpassword": password, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    return visitor.post("/accounts/password/change/", form)


def guess_at_rest_change(visitor, password):
    body = {"old_password": password, "new_password": NEW_PASSWORD}
    return visitor.post("/psychics/me/password", body, content_type="application/json", headers={"Accept": "*/*"})


def guess_at_confirmation(visitor, password):
    return visitor.post("/accounts/reauthenticate/", {"password": password})


DOORS = [
    guess_at_login, guess_at_admin, guess_at_token, guess_at_change, guess_at_rest_change, guess_at_confirmation,
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_five_failures_at_one_door_close_them_all(ada, visitor, limits, door):
    for number in range(5):
        assert door(visitor, f"guess {number}").status_code in (200, 400, 401)
    for other in DOORS:
        answer = other(visitor, PASSWORD)
        assert answer.status_code == 429, other
        assert 0 < int(answer["Retry-After"]) <= 900
        assert "Too many" in answer.text
    assert Psychic.objects.get(pk=ada.pk).check_password(PASSWORD)


def test_the_password_page_of_the_admin_is_that_of_everybody(visitor):
    assert visitor.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    answer = visitor.post("/admin/password_change/", {"old_password": PASSWORD})
    assert answer.status_code == 302 and Psychic.objects.get().check_password(PASSWORD)


def test_the_page_changes_the_password_with_the_right_one(visitor, ada):
    assert guess_at_change(visitor, PASSWORD).status_code == 302
    assert Psychic.objects.get(pk=ada.pk).check_password(NEW_PASSWORD)
    assert visitor.get("/profile").status_code == 200


def test_many_names_from_one_address_are_counted_together(ada, limits, settings):
    settings.LIMITS = settings.LIMITS | {"LOGIN_FAILURES_PER_ADDRESS": 8}
    network = "2001:db8:1:2:{}::1"

    def guess(number):
        client = Client(REMOTE_ADDR=network.format(number), headers=BROWSER)
        return client.post("/accounts/login/", {"login": f"name{number}", "password": "a guess"})

    assert [guess(number).status_code for number in range(10)] == [200] * 8 + [429] * 2
    assert sign_in("ada", REMOTE_ADDR=network.format("a")).status_code == 429
    assert sign_in("ada", REMOTE_ADDR="2001:db8:1:3::1").status_code == 201
    # The eight stay eight however often they come back, and end a quarter of an hour later.
    AccessAttempt.objects.update(attempt_time=timezone.now() - timezone.timedelta(minutes=15, seconds=1))
    assert sign_in("ada", REMOTE_ADDR=network.format("a")).status_code == 201


def test_a_success_forgives_a_name_and_not_the_others(ada, limits, settings):
    settings.LIMITS = settings.LIMITS | {"LOGIN_FAILURES_PER_ADDRESS": 6}
    for number in range(5):
        sign_in(f"name{number}")
    assert sign_in("ada").status_code == 201
    assert [sign_in("nobody.here").status_code for _ in range(2)] == [401, 429]


# At once


class GatedHasher(MD5PasswordHasher):
    """Hashes while the gate is open, and counts: how many have begun, and how many were at it together."""

    gate = threading.Event()
    lock = threading.Lock()
    begun = at_work = most = 0

    def encode(self, password, salt):
        kind = type(self)
        with self.lock:
            kind.begun += 1
            kind.at_work += 1
            kind.most = max(kind.most, kind.at_work)
        assert self.gate.wait(20)
        with self.lock:
            kind.at_work -= 1
        return super().encode(password, salt)


@pytest.fixture
def gated(transactional_db, ada, limits, settings, monkeypatch):
    """Two hashes at once, and four more may wait."""
    settings.PASSWORD_HASHERS = [f"{__name__}.GatedHasher"]
    monkeypatch.setattr(hashing, "AT_ONCE", 2)
    monkeypatch.setattr(hashing, "WAITING", 4)
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 15.0)
    monkeypatch.setattr(hashing, "turns", threading.BoundedSemaphore(2))
    GatedHasher.begun = GatedHasher.at_work = GatedHasher.most = 0
    GatedHasher.gate.clear()
    yield GatedHasher
    GatedHasher.gate.set()


def all_at_once(guesses, refused, gate):
    """The answers; `refused` of them are there before anything is hashed to its end."""
    early = threading.Semaphore(0)

    def guess(make):
        try:
            return make()
        finally:
            early.release()
            connection.close()

    with ThreadPoolExecutor(len(guesses)) as pool:
        futures = [pool.submit(guess, make) for make in guesses]
        came = [early.acquire(timeout=10) for _ in range(refused)]
        done_before = sum(future.done() for future in futures)
        gate.set()
        answers = [future.result() for future in futures]
    assert all(came) and done_before <= refused
    return answers


def test_few_are_hashed_at_once_and_who_finds_no_place_is_refused_before_the_work(gated):
    guesses = [lambda n=n: sign_in(f"name{n}", REMOTE_ADDR=f"198.51.100.{n}") for n in range(14)]
    answers = all_at_once(guesses, refused=8, gate=gated.gate)
    assert sorted(answer.status_code for answer in answers) == [401] * 6 + [503] * 8
    assert gated.begun == 6 and gated.most <= 2
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {(answer.json()["code"], answer["Retry-After"]) for answer in refused} == {("overloaded", "3")}
    assert hashing.taken == 0
    assert sign_in("name1").status_code == 401


def test_a_page_says_that_it_is_overloaded(gated):
    def on_page(number):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}", headers=BROWSER)
        return client.post("/accounts/login/", {"login": f"name{number}", "password": "a guess"})

    answers = all_at_once([lambda n=n: on_page(n) for n in range(8)], refused=2, gate=gated.gate)
    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [503] * 2
    refused = [answer for answer in answers if answer.status_code == 503]
    assert all("Too many people" in answer.text and answer["Retry-After"] == "3" for answer in refused)


def test_guesses_at_one_name_at_once_are_no_more_than_one_after_the_other(gated):
    guesses = [lambda n=n: sign_in("ada", f"guess {n}") for n in range(12)]
    answers = all_at_once(guesses, refused=7, gate=gated.gate)
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7
    assert gated.begun == 5


def test_signing_up_waits_its_turn_too(gated):
    def sign_up(number):
        try:
            return accounts.sign_up(username=f"name{number}", password=PASSWORD, address=f"198.51.100.{number}")
        except DomainError as error:
            return error.code

    results = all_at_once([lambda n=n: sign_up(n) for n in range(9)], refused=3, gate=gated.gate)
    assert results.count("overloaded") == 3 and gated.most <= 2
    assert Psychic.objects.filter(username__startswith="name").count() == 6


def test_nothing_is_hashed_for_who_has_been_answered(ada, limits, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.GatedHasher"]
    GatedHasher.begun = 0
    GatedHasher.gate.set()

    def late():
        begin().is_gone = True
        try:
            return sign_in("ada", "a guess")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(late).result()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert GatedHasher.begun == 0


def test_an_old_password_that_was_right_counts_for_nothing(ada, limits):
    client = with_token("ada")
    body = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert client.post("/psychics/me/password", body).status_code == 204
    assert not AccessAttempt.objects.exists()


@pytest.mark.parametrize("door", DOORS)
def test_so_many_right_passwords_of_one_psychic_are_hashed(ada, visitor, limits, settings, door):
    settings.LIMITS = settings.LIMITS | {"LOGIN_RATE": Rate(2, 0.001)}
    for number in range(4):
        guess_at_token(visitor, f"guess {number}")  # of whomever: wrong ones use nothing up
    for _ in range(2):
        assert guess_at_token(visitor, PASSWORD).status_code == 201
    answer = door(visitor, PASSWORD)
    assert answer.status_code == 429
    assert 900 < int(answer["Retry-After"]) <= 1000


def test_so_many_right_passwords_come_from_one_address_whoever_they_are(ada, bob, limits, settings):
    settings.LIMITS = settings.LIMITS | {"LOGIN_ADDRESS_RATE": Rate(2, 0.001)}
    assert [sign_in(name, PASSWORD).status_code for name in ("ada", "bob", "ada")] == [201, 201, 429]
    elsewhere = Client(headers={"Accept": "*/*"}).post(
        "/auth/token", {"username": "ada", "password": PASSWORD}, "application/json", REMOTE_ADDR="192.0.2.7"
    )
    assert elsewhere.status_code == 201
