"""What several tests of rooms look at."""

import pytest

from mindnet.base.errors import DomainError
from rooms.models import Room, RoomParticipant

pytestmark = pytest.mark.django_db


def refused(code, function, **arguments):
    with pytest.raises(DomainError) as caught:
        function(**arguments)
    assert caught.value.code == code, caught.value
    return caught.value


def roles_in(room):
    rows = RoomParticipant.objects.active().filter(room=room).order_by("psychic__username")
    return {row.psychic.username: row.role for row in rows.select_related("psychic")}


def count(room):
    return Room.objects.get(pk=room.pk).participant_count
