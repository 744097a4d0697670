"""The admin's pages of the connection log."""

import uuid

import pytest
from django.utils import timezone

from analytics.models import ConnectionLog
from presence.models import Psychic

pytestmark = pytest.mark.django_db

LOG = "/admin/analytics/connectionlog/"
SCRIPT = "<script>alert(1)</script>"
CONNECTION = uuid.UUID("3b1f8f0e-5a53-4d0f-9d2c-0f3c7b8a9e10")


@pytest.fixture
def admin(client):
    client.force_login(Psychic.objects.create_superuser("sol", password="correct horse"))
    return client


@pytest.fixture
def line():
    return ConnectionLog.objects.create(
        psychic=Psychic.objects.create_user("bob", password="correct horse"), action="kicked", reason=SCRIPT,
        user_agent=SCRIPT, node=f"north{SCRIPT}", ip_address="192.0.2.7", connection_id=CONNECTION, close_code=4503,
    )  # fmt: skip


def test_the_list_and_a_line_open_and_escape_what_clients_sent(admin, line):
    for page in (LOG, f"{LOG}{line.pk}/change/"):
        answer = admin.get(page)
        assert answer.status_code == 200
        assert "<script>alert(1)" not in answer.text and "&lt;script&gt;alert(1)" in answer.text


@pytest.mark.parametrize(
    "query, is_found",
    [
        ("q=bob", True), ("q=BOB", True), ("q=bo", False), ("q=192.0.2.7", True), ("q=192.0.2.8", False),
        (f"q={CONNECTION}", True), (f"q={uuid.uuid4()}", False), ("q=::1", False), ("q=%00", True),
        ("action__exact=kicked", True), ("action__exact=lost", False),
        (f"day={timezone.now().date()}", True), ("day=9999-12-31", False), ("day=soon", False),
    ],
)  # fmt: skip
def test_searches_and_filters(admin, line, query, is_found):
    answer = admin.get(f"{LOG}?{query}")
    assert answer.status_code == 200
    assert (line in answer.context["cl"].result_list) is is_found


def test_the_log_is_written_by_nobody(admin, line):
    assert admin.get(f"{LOG}add/").status_code == 403
    assert admin.post(f"{LOG}{line.pk}/change/", {"reason": "x"}).status_code == 403
    assert admin.post(f"{LOG}{line.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_list_costs_the_same_however_long_it_is(admin, line, django_assert_max_num_queries):
    ConnectionLog.objects.bulk_create(
        ConnectionLog(psychic=line.psychic, action="connected", ip_address="192.0.2.7") for _ in range(60)
    )
    with django_assert_max_num_queries(7):
        assert len(admin.get(LOG).context["cl"].result_list) == 50
