"""The figures of the connection log over REST: for operators, in ranges that make sense."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from analytics.tests.lines import at, log
from presence.models import Psychic

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return Psychic.objects.create_user("ada", password="correct horse")


@pytest.fixture
def operator(ada):
    ada.user_permissions.add(Permission.objects.get(content_type__app_label="analytics", codename="view"))
    return ada


@pytest.fixture
def mallory():
    return Psychic.objects.create_user("mallory", password="correct horse", is_staff=True)


def test_an_operator_reads_the_figures(client, operator):
    log("connected", 1, ip_address="192.0.2.77", user_agent="a browser")
    log("disconnected", 3, ip_address="192.0.2.77", close_code=1000, duration_seconds=120.5)
    client.force_login(operator)
    answer = client.get("/analytics/connections", {"from": at(0).isoformat(), "to": "2026-03-10T13:00:00Z"})
    assert answer.status_code == 200
    assert answer.json() == {
        "from": "2026-03-10T12:00:00Z",
        "to": "2026-03-10T13:00:00Z",
        "interval": "hour",
        "online_now": 0,
        "peak_online": 1,
        "opened": 1,
        "closed": 1,
        "resumed": 0,
        "refused": 0,
        "lost": 0,
        "duration_seconds": {"median": 120.5, "p95": 120.5},
        "by_code": {"1000": 1},
        "by_node": [],
        "series": [{"at": "2026-03-10T12:00:00Z", "opened": 1, "closed": 1, "online": 0}],
    }
    assert b"192.0.2.77" not in answer.content and b"browser" not in answer.content


def test_the_range_is_the_last_day_by_hours_unless_given(client, operator):
    client.force_login(operator)
    answer = client.get("/analytics/connections").json()
    start, end = (datetime.fromisoformat(answer[name]) for name in ("from", "to"))
    assert end - start == timedelta(days=1) and answer["interval"] == "hour"
    assert abs(timezone.now() - end) < timedelta(minutes=1)
    assert len(answer["series"]) in (24, 25)


@pytest.mark.parametrize(
    "query, field",
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-03-10T12:00:00"}, "from"),
        ({"from": "2026-13-10T12:00:00Z"}, "from"),
        ({"to": "2026-03-10"}, "to"),
        ({"to": "\x00"}, "to"),
        ({"to": "0001-01-01T00:00:00Z"}, "to"),
        ({"from": "0001-01-01T00:00:00%2B14:00".replace("%2B", "+")}, "from"),
        ({"from": "9999-12-31T23:59:59-14:00"}, "from"),
        ({"from": "2026-03-10T12:00:01Z", "to": "2026-03-10T12:00:00Z"}, "from"),
        ({"interval": "fortnight"}, "interval"),
        ({"interval": "60"}, "interval"),
        ({"from": "2026-03-08T10:00:00Z", "to": "2026-03-09T11:01:00Z", "interval": "minute"}, "interval"),
        ({"from": "0001-01-02T00:00:00Z", "to": "9999-12-31T23:59:59Z", "interval": "day"}, "interval"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(client, operator, query, field):
    client.force_login(operator)
    answer = client.get("/analytics/connections", query)
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == "validation_error" and list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "9999-12-31T00:00:00Z", "to": "9999-12-31T23:59:59.999999Z", "interval": "day"},
        {"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"},
        {"from": "2026-03-08T10:00:00Z", "to": "2026-03-09T11:00:00Z", "interval": "minute"},  # 1,500 exactly
    ],
)
def test_the_ends_of_the_calendar_are_a_range_like_others(client, operator, query):
    client.force_login(operator)
    assert client.get("/analytics/connections", query).status_code == 200


def test_an_empty_range_has_no_intervals(client, operator):
    client.force_login(operator)
    answer = client.get("/analytics/connections", {"from": "2026-03-10T12:00:00Z", "to": "2026-03-10T12:00:00Z"})
    assert answer.status_code == 200 and answer.json()["series"] == []


def test_the_permission_is_needed_and_being_staff_is_not_it(client, mallory):
    client.force_login(mallory)
    answer = client.get("/analytics/connections", {"interval": "nonsense"})
    assert answer.status_code == 403 and answer.json()["code"] == "permission_denied"


def test_nobody_signed_in_is_told_so(client):
    answer = client.get("/analytics/connections")
    assert answer.status_code == 401 and answer.json()["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == "Token"
