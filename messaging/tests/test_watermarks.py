"""What moves watermarks, and what others see of it."""

import pytest
from django.contrib.auth.models import Permission

from messaging import broadcasts, journey, watermarks
from messaging.watermarks import Watermark
from presence import services as presence
from presence.models import Psychic
from presence.shapes import presence_out
from presence.signals import presence_changed
from rooms import services as rooms
from rooms.lookups import everyone_room
from rooms.models import Room, RoomParticipant
from rooms.shapes import everyones_row, participant_out

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada():
    return Psychic.objects.create_user("ada", password="open the third eye")


@pytest.fixture
def places(ada):
    """Ada's room and everyone's room, ten numbers in each."""
    room, _ = rooms.create_room(psychic=ada, name="The garden")
    found = [room.pk, everyone_room().pk]
    Room.objects.filter(pk__in=found).update(last_seq=10)
    return found


def read(ada, places, seq):
    watermarks.advance([Watermark(ada.pk, place, seq + 1, seq) for place in places])


def true(ada):
    row = RoomParticipant.objects.get(psychic=ada)
    ada.refresh_from_db()
    return (row.delivered_seq, row.read_seq), (ada.everyone_delivered_seq, ada.everyone_read_seq)


def shown(ada):
    row = participant_out(RoomParticipant.objects.select_related("psychic").get(psychic=ada))
    ada.refresh_from_db()
    everyone = participant_out(everyones_row(everyone_room(), ada))
    return (row.delivered_seq, row.read_seq), (everyone.delivered_seq, everyone.read_seq)


def test_they_move_forward_only_and_not_past_the_head(ada, places):
    for seq, expected in ((3, (4, 3)), (1, (4, 3)), (50, (10, 10))):
        read(ada, places, seq)
        assert true(ada) == shown(ada) == (expected, expected)


def test_those_of_an_invisible_psychic_are_seen_as_they_stood(ada, places):
    read(ada, places, 2)
    presence.set_presence(psychic=ada, status="invisible")
    for seq in (4, 6):
        read(ada, places, seq)
        assert true(ada) == ((seq + 1, seq),) * 2 and shown(ada) == ((3, 2),) * 2
    # No longer invisible, but not here: that they have moved would say that she was.
    presence.set_presence(psychic=ada, status="online")
    assert shown(ada) == ((3, 2),) * 2 and presence_out(ada).status == "offline"
    Psychic.objects.filter(pk=ada.pk).update(status="online")
    ada.refresh_from_db()
    presence_changed.send(sender=Psychic, psychics=[ada])
    assert shown(ada) == true(ada) == ((7, 6),) * 2


def test_a_meditators_stand_still_whatever_a_process_believes(ada, places):
    read(ada, places, 2)
    presence.set_presence(psychic=ada, status="meditating")
    read(ada, places, 5)
    assert true(ada) == ((3, 2),) * 2
    presence.set_presence(psychic=ada, status="online")
    read(ada, places, 5)
    assert true(ada) == ((6, 5),) * 2


def test_where_presence_is_for_rooms_a_broadcast_tells_of_no_strangers_meditation(ada, places, settings):
    olga, bob = (Psychic.objects.create_user(name, password="open the third eye") for name in ("olga", "bob"))
    rooms.join_room(psychic=olga, room_id=places[0])
    Permission.objects.get(codename="broadcast").user_set.add(olga)
    told = broadcasts.broadcast(psychic=olga, content="hear, hear")
    for psychic in (ada, bob):
        presence.set_presence(psychic=psychic, status="meditating")

    def held():
        answer = journey.journey(psychic=olga, message_id=told.messages[0].id)
        return answer.held, [row.psychic.username for row in answer.who if row.held]

    assert held() == (2, ["ada", "bob"])
    settings.PRESENCE_AUDIENCE = "rooms"
    assert held() == (1, ["ada"])
