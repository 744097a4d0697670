"""How the connection log is pruned."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics import services
from analytics.models import ConnectionLog

pytestmark = pytest.mark.django_db


def lines(*ages_in_days):
    now = timezone.now()
    ConnectionLog.objects.bulk_create(
        ConnectionLog(action="connected", timestamp=now - timedelta(days=age)) for age in ages_in_days
    )


def test_old_lines_go_and_the_others_stay(settings, capsys):
    lines(0, 29.9, 30.1, 31, 400)
    call_command("prune_logs")
    assert capsys.readouterr().out == "3 lines older than 30 days deleted.\n"
    assert ConnectionLog.objects.count() == 2
    call_command("prune_logs")
    assert capsys.readouterr().out == "0 lines older than 30 days deleted.\n"
    settings.LIMITS = settings.LIMITS | {"LOG_DAYS": 7}
    call_command("prune_logs")
    assert ConnectionLog.objects.count() == 1


def test_pruning_goes_in_chunks(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(services, "CHUNK_ROWS", 10)
    lines(*[40] * 25)
    with django_assert_num_queries(7):  # three times ids and their deletion, and the look that finds none
        assert services.prune_logs(timezone.now() - timedelta(days=30)) == 25


def test_days_by_hand():
    lines(1, 3)
    call_command("prune_logs", "--days", "2", stdout=StringIO())
    assert ConnectionLog.objects.count() == 1
    with pytest.raises(CommandError):
        call_command("prune_logs", "--days", "0")
    assert ConnectionLog.objects.count() == 1
