"""House rules: who reads and who sets them, what they are in words, and that each change has its author."""

import pytest

from rooms import house_rules, links, services
from rooms.models import LogEntry, Room
from rooms.tests.checks import refused

DEFAULTS = {"mention_all": "moderator", "hold_new_hours": 0, "hold_new_messages": 0, "retention_hours": 0}
RULES = {"mention_all": "owner", "hold_new_hours": 48, "hold_new_messages": 3, "retention_hours": 2160}


def test_an_owner_sets_them_in_one_change_that_is_logged_and_told(cast, api, listen):
    path, ear = f"/rooms/{cast.room.pk}/rules", listen(cast.room.pk)
    assert api(cast.owner).get(path).json() == {"room": cast.room.pk} | DEFAULTS
    before = Room.objects.get(pk=cast.room.pk).revision
    answer = api(cast.owner).patch(path, RULES, format="json")
    assert (answer.status_code, answer.json()) == (200, {"room": cast.room.pk} | RULES)
    assert [line["type"] for _, _, line in ear.heard()] == ["room.updated"]
    assert Room.objects.get(pk=cast.room.pk).revision == before + 1
    [entry] = LogEntry.objects.filter(room=cast.room, deed=LogEntry.Deed.CHANGE)
    assert entry.by == cast.owner
    assert entry.reason == (
        "Who may mention all: owners and moderators → owners; Accounts held back while new: none → 2 days; "
        "First messages held back: none → 3; Messages are kept: for good → 90 days"
    )
    assert api(cast.owner).patch(path, RULES, format="json").status_code == 200
    assert LogEntry.objects.filter(room=cast.room, deed=LogEntry.Deed.CHANGE).count() == 1
    assert ear.heard() == []


@pytest.mark.parametrize("part, status", [
    ("moderator", 403), ("participant", 403), ("restricted", 403), ("outsider", 403),
])  # fmt: skip
def test_all_who_see_the_room_read_them_and_only_owners_change_them(cast, api, part, status):
    one = api(cast.everybody()[part])
    assert one.get(f"/rooms/{cast.room.pk}/rules").status_code == 200
    assert one.patch(f"/rooms/{cast.room.pk}/rules", RULES, format="json").status_code == status
    assert not LogEntry.objects.filter(deed=LogEntry.Deed.CHANGE).exists()


def test_those_of_a_closed_room_are_not_there_for_others(closed_cast, api):
    stranger, path = api(closed_cast.outsider), f"/rooms/{closed_cast.room.pk}/rules"
    missing = stranger.get("/rooms/999999/rules")
    assert stranger.get(path).content == stranger.patch(path, RULES, format="json").content == missing.content


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_changed(cast, api):
    wrong = {"hold_new_hours": 721, "hold_new_messages": -1, "retention_hours": 87601}
    answer = api(cast.owner).patch(f"/rooms/{cast.room.pk}/rules", wrong | {"mention_all": "owner"}, format="json")
    assert (answer.status_code, set(answer.json()["errors"])) == (400, set(wrong))
    for values in ({"mention_all": "nobody"}, {"retention_hours": "90"}, {"slow_mode_seconds": 5}):
        assert api(cast.owner).patch(f"/rooms/{cast.room.pk}/rules", values, format="json").status_code == 400
    assert api(cast.owner).get(f"/rooms/{cast.room.pk}/rules").json() == {"room": cast.room.pk} | DEFAULTS


def test_a_mind_link_has_none_and_an_ended_room_keeps_its_own(cast):
    link, _ = links.open_link(cast.owner, "", "", None, "paul")
    errors = refused("validation_error", services.update_room, psychic=cast.owner, room_id=link.pk, **RULES).errors
    assert set(errors) == set(RULES) - {"retention_hours"}
    services.update_room(psychic=cast.owner, room_id=link.pk, **DEFAULTS)
    services.end_room(psychic=cast.owner, room_id=cast.room.pk)
    refused("room_closed", services.update_room, psychic=cast.owner, room_id=cast.room.pk, **RULES)
    assert LogEntry.objects.get(room=cast.room, deed=LogEntry.Deed.END).by == cast.owner


def test_either_of_a_link_says_how_long_messages_are_kept(cast, api):
    link, _ = links.open_link(cast.owner, "", "", None, "paul")
    Room.objects.filter(pk=link.pk).update(last_seq=7)
    path = f"/rooms/{link.pk}/rules"
    assert api(cast.participant).patch(path, {"retention_hours": 1}, format="json").json()["retention_hours"] == 1
    assert Room.objects.get(pk=link.pk).emptied_seq == 7, "what was said before stays"
    Room.objects.filter(pk=link.pk).update(last_seq=9)
    assert api(cast.owner).patch(path, {"retention_hours": 2}, format="json").status_code == 200
    assert Room.objects.get(pk=link.pk).emptied_seq == 7
    for who, rules, status in [
        (cast.participant, {"retention_hours": 0, "mention_all": "moderator"}, 403),
        (cast.participant, {"retention_hours": 87601}, 400),
        (cast.outsider, {"retention_hours": 0}, 404),
    ]:
        assert api(who).patch(path, rules, format="json").status_code == status
    services.leave_room(psychic=cast.participant, room_id=link.pk)
    refused("not_found", services.update_room, psychic=cast.participant, room_id=link.pk, retention_hours=0)


def test_changes_of_rooms_are_bounded(cast, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"ROOM_CHANGE_RATE": settings.LIMITS["ROOM_CHANGE_RATE"]._replace(burst=1)}
    services.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=1)
    refused("rate_limited", services.update_room, psychic=cast.owner, room_id=cast.room.pk, retention_hours=2)


@pytest.mark.parametrize("values, told", [
    ({}, ["Owners and moderators may mention all at once."]),
    ({"slow_mode_seconds": 90, "mention_all": "participant"},
     ["Participants wait 90 seconds between two messages.", "Everybody in the room may mention all at once."]),
    ({"hold_new_hours": 24, "hold_new_messages": 1, "retention_hours": 8760},
     ["Who is new is read by a moderator first: accounts younger than 1 day and everybody's first message here.",
      "Messages are kept for 1 year, then they are deleted.", "Owners and moderators may mention all at once."]),
    ({"kind": "private"}, []),
    ({"kind": "private", "retention_hours": 168}, ["Messages disappear 1 week after they are sent."]),
    ({"kind": "private", "retention_hours": 25}, ["Messages disappear 25 hours after they are sent."]),
])  # fmt: skip
def test_a_room_says_its_rules_in_words(values, told):
    assert house_rules.sentences(Room(**values)) == told
