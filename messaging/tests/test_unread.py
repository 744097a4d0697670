"""What `hello` counts as unread and as meaning oneself, and the list of mentions: the same, whoever asks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import edits, services, unread, watermarks, writer
from messaging.models import Mention
from messaging.watermarks import Watermark
from presence import blocks
from rooms import restrictions
from rooms import services as rooms
from rooms.models import Room


def say(psychic, room, content):
    return services.post_message(psychic=psychic, room_id=room.pk, content=content)[0]


def counted(psychic, room):
    """(unread, mentions) as `hello` has them."""
    [place] = unread.places([psychic.pk], room.pk)[psychic.pk]
    [same] = [one.entry for one in unread.places([psychic.pk])[psychic.pk] if one.entry.id == room.pk]
    assert place.entry == same
    return place.entry.unread, place.entry.mentions


def listed(client, psychic, **params):
    client.force_login(psychic)
    return client.get("/mentions", params).json()["results"]


def texts(client, psychic):
    return [message["content"] for message in listed(client, psychic)]


def test_mentions_are_counted_apart_and_listed_newest_first(cast, client):
    for content in ("@paul, are you there?", "Nobody answers", "@all: it begins", "@PAUL and @mona. Come"):
        say(cast.owner, cast.room, content)
    assert counted(cast.participant, cast.room) == (4, 3)
    assert counted(cast.moderator, cast.room) == (4, 2)
    assert counted(cast.restricted, cast.room) == (4, 1)
    assert counted(cast.owner, cast.room) == (0, 0)
    assert texts(client, cast.participant) == ["@PAUL and @mona. Come", "@all: it begins", "@paul, are you there?"]
    assert texts(client, cast.outsider) == texts(client, cast.owner) == []
    watermarks.advance([Watermark(cast.participant.pk, cast.room.pk, 3, 3)])
    assert counted(cast.participant, cast.room) == (1, 1)
    assert len(texts(client, cast.participant)) == 3
    [second] = listed(client, cast.participant, limit=1, after=listed(client, cast.participant)[0]["id"])
    assert second == listed(client, cast.participant)[1] and second["mentions"] == sorted(second["mentions"])


def test_an_edit_means_others_and_a_deletion_nobody(cast, client):
    message = say(cast.owner, cast.room, "@paul and @rita")
    edits.edit_message(psychic=cast.owner, message_id=message.id, content="@rita and @mona")
    assert [counted(one, cast.room) for one in (cast.participant, cast.restricted, cast.moderator)] == [
        (1, 0), (1, 1), (1, 1),
    ]  # fmt: skip
    services.delete_message(psychic=cast.owner, message_id=message.id)
    assert counted(cast.moderator, cast.room) == (0, 0) and texts(client, cast.moderator) == []
    assert not Mention.objects.exists()


def test_those_whom_one_has_blocked_mention_nobody(cast, client):
    say(cast.owner, cast.room, "@paul")
    say(cast.moderator, cast.room, "@paul")
    blocks.block(psychic=cast.participant, username="mona")
    assert counted(cast.participant, cast.room) == (1, 1)
    assert len(texts(client, cast.participant)) == 1


@pytest.mark.parametrize("kind, finds", [("cast", True), ("closed_cast", False)])
def test_mentions_in_a_room_that_one_may_not_read_any_more_are_not_found(request, client, kind, finds):
    cast = request.getfixturevalue(kind)
    say(cast.owner, cast.room, "@paul")
    restrictions.restrict(psychic=cast.owner, room_id=cast.room.pk, username="paul", kind="kick", reason="Out.")
    assert (texts(client, cast.participant) != []) is finds
    assert unread.places([cast.participant.pk], cast.room.pk)[cast.participant.pk] == []
    say(cast.owner, cast.room, "@paul, come back")
    if finds:
        rooms.join_room(psychic=cast.participant, room_id=cast.room.pk)
        assert counted(cast.participant, cast.room) == (0, 0)


def test_whoever_is_in_many_rooms_is_answered_by_one_query(cast, django_assert_num_queries):
    for number in range(5):
        room, _ = rooms.create_room(psychic=cast.owner, name=f"room {number}")
        rooms.join_room(psychic=cast.participant, room_id=room.pk)
        say(cast.owner, room, "@paul")
    with django_assert_num_queries(1):
        found = unread.places([cast.participant.pk])[cast.participant.pk]
    assert sum(place.entry.mentions for place in found) == 5


@pytest.mark.parametrize("content, statements", [("For nobody", 0), ("@paul @mona @rita", 1)])
def test_a_message_costs_a_statement_more_where_it_means_somebody(cast, content, statements):
    with CaptureQueriesContext(connection) as queries:
        say(cast.owner, cast.room, content)
    assert len([one for one in queries if "message_mentions" in one["sql"]]) == statements


def test_a_run_of_own_messages_ends_with_the_first_of_somebody_else(cast):
    for n in range(3):
        say(cast.owner, cast.room, f"one after the other, {n}")
    room = Room.objects.get(pk=cast.room.pk)
    assert (room.run_sender, room.run_seq) == (cast.owner.pk, 1)
    assert (counted(cast.owner, cast.room), counted(cast.participant, cast.room)) == ((0, 0), (3, 0))
    say(cast.participant, cast.room, "I see.")
    say(cast.owner, cast.room, "Do you?")
    room.refresh_from_db()
    assert (room.run_sender, room.run_seq) == (cast.owner.pk, 5)
    assert (counted(cast.owner, cast.room), counted(cast.participant, cast.room)) == ((1, 0), (4, 0))
    watermarks.advance([Watermark(cast.owner.pk, cast.room.pk, 5, 5)])
    assert (counted(cast.owner, cast.room), counted(cast.moderator, cast.room)) == ((0, 0), (5, 0))


def test_of_a_batch_the_last_messages_make_the_run(cast):
    senders = [cast.owner, cast.participant, cast.owner, cast.moderator, cast.moderator]
    drafts = [services.make_draft(psychic=one, room_id=cast.room.pk, content="Now") for one in senders]
    writer.commit(drafts)
    room = Room.objects.get(pk=cast.room.pk)
    assert (room.run_sender, room.run_seq) == (cast.moderator.pk, 4)
    people = (cast.owner, cast.participant, cast.moderator, cast.restricted)
    assert [counted(one, cast.room)[0] for one in people] == [3, 4, 3, 5]
