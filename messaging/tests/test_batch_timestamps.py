"""Within a room, later messages are not dated earlier, whatever the clocks of their processes say."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import writer
from messaging.drafts import Draft
from rooms.models import Room
from rooms.services import create_room


def stored(psychic, *rooms):
    drafts = [Draft(psychic.pk, room.pk, "hello", "text", uuid.uuid4()) for room in rooms]
    return [one.message.timestamp for one in writer.commit(drafts)]


@pytest.fixture
def ahead(room):
    """When another process, whose clock is ahead, has written to the room."""
    moment = timezone.now() + timedelta(seconds=30)
    Room.objects.filter(pk=room.pk).update(last_sent_at=moment)
    return moment


@pytest.fixture
def ada(people):
    return people[0]


def test_a_clock_that_is_behind_does_not_date_back(ada, room, ahead):
    assert stored(ada, room, room) == [ahead, ahead]
    assert Room.objects.get(pk=room.pk).last_sent_at == ahead


def test_other_rooms_keep_their_own_time(ada, room, ahead):
    other, _ = create_room(psychic=ada, name="other")
    first, second = stored(ada, room, other)
    assert first == ahead and second < ahead
    assert stored(ada, other)[0] >= second


def test_what_is_stored_is_what_was_told(ada, room):
    [moment] = stored(ada, room)
    assert room.messages.get().timestamp == moment == Room.objects.get(pk=room.pk).last_sent_at
