"""Broadcasts that ask for an acknowledgement: whom they ask, who has answered, who is reminded.

Olga operates. She, Mona, Paul and Rita (muted) are in the garden, Otto is not.
"""

from datetime import timedelta
from uuid import uuid4, uuid5

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from messaging import broadcasts, sync
from messaging.models import Acknowledgement, Message, Reminder
from mindnet.base.errors import DomainError
from presence.models import Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(client):
    def call(psychic, method, path, body=None):
        client.force_login(psychic)
        return getattr(client, method)(path, body, content_type="application/json")

    return call


@pytest.fixture
def cast(closed_cast):
    """Where Olga may broadcast."""
    closed_cast.owner.user_permissions.add(Permission.objects.get(codename="broadcast"))
    return closed_cast


@pytest.fixture
def shed(cast):
    """A second room, of Mona and Otto."""
    room, _ = rooms.create_room(psychic=cast.outsider, name="The shed")
    rooms.join_room(psychic=cast.moderator, room_id=room.pk)
    return room


def ask(cast, *targets, content="Fire drill at noon."):
    ids = [room.pk for room in targets] or None
    reply = broadcasts.broadcast(psychic=cast.owner, content=content, rooms=ids, require_ack=True)
    return [place.id for place in reply.messages]


def waiting(cast):
    return {part: [one.id for one in broadcasts.waiting_for(psychic)] for part, psychic in cast.everybody().items()}


def progress(cast, message_id):
    sent = broadcasts.find_sent(psychic=cast.owner, message_id=message_id)
    return sent.acknowledged, sent.recipients, [one.username for one in broadcasts.silent_of(sent)]


def test_it_waits_for_those_it_was_meant_for_until_they_have_acknowledged(cast, api):
    [message_id] = ask(cast, cast.room)
    asked = [message_id]
    assert waiting(cast) == {
        "owner": [], "moderator": asked, "participant": asked, "restricted": asked, "outsider": [],
    }  # fmt: skip
    assert api(cast.restricted, "post", f"/messages/{message_id}/ack").status_code == 204, "muted, and may answer"
    assert api(cast.outsider, "post", f"/messages/{message_id}/ack").status_code == 404
    assert waiting(cast)["restricted"] == []
    assert progress(cast, message_id) == (1, 3, ["mona", "paul"])
    listed = api(cast.participant, "get", "/messages/unacknowledged").json()["results"]
    assert [one["id"] for one in listed] == asked
    assert api(cast.restricted, "get", "/messages/unacknowledged").json()["results"] == []


def test_who_came_later_is_not_asked(cast):
    to_room, [to_all] = ask(cast, cast.room), ask(cast)
    late = Psychic.objects.create_user("late", password="open the third eye")
    assert broadcasts.waiting_for(late) == []
    rooms.leave_room(psychic=cast.participant, room_id=cast.room.pk)
    assert waiting(cast)["participant"] == [to_all] and waiting(cast)["moderator"] == [to_all, *to_room]


def test_what_is_deleted_old_or_asks_for_nothing_waits_for_nobody(cast):
    [deleted], [old] = ask(cast), ask(cast)
    broadcasts.broadcast(psychic=cast.owner, content="No answer needed.")
    Message.objects.filter(pk=deleted).update(deleted_at=timezone.now(), content="")
    Message.objects.filter(pk=old).update(timestamp=timezone.now() - timedelta(days=broadcasts.ASKING_DAYS + 1))
    Psychic.objects.update(date_joined=timezone.now() - timedelta(days=400))
    assert not any(waiting(cast).values())


def test_into_several_rooms_it_is_one_broadcast_that_counts_everybody_once(cast, shed):
    parts = ask(cast, cast.room, shed)
    other = ask(cast, cast.room, shed)
    assert progress(cast, parts[1]) == progress(cast, parts[0]) == (0, 4, ["mona", "otto", "paul", "rita"])
    broadcasts.acknowledge(psychic=cast.moderator, message_id=parts[1])
    assert progress(cast, parts[0]) == (1, 4, ["otto", "paul", "rita"])
    assert waiting(cast)["moderator"] == other[::-1], "said twice, asked once; another broadcast is another"
    broadcasts.acknowledge(psychic=cast.outsider, message_id=parts[1])
    here = Acknowledgement.objects.filter(psychic=cast.outsider).values_list("message", flat=True)
    assert list(here) == [parts[1]], "not in a room they are not in"


def test_a_retry_finds_what_was_sent_also_by_a_release_before(cast, shed):
    nonce = uuid4()
    call = {"psychic": cast.owner, "content": "Once", "rooms": [cast.room.pk, shed.pk], "nonce": nonce}
    first = broadcasts.broadcast(**call)
    assert broadcasts.broadcast(**call) == first and Message.objects.count() == 2
    for message in Message.objects.all():
        Message.objects.filter(pk=message.pk).update(nonce=uuid5(nonce, str(message.room_id)))
    assert broadcasts.broadcast(**call) == first and Message.objects.count() == 2


def test_what_was_sent_is_listed_for_who_may_broadcast(cast, api):
    [first], [second] = ask(cast), ask(cast, cast.room)
    answer = api(cast.owner, "get", "/messages/broadcasts")
    assert [one["id"] for one in answer.json()["results"]] == [second, first]
    for part in ("moderator", "participant", "restricted", "outsider"):
        assert api(cast.everybody()[part], "get", "/messages/broadcasts").status_code == 403
        with pytest.raises(DomainError, match="may not broadcast"):
            broadcasts.find_sent(psychic=cast.everybody()[part], message_id=first)


# Reminding


def test_a_reminder_counts_the_silent_and_comes_once_in_ten_minutes(cast, api, settings):
    [message_id] = ask(cast, cast.room)
    broadcasts.acknowledge(psychic=cast.participant, message_id=message_id)
    path = f"/messages/{message_id}/remind"
    answer = api(cast.owner, "post", path)
    assert (answer.status_code, answer.json()) == (202, {"recipients": 2})
    settings.LIMITS_ENFORCED = True
    again = api(cast.owner, "post", path)
    assert (again.status_code, again.json()["code"]) == (429, "rate_limited")
    assert 500 < int(again.headers["Retry-After"]) <= 600
    [reminder] = Reminder.objects.all()
    assert (reminder.by, reminder.recipients) == (cast.owner, 2)
    Reminder.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert api(cast.owner, "post", path).status_code == 202


def test_only_its_sender_and_operators_remind(cast, api):
    [message_id] = ask(cast, cast.room)
    path = f"/messages/{message_id}/remind"
    found = {part: api(one, "post", path).status_code for part, one in cast.everybody().items() if part != "owner"}
    assert found == {"moderator": 403, "participant": 403, "restricted": 403, "outsider": 404}
    cast.owner.user_permissions.clear()
    assert api(cast.owner, "post", path).status_code == 202, "it is hers"
    assert Reminder.objects.count() == 1


def test_what_asks_for_nothing_or_is_gone_is_not_brought_back(cast, api):
    plain = broadcasts.broadcast(psychic=cast.owner, content="No answer needed.").messages[0].id
    [deleted], [ended] = ask(cast), ask(cast, cast.room)
    Message.objects.filter(pk=deleted).update(deleted_at=timezone.now())
    rooms.end_room(psychic=cast.owner, room_id=cast.room.pk)
    codes = [api(cast.owner, "post", f"/messages/{one}/remind").json()["code"] for one in (plain, deleted, ended)]
    assert codes == ["validation_error", "conflict", "room_closed"]
    assert api(cast.owner, "post", "/messages/987654/remind").status_code == 404
    assert not Reminder.objects.exists()


def test_the_whole_of_a_broadcast_is_brought_back_once(cast, shed):
    parts = ask(cast, cast.room, shed)
    broadcasts.acknowledge(psychic=cast.participant, message_id=parts[0])
    assert broadcasts.remind(psychic=cast.owner, message_id=parts[1], whole=True) == 3
    assert set(Reminder.objects.values_list("message", "recipients")) == {(part, 3) for part in parts}


# Cost


def test_where_nothing_waits_one_query_says_so(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert broadcasts.waiting_for(cast.participant) == []
    ask(cast, cast.room)
    with django_assert_num_queries(2):
        assert len(broadcasts.waiting_for(cast.participant)) == 1
    shown = sync.read(Message.objects.all())
    with django_assert_num_queries(1):
        assert broadcasts.answers_to(cast.participant, shown) == {shown[0].id: False}
    with django_assert_num_queries(0):
        assert broadcasts.answers_to(cast.owner, shown) == {}
