"""When quiet hours lie: in a psychic's own zone, whatever its clocks do. Instants of a given moment, no clock."""

from datetime import datetime, timedelta, timezone
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


NIGHTS = [rule("mon tue wed thu fri sat sun", "22:00", "07:00")]


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
        ([rule("sun", "02:30", "04:00")], "2026-03-29T01:59", [None, "29 03:30"]),
        ([rule("sun", "01:00", "02:30")], "2026-03-29T01:30", ["29 03:30", "05 01:00"]),
        ([rule("sun", "02:45", "03:10")], "2026-03-28T12:00", [None, "05 02:45"]),
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


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"])
def test_they_are_of_the_psychics_own_zone(zone):
    now = local("2026-05-13T23:00", zone)
    assert around(NIGHTS, now, zone) == ["14 07:00", "14 22:00"]


def test_quiet_hours_without_a_gap_are_looked_at_anew_at_the_end():
    days = "mon tue wed thu fri sat sun"
    always = [rule(days, "00:00", "12:00"), rule(days, "12:00", "00:00")]
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
