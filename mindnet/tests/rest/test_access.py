"""Who gets in, by token or by cookie, and how often."""

from datetime import timedelta

import pytest
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from mindnet.tests.rest.operations import OPERATIONS, UNSAFE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method, path, operation", OPERATIONS)
def test_nobody_gets_in_without_signing_in(db, method, path, operation):
    answer = APIClient().generic(method.upper(), path, b"{}", content_type="application/json")
    if not operation["security"]:
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


def test_a_token_is_asked_for_once_and_takes_those_with_it_that_have_run_out(client, ada, django_assert_num_queries):
    others = [AuthToken.objects.create(user=ada)[0] for _ in range(2)]
    with django_assert_num_queries(2):  # the second reads the profile
        assert client.get("/psychics/me").status_code == 200
    AuthToken.objects.filter(pk=others[0].pk).update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/psychics/me").status_code == 200
    left = AuthToken.objects.filter(user=ada).values_list("pk", flat=True)
    assert len(left) == 2 and others[1].pk in left
    AuthToken.objects.filter(user=ada).update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/psychics/me").status_code == 401
    assert not AuthToken.objects.filter(user=ada).exists()


def test_a_token_is_taken_whole(client, ada):
    text = client._credentials["HTTP_AUTHORIZATION"].removeprefix("Token ")
    for other in (text[:-1], text[:15], text + "0", text[:15] + "0" * (len(text) - 15), text.upper()):
        answer = APIClient().get("/psychics/me", headers={"Authorization": f"Token {other}"})
        assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid token.")


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


def test_the_addresses_of_one_ipv6_network_are_throttled_together(limits_on, settings):
    small(settings, REST_ANONYMOUS_RATE=2)
    guess = {"Authorization": "Token " + "f" * 64}
    addresses = [f"2001:db8:1:2:{number}::1" for number in range(3)]
    assert [APIClient(REMOTE_ADDR=one).get("/schema").status_code for one in addresses] == [200, 200, 429]
    assert APIClient(REMOTE_ADDR=addresses[0]).get("/psychics/me", headers=guess).status_code == 429
    assert APIClient(REMOTE_ADDR="2001:db8:1:3::1").get("/schema").status_code == 200


def test_failed_sign_ins_count_too(limits_on, settings):
    small(settings, REST_ANONYMOUS_RATE=2)
    guess = {"Authorization": "Token " + "f" * 64}
    assert [APIClient().get("/psychics/me", headers=guess).status_code for _ in range(3)] == [401, 401, 429]


def test_who_pretends_to_come_from_elsewhere_is_counted_all_the_same(limits_on, settings):
    small(settings, REST_ANONYMOUS_RATE=2)
    codes = [APIClient().get("/schema", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(3)]
    assert codes == [200, 200, 429]
