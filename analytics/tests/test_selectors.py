"""The figures of the connection log, on logs made by hand so that every figure can be counted on fingers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from analytics.selectors import connection_statistics
from analytics.shapes import DurationsOut, NodeConnectionsOut
from analytics.tests.lines import NOON, at, log
from presence.models import Connection, Node, Psychic

pytestmark = pytest.mark.django_db


def figures(start=0, end=60, interval="hour"):
    return connection_statistics(at(start), at(end), interval)


def points(answer, name):
    return [getattr(point, name) for point in answer.series]


@pytest.fixture
def ada():
    return Psychic.objects.create_user("ada", password="correct horse")


def test_an_empty_log_gives_zeros_and_nulls():
    answer = figures(interval="minute")
    counts = ("opened", "closed", "resumed", "refused", "lost", "peak_online")
    assert [getattr(answer, name) for name in counts] == [0] * 6
    assert answer.duration_seconds == DurationsOut(None, None)
    assert answer.by_code == {} and answer.by_node == [] and answer.online_now == 0
    assert len(answer.series) == 60 and set(points(answer, "online")) == {0}


def test_every_action_is_counted_where_it_belongs():
    for action, times in [("connected", 5), ("resumed", 4), ("refused", 3), ("disconnected", 2), ("lost", 1)]:
        for minute in range(times):
            log(action, minute)
    log("kicked", 7)
    answer = figures()
    assert answer.opened == 9
    assert answer.resumed == 4
    assert answer.refused == 3
    assert answer.closed == 4
    assert answer.lost == 1


def test_the_series_counts_by_interval_and_carries_what_is_open():
    log("connected", 0)
    log("resumed", 0.5)
    log("connected", 2)
    log("disconnected", 2.99)
    log("lost", 4)
    answer = figures(0, 5, "minute")
    assert points(answer, "at") == [at(minute) for minute in range(5)]
    assert points(answer, "opened") == [2, 0, 1, 0, 0]
    assert points(answer, "closed") == [0, 0, 1, 0, 1]
    assert points(answer, "online") == [2, 2, 2, 2, 1]


def test_the_range_includes_its_start_and_not_its_end():
    log("connected", 0)
    log("connected", 60)
    answer = figures(0, 60)
    assert answer.opened == 1 and points(answer, "opened") == [1]


def test_intervals_begin_on_full_hours_of_utc_also_where_the_range_does_not():
    log("connected", 10)  # before the range, within its first interval
    log("connected", 20)
    log("connected", 70)
    answer = figures(15, 75)
    assert points(answer, "at") == [NOON, at(60)]
    assert points(answer, "opened") == [1, 1]
    assert points(answer, "online") == [2, 3]


def test_days_follow_utc_whatever_zone_the_range_is_given_in():
    log("connected", -12 * 60)
    log("connected", -12 * 60 - 1)
    plus_five = timezone.get_fixed_timezone(300)
    answer = connection_statistics(at(-24 * 60).astimezone(plus_five), NOON.astimezone(plus_five), "day")
    assert points(answer, "at") == [datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)]
    assert points(answer, "opened") == [1, 1]
    assert answer.start.utcoffset() == timedelta(0)


def test_the_peak_lies_between_the_intervals_ends():
    for minute in (1, 2, 3):
        log("connected", minute)
    for minute in (4, 5, 6):
        log("disconnected", minute)
    answer = figures()
    assert answer.peak_online == 3
    assert points(answer, "online") == [0]


def test_the_peak_counts_what_was_open_at_the_start():
    log("connected", -30)
    log("connected", -20)
    log("disconnected", -10)
    log("connected", 30)
    log("disconnected", 40)
    log("disconnected", 50)
    answer = figures()
    assert answer.peak_online == 2
    assert points(answer, "online") == [0]
    quiet = figures(0, 20)
    assert quiet.peak_online == 1 and points(quiet, "online") == [1]


def test_refusals_open_and_close_nothing():
    log("connected", 1)
    log("refused", 2, close_code=403)
    answer = figures()
    assert answer.peak_online == 1 and points(answer, "online") == [1] and answer.by_code == {}


def test_a_closing_whose_opening_was_pruned_counts_as_open_before_it():
    log("connected", 0)
    log("disconnected", 30, duration_seconds=3600)  # opened an hour before it, where no line is left
    log("disconnected", 40, duration_seconds=2400)  # the one of minute 0: not older than the log
    answer = figures(10, 60, "minute")
    assert answer.peak_online == 2
    assert points(answer, "online")[0] == 2 and points(answer, "online")[25] == 1 and points(answer, "online")[-1] == 0


def test_a_connection_still_open_whose_opening_was_pruned_counts(ada):
    node = Node.objects.create(host="north", pid=1)
    Connection.objects.create(psychic=ada, node=node, opened_at=at(-100))
    Connection.objects.create(psychic=ada, node=node, opened_at=at(5))
    log("connected", 5)
    answer = figures(0, 10, "minute")
    assert points(answer, "online") == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert answer.peak_online == 2


def test_a_closing_without_any_opening_does_not_go_below_zero():
    log("lost", 10)
    answer = figures()
    assert points(answer, "online") == [0] and answer.peak_online == 0


@pytest.mark.parametrize(
    "seconds, median, p95",
    [
        ([7], 7, 7),
        ([10, 20], 15, 19.5),
        ([30, 10, 20], 20, 29),
        (list(range(1, 101)), 50.5, 95.05),
    ],
)
def test_durations_are_those_of_closings_in_the_range(seconds, median, p95):
    log("connected", -5000)
    for second in seconds:
        log("disconnected", 1, duration_seconds=second)
    log("disconnected", -1, duration_seconds=9999)
    log("kicked", 2)
    assert figures().duration_seconds == DurationsOut(median, p95)


def test_closings_are_counted_by_code():
    for code in (1000, 1000, 1001, 4503):
        log("disconnected", 1, close_code=code)
    log("lost", 1)
    log("disconnected", 61, close_code=1000)
    assert figures().by_code == {"1000": 2, "1001": 1, "4503": 1}


def test_live_connections_are_told_by_node(ada):
    north, south = Node.objects.create(host="north", pid=7), Node.objects.create(host="south", pid=8)
    dead = Node.objects.create(host="dead", pid=9, heartbeat_at=timezone.now() - timedelta(minutes=1))
    for node in (north, north, south, dead):
        Connection.objects.create(psychic=ada, node=node)
    Connection.objects.create(psychic=ada, node=south, closed_at=timezone.now())
    answer = connection_statistics(timezone.now() - timedelta(hours=1), timezone.now(), "hour")
    assert answer.online_now == 3
    assert answer.by_node == [NodeConnectionsOut("north:7", 2), NodeConnectionsOut("south:8", 1)]
    assert answer.peak_online >= 3


def test_the_number_of_queries_does_not_grow_with_the_log(django_assert_num_queries):
    for minute in range(50):
        log("connected", minute)
        log("disconnected", minute, duration_seconds=minute, close_code=1000)
    with django_assert_num_queries(15):
        figures(0, 60, "minute")


def test_refusals_that_were_gathered_count_each():
    log("refused", 1)
    log("refused", 2, times=2999)
    answer = figures()
    assert (answer.refused, answer.opened) == (3000, 0)
