"""`sync` is bounded as a whole, and asking again from where it stopped gives everything once."""

import json

import pytest

from messaging import services, sync
from messaging.models import Message
from mindnet.base.errors import DomainError
from mindnet.base.limits import Rate
from mindnet.realtime import events
from rooms import services as rooms


@pytest.fixture
def gatherings(people):
    """Four rooms of Ada's with ten messages each, of very different lengths."""
    ada, *_ = people
    found = [rooms.create_room(psychic=ada, name=f"room {number}")[0] for number in range(4)]
    for room in found:
        for number in range(10):
            services.post_message(psychic=ada, room_id=room.pk, content="🜁" * (1 + 37 * number % 80))
    return ada, [room.pk for room in found]


def everything(psychic, held):
    """(messages by room, replies) of asking until all is complete."""
    got, replies = {room: [] for room in held}, []
    while held:
        reply = sync.sync(psychic=psychic, held=held)
        replies.append(events.reply_ok("x" * 64, reply))
        for room, entry in json.loads(replies[-1])["payload"]["rooms"].items():
            got[int(room)] += entry["messages"]
            held[int(room)] = entry["seq"]
            if entry["complete"]:
                del held[int(room)]
        assert len(replies) < 100, "no progress"
    return got, replies


@pytest.mark.parametrize("messages, size", [(7, 64 * 1024), (1000, 3000), (1, 3000), (1000, 700)])
def test_a_reply_is_bounded_in_messages_and_bytes(gatherings, settings, messages, size):
    settings.LIMITS = settings.LIMITS | {"SYNC_REPLY_MESSAGES": messages, "SERVER_FRAME_BYTES": size}
    ada, room_ids = gatherings
    got, replies = everything(ada, dict.fromkeys(room_ids, 0))
    for room_id in room_ids:
        assert [message["seq"] for message in got[room_id]] == list(range(1, 11))
    counts = [reply.count('"nonce"') for reply in replies]
    assert max(counts) <= messages and sum(counts) == 40
    assert all(len(reply.encode()) <= size or count == 1 for reply, count in zip(replies, counts, strict=True))


def test_rooms_for_which_there_is_no_place_are_not_read(gatherings, settings, django_assert_max_num_queries):
    settings.LIMITS = settings.LIMITS | {"SYNC_REPLY_MESSAGES": 5}
    ada, room_ids = gatherings
    with django_assert_max_num_queries(3):  # the rooms, and one of them
        reply = sync.sync(psychic=ada, held=dict.fromkeys(room_ids, 0))
    assert [entry["complete"] for entry in reply["rooms"].values()] == [False] * 4


def test_who_starts_again_gets_the_newest_that_fit(gatherings, settings):
    settings.LIMITS = settings.LIMITS | {"SERVER_FRAME_BYTES": 3000}
    ada, room_ids = gatherings
    held = {room_ids[0]: 0, room_ids[1]: 999}
    first = sync.sync(psychic=ada, held=held)["rooms"][str(room_ids[1])]
    assert (first["complete"], first["seq"], first["messages"]) == (False, 999, [])
    alone = json.loads(events.encode(sync.sync(psychic=ada, held={room_ids[1]: 999})))["rooms"][str(room_ids[1])]
    seqs = [message["seq"] for message in alone["messages"]]
    assert (alone["complete"], alone["reset"], alone["seq"]) == (True, True, 10)
    assert seqs == list(range(11 - len(seqs), 11)) and 0 < len(seqs) < 10


def test_rooms_asked_for_are_counted(gatherings, settings, limits_on):
    settings.LIMITS = settings.LIMITS | {"SYNC_RATE": Rate(8, 0.01)}
    ada, room_ids = gatherings
    for _ in range(2):
        sync.sync(psychic=ada, held=dict.fromkeys(room_ids, 0))
    with pytest.raises(DomainError) as refused:
        sync.sync(psychic=ada, held={room_ids[0]: 0})
    assert refused.value.code == "rate_limited" and refused.value.extra["retry_after"] > 90
    assert Message.objects.count() == 40
