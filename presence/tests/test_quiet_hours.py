"""When quiet hours lie: in a psychic's own zone, whatever its clocks do. Instants of a given moment, no clock."""

from bisect import bisect_left
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from mindnet.base.errors import DomainError
from presence import quiet_hours


def rule(days, starts, ends):
    return {"days": days.split(), "from": starts, "to": ends}


def local(text, zone="Europe/Berlin"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)


def around(rules, now, zone="Europe/Berlin"):
    until, following = quiet_hours.around(rules, zone, now)
    return [moment and moment.astimezone(ZoneInfo(zone)).strftime("%d %H:%M") for moment in (until, following)]


DAYS = "mon tue wed thu fri sat sun"
NIGHTS = [rule(DAYS, "22:00", "07:00")]
SECOND = timedelta(seconds=1)
WEEK_MINUTES = 7 * 24 * 60


@pytest.mark.parametrize(
    "rules, now, expected",
    [
        (NIGHTS, "2026-05-13T21:59:59", [None, "13 22:00"]),
        (NIGHTS, "2026-05-13T22:00", ["14 07:00", "14 22:00"]),
        (NIGHTS, "2026-05-14T06:59:59", ["14 07:00", "14 22:00"]),
        (NIGHTS, "2026-05-14T07:00", [None, "14 22:00"]),
        ([rule("mon", "22:00", "07:00")], "2026-05-12T03:00", ["12 07:00", "18 22:00"]),  # begun on Monday, the 11th
        ([rule("mon", "12:00", "13:00")], "2026-05-11T12:30", ["11 13:00", "18 12:00"]),
        ([rule("wed", "13:00", "14:00"), rule("wed", "12:00", "13:00")], "2026-05-13T12:30", ["13 14:00", "20 12:00"]),
        ([rule("mon", "12:00:30", "12:00:45")], "2026-05-11T12:00:29", [None, "11 12:00"]),
        ([], "2026-05-11T12:00", [None, None]),
        # Spring: 02:00 to 03:00 does not exist on the 29th of March. The night is an hour shorter.
        (NIGHTS, "2026-03-28T23:00", ["29 07:00", "29 22:00"]),
        ([rule("sun", "02:30", "04:00")], "2026-03-29T01:59", [None, "29 03:00"]),
        ([rule("sun", "01:00", "02:30")], "2026-03-29T01:30", ["29 03:00", "05 01:00"]),
        ([rule("sun", "02:45", "03:10")], "2026-03-28T12:00", [None, "29 03:00"]),
        ([rule("sun", "02:15", "02:45")], "2026-03-28T12:00", [None, "05 02:15"]),  # left out as a whole
        ([rule("sun", "02:30", "07:00")], "2027-03-28T03:05", ["28 07:00", "04 02:30"]),
        ([rule("sat", "22:00", "02:30")], "2027-03-28T03:10", [None, "03 22:00"]),
        # Autumn: 02:00 to 03:00 comes twice on the 25th of October, and both belong to it.
        ([rule("sun", "01:00", "02:30")], "2026-10-25T01:30", ["25 02:30", "01 01:00"]),
    ],
)  # fmt: skip
def test_when_they_lie(rules, now, expected):
    assert around(rules, local(now)) == expected


def test_a_changed_clock_changes_the_length_and_not_the_time_of_day():
    lengths = []
    for day in ("2026-03-28", "2026-05-13", "2026-10-24"):
        now = local(f"{day}T22:00")
        until, _ = quiet_hours.around(NIGHTS, "Europe/Berlin", now)
        lengths.append((until - now) / timedelta(hours=1))
    assert lengths == [8, 9, 10]
    until, _ = quiet_hours.around([rule("sun", "01:00", "02:30")], "Europe/Berlin", local("2026-10-25T01:00"))
    assert until - local("2026-10-25T01:00") == timedelta(hours=2.5)


class Change(NamedTuple):
    """The clocks of a zone are put forward, or back: at this moment, when they showed `wall` before."""

    zone: str
    at: datetime
    wall: datetime
    forward: timedelta


def changes_of(zone_name, year):
    zone = ZoneInfo(zone_name)
    new_year = datetime(year, 1, 1, tzinfo=timezone.utc)

    def offset_at(minute):
        return (new_year + timedelta(minutes=minute)).astimezone(zone).utcoffset()

    weeks = [(minute, offset_at(minute)) for minute in range(0, 53 * WEEK_MINUTES, WEEK_MINUTES)]
    for (begin, before), (end, offset) in pairwise(weeks):
        if offset != before:
            minutes = range(begin, end + 1)
            minute = minutes[bisect_left(minutes, True, key=lambda minute: offset_at(minute) == offset)]
            at = new_year + timedelta(minutes=minute)
            yield Change(zone_name, at, (at + before).replace(tzinfo=None), offset - before)


@cache
def all_changes():
    """Of every zone, each kind of change once, in two years: one of history, in which Samoa left out a day, and one
    that is foretold."""
    names = sorted(quiet_hours.known_zones())
    changes = [change for year in (2011, 2027) for name in names for change in changes_of(name, year)]
    return list({change[1:]: change for change in changes}.values())


def test_a_time_that_is_left_out_is_the_moment_of_the_jump_in_every_zone():
    jumps = [change for change in all_changes() if timedelta(0) < change.forward < timedelta(days=1)]
    assert len(jumps) > 20
    for zone, at, wall, forward in jumps:
        for inside in (timedelta(0), forward / 2, forward - SECOND):
            clock = (wall + inside).time()
            begins, ends = [rule(DAYS, str(clock), later(wall + inside, 8))], [rule(DAYS, later(wall, 16), str(clock))]
            assert [is_quiet(begins, zone, moment) for moment in (at - SECOND, at)] == [False, True], (zone, at, clock)
            assert [is_quiet(ends, zone, moment) for moment in (at - SECOND, at)] == [True, False], (zone, at, clock)


def test_of_an_hour_that_comes_twice_both_belong_to_the_quiet_in_every_zone():
    returns = [change for change in all_changes() if change.forward < timedelta(0)]
    assert len(returns) > 20
    for zone, at, wall, forward in returns:
        half = -forward / 2
        clock = str((wall - half).time())
        begins, ends = [rule(DAYS, clock, later(wall, 8))], [rule(DAYS, later(wall, 16), clock)]
        first, second = at - half, at + half
        moments = (first - SECOND, first, at, second)
        assert [is_quiet(begins, zone, moment) for moment in moments] == [False, True, True, True], (zone, at)
        moments = (first, at, second - SECOND, second)
        assert [is_quiet(ends, zone, moment) for moment in moments] == [True, True, True, False], (zone, at)


def test_a_day_that_is_left_out_has_no_quiet_hours():
    [eve] = [
        change.at - SECOND
        for change in all_changes()
        if change.zone == "Pacific/Apia" and change.forward == timedelta(days=1)
    ]
    assert around([rule("fri", "12:00", "13:00")], eve, "Pacific/Apia") == [None, "06 12:00"]
    assert around([rule("thu", "22:00", "07:00")], eve, "Pacific/Apia") == ["31 00:00", "05 22:00"]


def is_quiet(rules, zone, moment):
    return quiet_hours.around(rules, zone, moment)[0] is not None


def later(moment, hours):
    return str((moment + timedelta(hours=hours)).time())


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"])
def test_they_are_of_the_psychics_own_zone(zone):
    now = local("2026-05-13T23:00", zone)
    assert around(NIGHTS, now, zone) == ["14 07:00", "14 22:00"]


def test_quiet_hours_without_a_gap_are_looked_at_anew_at_the_end():
    always = [rule(DAYS, "00:00", "12:00"), rule(DAYS, "12:00", "00:00")]
    now = local("2026-05-13T12:00")
    until, following = quiet_hours.around(always, "Europe/Berlin", now)
    assert until == following and until - now > timedelta(days=7)


@pytest.mark.parametrize(
    "entries, sentence",
    [
        ([("", "22:00", "07:00")], "at least one day"),
        ([("mon", "22:00", "22:00")], "another time than they begin"),
        ([("mon", "22:00", "22:00:00")], "another time than they begin"),
        ([("mon tue", "22:00", "07:00"), ("tue", "06:59", "08:00")], "overlap"),
        ([("sun", "22:00", "07:00"), ("mon", "06:00", "06:30")], "overlap"),
        ([("mon", "10:00", "11:00"), ("mon", "10:00", "11:00")], "overlap"),
        ([("monday", "22:00", "07:00")], "The days are mon"),
        ([("mon", "24:00", "07:00")], "times of day"),
        ([("mon", "7", "8")], "times of day"),
        ([("mon", "٢٢:٠٠", "07:00")], "times of day"),
        ([("mon", "0٢:0٠", "07:00")], "times of day"),
        ([("mon", f"00:{n:02}", f"00:{n + 1:02}") for n in range(15)], "At most 14"),
    ],
)
def test_what_are_no_quiet_hours(entries, sentence):
    entries = [{"days": days.split(), "starts": starts, "ends": ends} for days, starts, ends in entries]
    with pytest.raises(DomainError) as refused:
        quiet_hours.checked(entries)
    assert refused.value.code == "validation_error" and sentence in refused.value.errors["quiet_hours"][0]


def test_hours_that_touch_do_not_overlap():
    entries = [{"days": ["mon", "sun"], "starts": "22:00", "ends": "07:00"}]
    entries.append({"days": ["mon"], "starts": "07:00:00", "ends": "22:00"})
    assert quiet_hours.checked(entries)[1] == {"days": ["mon"], "from": "07:00", "to": "22:00"}
