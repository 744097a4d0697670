"""Retention: what is too old goes, the oldest first, each message once, and whoever holds it is told."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone

from messaging import reactions, retention, services, sync
from messaging.models import Message, Reaction
from mindnet.realtime import groups
from rooms import services as rooms
from rooms.models import Room

DAY = timedelta(days=1)


def filled(cast, *ages):
    """Messages of these ages in days, the oldest first, in the cast's room; a rule of 30 days holds there."""
    ids = []
    for age in ages:
        message, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content=f"{age} days old")
        Message.objects.filter(pk=message.id).update(timestamp=timezone.now() - age * DAY)
        ids.append(message.id)
    rooms.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=30 * 24)
    return ids


def contents(room):
    return list(Message.objects.filter(room=room).order_by("seq").values_list("content", flat=True))


def swept(room):
    """How many were deleted, batch by batch, until nothing is due."""
    counts = []
    while room.pk in retention.due_rooms():
        counts.append(retention.empty_next(room.pk))
    return counts


def test_what_is_too_old_is_deleted_like_by_its_sender(cast):
    old, older, _young = filled(cast, 40, 31, 29)
    reactions.react(psychic=cast.owner, message_id=old, emoji="👍", on=True)
    services.delete_message(psychic=cast.participant, message_id=older)
    head = Room.objects.get(pk=cast.room.pk).last_seq
    assert swept(cast.room) == [1]
    assert contents(cast.room) == ["", "", "29 days old"]
    assert not Reaction.objects.exists()
    [out] = sync.read(Message.objects.filter(pk=old))
    assert (out.seq, out.changed_seq, out.deleted, out.content, out.reactions) == (1, head + 1, True, "", {})
    assert Room.objects.get(pk=cast.room.pk).last_seq == head + 1
    assert Message.objects.get(pk=old).mentions is None
    assert swept(cast.room) == []


def test_batches_go_on_where_the_last_one_stopped_and_tell_the_room_once_each(
    cast, monkeypatch, django_capture_on_commit_callbacks
):
    filled(cast, 50, 49, 48, 1)
    monkeypatch.setattr(retention, "BATCH", 2)
    layer = get_channel_layer()
    channel = async_to_sync(layer.new_channel)()
    async_to_sync(layer.group_add)(groups.on_the_wire(groups.room(cast.room.pk)), channel)
    with django_capture_on_commit_callbacks(execute=True):
        assert swept(cast.room) == [2, 1]
    told = [async_to_sync(layer.receive)(channel) for _ in range(2)]
    assert [(one["first"], one["last"], len(one["lines"])) for one in told] == [(5, 6, 2), (7, 7, 1)]
    assert all('"message.updated"' in line and '"deleted":true' in line for one in told for line in one["lines"])
    assert [message.seq for message in sync.changes(cast.room.pk, 4, 10).messages] == [1, 2, 3]


def test_only_rooms_with_a_rule_are_looked_at_and_ended_ones_as_well(cast):
    filled(cast, 40)
    rooms.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=0)
    assert retention.due_rooms() == [] and retention.empty_next(cast.room.pk) == 0
    rooms.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=7 * 24)
    rooms.end_room(psychic=cast.owner, room_id=cast.room.pk)
    assert swept(cast.room) == [1]
    assert contents(cast.room) == [""]


def look_after(room):
    """How long from now the room is looked at next, in whole minutes; None for never."""
    at = Room.objects.get(pk=room.pk).empties_at
    return at and round((at - timezone.now()).total_seconds() / 60)


def test_one_hour_is_one_hour_and_a_quiet_room_is_looked_at_once_in_that(cast):
    filled(cast, 1.02 / 24, 0.75 / 24)
    rooms.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=1)
    assert swept(cast.room) == [1] and look_after(cast.room) == 15, "when the one that is left becomes too old"
    assert retention.empty_next(cast.room.pk) == 0, "another process has done it"
    Message.objects.filter(room=cast.room).update(timestamp=timezone.now() - DAY)
    assert retention.due_rooms() == []
    Room.objects.filter(pk=cast.room.pk).update(empties_at=timezone.now())
    assert swept(cast.room) == [1] and look_after(cast.room) == 60, "when something said now would be too old"
    rooms.end_room(psychic=cast.owner, room_id=cast.room.pk)
    Room.objects.filter(pk=cast.room.pk).update(empties_at=timezone.now())
    assert swept(cast.room) == [0] and look_after(cast.room) is None, "nothing comes any more"


def test_a_look_costs_a_few_queries_however_many_rooms_have_a_rule(cast, django_assert_num_queries):
    for _ in range(5):
        room, _ = rooms.create_room(psychic=cast.owner, name="Hourly")
        rooms.update_room(psychic=cast.owner, room_id=room.pk, retention_hours=1)
        assert swept(room) == [0]
    with django_assert_num_queries(1):
        assert retention.due_rooms() == []


@pytest.mark.parametrize("days, count", [(60, 0), (45, 1), (30, 3), (1, 4)])
def test_what_a_rule_would_delete_is_counted_before(cast, days, count):
    ids = filled(cast, 50, 40, 39, 38, 2, 0)
    services.delete_message(psychic=cast.participant, message_id=ids[2])
    assert retention.count_older(Room.objects.get(pk=cast.room.pk), days * 24) == count


def test_counting_takes_as_many_steps_as_halving_does(cast, django_assert_max_num_queries):
    filled(cast, *range(60, 40, -1))
    room = Room.objects.get(pk=cast.room.pk)
    with django_assert_max_num_queries(6):
        assert retention.count_older(room, 50 * 24) == 11
