"""What is deleted by others than its sender, and what the room's log says of it."""

import pytest

from messaging import services
from rooms.models import LogEntry

pytestmark = pytest.mark.django_db


def test_who_deletes_anothers_message_is_named_once_and_its_words_are_not(cast):
    message = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="secret")[0].id
    for _ in range(2):
        services.delete_message(psychic=cast.moderator, message_id=message)
    own = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="mine")[0].id
    services.delete_message(psychic=cast.participant, message_id=own)
    [entry] = LogEntry.objects.filter(room=cast.room, deed=LogEntry.Deed.DELETE)
    assert (entry.by, entry.psychic, entry.reason) == (cast.moderator, cast.participant, "")
