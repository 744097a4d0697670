"""`sync` is bounded as a whole, and asking again from where it stopped gives everything once."""

import json

import pytest

from messaging import reactions, services, sync
from messaging.models import Message
from mindnet.base.errors import DomainError
from mindnet.base.ids import GREATEST_ID
from mindnet.base.limits import Rate
from mindnet.realtime import events
from rooms import restrictions
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


@pytest.mark.parametrize("cursor, queries", [({}, 2), ({"before": 9}, 2), ({"after": 3}, 2), ({"around": 5}, 3)])
def test_a_page_takes_few_statements(gatherings, django_assert_num_queries, cursor, queries):
    ada, [room_id, *_] = gatherings
    sync.history(psychic=ada, room_id=room_id, **cursor)
    with django_assert_num_queries(queries):  # the room, and the rows on each side
        sync.history(psychic=ada, room_id=room_id, **cursor)
    message = Message.objects.get(room=room_id, seq=6)
    reactions.react(psychic=ada, message_id=message.pk, emoji="👁", on=True)
    with django_assert_num_queries(queries + 1):  # and what lies beside them
        found = sync.history(psychic=ada, room_id=room_id, **cursor)
    given = {message.seq: message.reactions for message in found.messages}
    assert given[6] == {"👁": [ada.pk]} and not any(given[seq] for seq in given if seq != 6)


def test_the_greatest_numbers_are_numbers(gatherings):
    ada, [room_id, *_] = gatherings
    for cursor in ("before", "around"):
        found = sync.history(psychic=ada, room_id=room_id, **{cursor: GREATEST_ID})
        assert [message.seq for message in found.messages] == list(range(1, 11))
    assert sync.history(psychic=ada, room_id=room_id, after=GREATEST_ID).messages == []
    with pytest.raises(DomainError, match="Not found"):
        sync.history(psychic=ada, room_id=GREATEST_ID + 1)


def test_what_is_compiled_once_asks_each_time_who_may_read(closed_cast):
    """One who is kicked, one who never was in, and one who still is, one after the other."""
    cast, room_id = closed_cast, closed_cast.room.pk
    services.post_message(psychic=cast.owner, room_id=room_id, content="inside")
    for psychic in (cast.participant, cast.owner, cast.participant):
        assert len(sync.history(psychic=psychic, room_id=room_id).messages) == 1
    restrictions.restrict(
        psychic=cast.moderator, room_id=room_id, username=cast.participant.username, kind="kick", reason="loud"
    )
    for psychic in (cast.participant, cast.outsider):
        with pytest.raises(DomainError, match="Not found"):
            sync.history(psychic=psychic, room_id=room_id)
    assert len(sync.history(psychic=cast.owner, room_id=room_id).messages) == 1
