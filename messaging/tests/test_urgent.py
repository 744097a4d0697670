"""Who gets through to a meditator, as it is stored with the message."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import services, urgent, writer
from messaging.models import Message, UrgentPass
from presence import meditation
from presence import services as presence
from presence.models import Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people():
    return [Psychic.objects.create_user(name, password="open the third eye") for name in ("ada", "bob", "cleo")]


@pytest.fixture
def room(people):
    """Ada's, with Bob and Cleo, who both meditate."""
    room, _ = rooms.create_room(psychic=people[0], name="The garden")
    for psychic in people[1:]:
        rooms.join_room(psychic=psychic, room_id=room.pk)
        presence.set_presence(psychic=psychic, status="meditating")
    return room


def call(ada, room, **fields):
    """The names of those whom this urgent message reached."""
    message, _ = services.post_message(psychic=ada, room_id=room.pk, content="knock", urgent=True, **fields)
    return set(UrgentPass.objects.filter(message=message.id).values_list("psychic__username", flat=True))


def test_each_meditator_has_their_own_rule(people, room):
    ada, bob, cleo = people
    meditation.change_settings(psychic=cleo, urgent_from="chosen", chosen=["ADA"])
    assert call(ada, room) == {"cleo"}
    assert call(ada, room) == {"bob", "cleo"}
    meditation.change_settings(psychic=cleo, urgent_from="nobody")
    assert call(ada, room) == {"bob"}
    presence.set_presence(psychic=bob, status="online")
    assert call(ada, room) == set()
    assert urgent.count_passes(bob) == urgent.count_passes(cleo) == 2


def test_the_second_one_has_to_come_within_ten_minutes(people, room):
    ada = people[0]
    assert call(ada, room) == set()
    Message.objects.update(timestamp=timezone.now() - timedelta(minutes=10, seconds=1))
    assert call(ada, room) == set()
    Message.objects.update(timestamp=timezone.now() - timedelta(minutes=9))
    assert call(ada, room) == {"bob", "cleo"}


def test_what_waits_is_shown_until_it_is_delivered_or_taken_back(people, room):
    ada, bob, cleo = people
    call(ada, room)
    call(ada, room, urgent_reason="why")
    ids = [bob.pk, cleo.pk]
    assert {psychic_id for psychic_id, _, _ in urgent.pending(ids)} == set(ids)
    room.participant_rows.filter(psychic=bob).update(delivered_seq=2)
    [(psychic_id, message_id, line)] = urgent.pending(ids)
    assert psychic_id == cleo.pk and '"reason":"why"' in line
    services.delete_message(psychic=ada, message_id=message_id)
    assert urgent.pending(ids) == []
    assert Message.objects.get(pk=message_id).urgent_reason == ""


def test_messages_that_are_not_urgent_ask_for_nobodys_rules(people, room):
    with CaptureQueriesContext(connection) as asked:
        services.post_message(psychic=people[0], room_id=room.pk, content="calm")
    assert len(asked) and not [query for query in asked.captured_queries if "meditations" in query["sql"]]
    assert not UrgentPass.objects.exists()


def test_nobody_is_held_who_is_closed(people, room):
    """However the account was closed."""
    ada, bob, _ = people
    Psychic.objects.filter(pk=bob.pk).update(is_active=False)
    draft = services.make_draft(psychic=ada, room_id=room.pk, content="knock", urgent=True)
    [stored] = writer.store([draft])
    assert [psychic.username for psychic in stored.held_for] == ["cleo"]
    assert call(ada, room) == {"cleo"}
