"""Health for those who watch the servers, and figures for those who may have them."""

import ipaddress

import pytest
from django.db import OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


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
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 200


@pytest.mark.parametrize("claim", ["203.0.113.9", "203.0.113.9:4711", "unknown", "", "127.0.0.1", "10.0.0.1"])
@pytest.mark.parametrize("networks", [[], ["127.0.0.0/8"], ["127.0.0.0/8", "10.0.0.0/8"]])
def test_metrics_are_not_for_who_comes_through_a_proxy(settings, claim, networks):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(network) for network in networks]
    through = Client(REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": claim})
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


def test_health_is_not_cached():
    for path in ("/healthz", "/readyz", "/metrics"):
        assert "no-store" in Client().get(path)["Cache-Control"]


def test_health_is_not_throttled(limits_on):
    assert {APIClient().get("/healthz").status_code for _ in range(120)} == {200}
