"""The log of a room's deeds."""

import pytest

from rooms import log, restrictions, roles
from rooms.models import LogEntry


def test_a_reason_of_any_length_is_kept_as_far_as_it_fits(cast):
    log.record(cast.room, LogEntry.Deed.CHANGE, by=cast.owner, reason="x" * 600)
    [entry] = LogEntry.objects.filter(deed=LogEntry.Deed.CHANGE)
    assert (len(entry.reason), entry.reason[-2:]) == (500, "x…")
    assert entry.by == cast.owner


def deeds(room):
    return [
        (entry.deed, entry.by.username, entry.psychic.username if entry.psychic else None, entry.reason)
        for entry in LogEntry.objects.filter(room=room).order_by("pk")
    ]


def test_the_log_tells_who_did_what_and_what_was_taken_back(cast, api):
    room = cast.room.pk
    mute = restrictions.restrict(
        psychic=cast.moderator, room_id=room, username="paul", kind="mute", minutes=10, reason="Loud"
    )
    restrictions.lift(psychic=cast.owner, room_id=room, restriction_id=mute.pk)
    roles.hand_over(psychic=cast.owner, room_id=room, username="paul")
    assert deeds(cast.room)[2:] == [
        ("mute", "mona", "paul", "Loud"),
        ("lift", "olga", "paul", "Mute: Loud"),
        ("make_owner", "olga", "paul", "Participant before"),
        ("make_moderator", "olga", "olga", "Owner before"),
    ]
    newest = api(cast.participant).get(f"/rooms/{room}/log").json()["results"]
    assert [entry["deed"] for entry in newest][:4] == ["make_moderator", "make_owner", "lift", "mute"]
    assert set(newest[3]) == {"id", "at", "by", "deed", "psychic", "reason", "until", "undone_at"}
    assert newest[3]["until"] is not None and newest[3]["undone_at"] is not None


@pytest.mark.parametrize("part, status", [
    ("owner", 200), ("moderator", 200), ("participant", 200), ("restricted", 200), ("outsider", 403),
])  # fmt: skip
def test_those_in_the_room_read_the_log(cast, api, part, status):
    assert api(cast.everybody()[part]).get(f"/rooms/{cast.room.pk}/log").status_code == status


def test_the_log_of_a_closed_room_is_not_there_for_others(closed_cast, api):
    missing = api(closed_cast.outsider).get("/rooms/999999/log")
    assert api(closed_cast.outsider).get(f"/rooms/{closed_cast.room.pk}/log").content == missing.content
    assert missing.status_code == 404
