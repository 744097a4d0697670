"""Quiet hours: psychics meditate by themselves, on real servers."""

import asyncio
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from mindnet.tests.support.checks import room_of
from presence import quiet_hours

LATE_SECONDS = 15


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
