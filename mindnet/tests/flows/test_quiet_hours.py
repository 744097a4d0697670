"""Quiet hours: psychics meditate by themselves, in their own zone, whatever their clocks do."""

import asyncio
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from mindnet.base.errors import DomainError
from mindnet.tests.support.checks import room_of
from presence import quiet_hours

LATE_SECONDS = 15


# When they lie. No server, no clock: instants of a given moment.


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


# On real servers


DAYS = list(quiet_hours.DAYS)


def clock(moment):
    return moment.astimezone(ZoneInfo("Asia/Kathmandu")).strftime("%H:%M:%S")


def set_hours(person, starts, ends, process=0):
    """Every day between these instants, as their clock in Kathmandu shows them."""
    hours = [{"days": DAYS, "from": clock(starts), "to": clock(ends)}]
    answer = person.api(process).patch(
        "/presence/me/meditation", json={"time_zone": "Asia/Kathmandu", "quiet_hours": hours}
    )
    assert answer.status_code == 200, answer.text


def own(person):
    answer = person.api().get("/presence/me").json()
    return answer["status"], answer["until"]


async def until_status(person, status):
    async with asyncio.timeout(LATE_SECONDS):
        while own(person)[0] != status:
            await asyncio.sleep(0.2)


async def test_they_begin_and_end_by_themselves_on_every_process(cluster):
    ada, bob, cleo = cluster.person("ada"), cluster.person("bob"), cluster.person("cleo")
    room = await room_of(ada, bob, cleo)
    async with ada.connect() as talking, bob.connect(0) as one, bob.connect(1) as two, cleo.connect(1) as hidden:
        await hidden.call("presence.set", {"status": "invisible"})
        now = datetime.now(timezone.utc).replace(microsecond=0)
        starts, ends = now + timedelta(seconds=3), now + timedelta(seconds=9)
        for person in (bob, cleo):
            await asyncio.to_thread(set_hours, person, starts, ends, 1)
        assert own(bob) == ("online", None) and own(cleo)[0] == "invisible"
        for person in (bob, cleo):
            await until_status(person, "meditating")
            shown = own(person)[1]
            assert abs(datetime.fromisoformat(shown) - ends) < timedelta(seconds=1)
            assert ada.api().get(f"/psychics/{person.username}").json()["until"] == shown
        sent = await talking.call("message.send", {"room": room, "content": "held"})
        assert [psychic["id"] for psychic in sent["held_for"]] == [bob.id, cleo.id]
        for socket in (one, two, hidden):
            await socket.event("message.created", room=room, timeout=LATE_SECONDS)
        assert datetime.now(timezone.utc) >= ends
        # What the hours stood in for is in force again.
        assert own(bob) == ("online", None) and own(cleo)[0] == "invisible"
        assert ada.api().get(f"/psychics/{cleo.username}").json()["status"] == "offline"


async def test_hours_around_now_begin_at_once_and_online_ends_those_only(embedded):
    bob = embedded.person("bob")
    now = datetime.now(timezone.utc)
    async with bob.connect() as socket:
        set_hours(bob, now - timedelta(hours=1), now + timedelta(hours=1))
        assert own(bob)[0] == "meditating"
        # Others hours move the end, and the bell does not ring between.
        set_hours(bob, now - timedelta(hours=2), now + timedelta(hours=2))
        status, until = own(bob)
        assert status == "meditating" and datetime.fromisoformat(until) > now + timedelta(hours=1.5)
        assert (await socket.call("presence.set", {"status": "online"}))["status"] == "online"
        await asyncio.sleep(2.5)
        assert own(bob) == ("online", None)
        bob.api().patch("/presence/me/meditation", json={"urgent_from": "nobody"}).raise_for_status()
        assert own(bob) == ("online", None)
        # Without hours there are none under way either.
        set_hours(bob, now - timedelta(hours=1), now + timedelta(hours=1))
        assert own(bob)[0] == "meditating"
        bob.api().patch("/presence/me/meditation", json={"quiet_hours": []}).raise_for_status()
        assert own(bob) == ("online", None)


@pytest.mark.parametrize(
    "change, field",
    [
        ({"urgent_from": "everybody"}, "urgent_from"),
        ({"urgent_from": None}, "urgent_from"),
        ({"chosen": ["not a name"]}, "chosen"),
        ({"chosen": ["nobody-of-this-name"]}, "chosen"),
        ({"chosen": ["\x00"]}, "chosen.0"),
        ({"chosen": ["a" * 100_000]}, "chosen"),
        ({"chosen": "ada"}, "chosen"),
        ({"chosen": [7]}, "chosen.0"),
        ({"chosen": [f"name{n}" for n in range(51)]}, "chosen"),
        ({"time_zone": "Middle/Earth"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"quiet_hours": {}}, "quiet_hours"),
        ({"quiet_hours": [{"days": ["mon"], "from": "22:00"}]}, "quiet_hours.0.to"),
        ({"quiet_hours": [{"days": ["mon"], "from": "22:00", "to": "x"}]}, "quiet_hours"),
        ({"quiet_hours": [{"days": ["mon"], "from": 22, "to": "07:00"}]}, "quiet_hours.0.from"),
        ({"quiet_hours": [{"days": [], "from": "22:00", "to": "07:00"}]}, "quiet_hours"),
        ({"quiet_hours": [{"days": ["mon"], "from": "22:00", "to": "07:00", "x": 1}]}, "quiet_hours.0.x"),
        ({"status": "online"}, "status"),
    ],
)
async def test_what_is_refused_and_leaves_everything_as_it_was(embedded, change, field):
    bob = embedded.person("bob")
    before = bob.api().get("/presence/me/meditation").json()
    assert before == {"urgent_from": "anyone_twice", "chosen": [], "time_zone": "UTC", "quiet_hours": []}
    answer = bob.api().patch("/presence/me/meditation", json=change)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), answer.text
    assert list(answer.json()["errors"]) == [field]
    assert bob.api().get("/presence/me/meditation").json() == before


async def test_they_are_nobody_elses(embedded):
    bob = embedded.person("bob")
    assert bob.api().patch("/presence/me/meditation", json={"chosen": [bob.username]}).status_code == 400
    assert embedded.open_client().get("/presence/me/meditation").status_code == 401
    assert embedded.open_client().patch("/presence/me/meditation", json={}).status_code == 401
