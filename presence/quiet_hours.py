"""Recurring quiet hours: what they may look like, and when they lie. No database here.

Written in the psychic's own zone, `[{"days": ["mon", "tue"], "from": "22:00", "to": "07:00"}]`; the days are those on
which they begin, and an end that is not after its beginning is on the next day. They are turned into instants day by
day, so that a clock that is put forward or back moves them with it: a time that the clock leaves out is the moment of
the jump, for beginning and end alike, and of an hour that comes twice both belong to the quiet.
"""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from typing import Any, TypedDict
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings

from mindnet.base.errors import invalid
from presence.fields import CLOCK, DAYS, QUIET_HOURS

DAY_SECONDS = 24 * 3600
# `from` is no name in Python.
Entry = TypedDict("Entry", {"days": list[str], "from": str, "to": str})
Span = tuple[datetime, datetime]
WEEK_SECONDS = 7 * DAY_SECONDS
# How far ahead instants are made. A week and a day has the next beginning of whatever recurs weekly.
HORIZON_DAYS = 9


# What may be set


@cache
def time_zones() -> list[str]:
    """Names of all IANA zones that this machine knows, as people choose from them."""
    return sorted(name for name in known_zones() if not name.startswith(("Etc/", "SystemV/")) or name == "UTC")


@cache
def known_zones() -> set[str]:
    return available_timezones()


def checked_zone(name: str) -> str:
    """Raises validation_error."""
    if name not in known_zones():
        raise invalid("time_zone", "Give an IANA time zone, as in Europe/Berlin.")
    return name


def checked(entries: list[dict[str, Any]]) -> list[Entry]:
    """The quiet hours as they are stored, out of {days, starts, ends}. Raises validation_error for empty, overlapping
    or too many of them."""
    if not QUIET_HOURS.fits(entries):
        raise invalid("quiet_hours", f"At most {settings.LIMITS['QUIET_HOURS']} entries.")
    hours = [checked_entry(**entry) for entry in entries]
    taken = sorted(span for entry in hours for span in weekly_spans(entry))
    # Beyond the end of the week comes its beginning again.
    for (_, end), (start, _) in zip(taken, [*taken[1:], *((s + WEEK_SECONDS, e) for s, e in taken[:1])], strict=True):
        if start < end:
            raise invalid("quiet_hours", "Quiet hours must not overlap.")
    return hours


def checked_entry(*, days: list[str], starts: str, ends: str) -> Entry:
    """One entry as it is stored. Raises validation_error."""
    if not days:
        raise invalid("quiet_hours", "Choose at least one day.")
    if not set(days) <= set(DAYS):
        raise invalid("quiet_hours", f"The days are {', '.join(DAYS)}.")
    if not (CLOCK.fits(starts) and CLOCK.fits(ends)):
        raise invalid("quiet_hours", "Give times of day, as in 22:00.")
    starts, ends = shortened(starts), shortened(ends)
    if starts == ends:
        raise invalid("quiet_hours", "Quiet hours end at another time than they begin.")
    return {"days": [day for day in DAYS if day in days], "from": starts, "to": ends}


def shortened(clock: str) -> str:
    return clock.removesuffix(":00") if len(clock) == 8 else clock


def weekly_spans(entry: Entry) -> list[tuple[int, int]]:
    """[(start, end)] in seconds since Monday, 00:00; the last one may reach beyond the week."""
    starts, ends = seconds_of(entry["from"]), seconds_of(entry["to"])
    length = (ends - starts) % DAY_SECONDS
    begins = [DAYS.index(day) * DAY_SECONDS + starts for day in entry["days"]]
    return [(begin, begin + length) for begin in begins]


def seconds_of(clock: str) -> int:
    at = time.fromisoformat(clock)
    return at.hour * 3600 + at.minute * 60 + at.second


# When they lie


def around(entries: list[Entry], zone_name: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """(end of the quiet hours that `now` lies in, or None; the next beginning, or None)."""
    spans = instants(entries, zone_name, now)
    until = next((end for start, end in spans if start <= now < end), None)
    following = next((start for start, _ in spans if start > now), None)
    # Quiet hours without a gap have no next beginning: at the end of what was looked at, they are looked at anew.
    return until, following or until


def instants(entries: list[Entry], zone_name: str, now: datetime) -> list[Span]:
    """[(start, end)] in UTC from yesterday on, in order; those that join on are one."""
    zone = ZoneInfo(zone_name)
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=offset) for offset in range(-1, HORIZON_DAYS)]
    spans = sorted(
        instant(entry, day, zone) for day in days for entry in entries if DAYS[day.weekday()] in entry["days"]
    )
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:  # what lies in an hour that is left out as a whole is left out
            joined.append((start, end))
    return joined


def instant(entry: Entry, day: date, zone: ZoneInfo) -> Span:
    """When an entry that begins on this day begins and ends."""
    starts, ends = time.fromisoformat(entry["from"]), time.fromisoformat(entry["to"])
    last_day = day if ends > starts else day + timedelta(days=1)
    return moments(day, starts, zone)[0], moments(last_day, ends, zone)[1]


def moments(day: date, clock: time, zone: ZoneInfo) -> Span:
    """The first and the last moment at which the clocks of a zone show this time: the same one but where the clock is
    put back. Where it is put forward past this time, the moment of the jump, twice."""
    first, last = in_utc(day, clock, zone), in_utc(day, clock.replace(fold=1), zone)
    if first <= last:
        return first, last
    # Before the jump the time lies ahead, after it behind: what Python makes of it lies on both sides of the jump.
    jump = first_showing(datetime.combine(day, clock), zone, after=last, until=first)
    return jump, jump


def first_showing(wall: datetime, zone: ZoneInfo, *, after: datetime, until: datetime) -> datetime:
    """The first second at which the clocks of a zone show `wall` or more; they do at `until`, and not yet at
    `after`."""

    def shown(seconds: int) -> datetime:
        return (after + timedelta(seconds=seconds)).astimezone(zone).replace(tzinfo=None)

    return after + timedelta(seconds=bisect_left(range(int((until - after).total_seconds())), wall, key=shown))


def in_utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(timezone.utc)
