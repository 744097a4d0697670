"""Edits that come together: one transaction, in their order, and each is refused by itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from messaging import edits, services
from messaging.edits import Edit
from messaging.models import Message, MessageVersion
from mindnet.database.threads import in_unit
from mindnet.realtime import publish
from rooms.models import Room
from rooms.services import create_room

pytestmark = pytest.mark.django_db


def said(cast, who, content, room=None):
    return services.post_message(psychic=who, room_id=(room or cast.room).pk, content=content)[0]


def told(outcomes):
    return [one.content if hasattr(one, "content") else one.code for one in outcomes]


def test_each_has_its_own_answer_number_and_version(cast, monkeypatch, django_capture_on_commit_callbacks):
    first, second, third = (said(cast, who, "as it was") for who in (cast.owner, cast.participant, cast.owner))
    heard = []
    monkeypatch.setattr(publish, "numbered", lambda room, first, last, lines: heard.append((first, last)))
    with django_capture_on_commit_callbacks(execute=True):
        outcomes = edits.edit_messages(
            [
                Edit(cast.owner, third.id, "third"),
                Edit(cast.outsider, first.id, "not mine"),
                Edit(cast.participant, second.id, "second"),
                Edit(cast.owner, 0, "nothing"),
                Edit(cast.owner, first.id, " \n"),
                Edit(cast.restricted, second.id, "muted"),
                Edit(cast.owner, first.id, "first"),
            ]
        )
    assert told(outcomes) == [
        "third", "permission_denied", "second", "not_found", "validation_error", "muted", "first",
    ]  # fmt: skip
    assert [outcomes[place].changed_seq for place in (0, 2, 6)] == [4, 5, 6] and heard == [(4, 4), (5, 5), (6, 6)]
    assert list(Message.objects.order_by("pk").values_list("content", "changed_seq")) == [
        ("first", 6), ("second", 5), ("third", 4),
    ]  # fmt: skip
    assert list(MessageVersion.objects.values_list("content", flat=True)) == ["as it was"] * 3


def test_of_one_message_each_follows_on_the_one_before(cast):
    message = said(cast, cast.owner, "one")
    outcomes = edits.edit_messages([Edit(cast.owner, message.id, text) for text in ("two", "three", "three", "one")])
    assert told(outcomes) == ["two", "three", "three", "one"]
    assert [one.changed_seq for one in outcomes] == [2, 3, 3, 4]
    assert list(MessageVersion.objects.order_by("pk").values_list("content", flat=True)) == ["one", "two", "three"]


def test_slow_mode_holds_among_them(cast):
    own = [said(cast, cast.participant, text) for text in ("one", "two")]
    others = said(cast, cast.moderator, "three")
    Message.objects.update(timestamp="2020-01-01T00:00:00Z")
    Room.objects.update(slow_mode_seconds=60)
    outcomes = edits.edit_messages(
        [Edit(cast.participant, one.id, "again") for one in own] + [Edit(cast.moderator, others.id, "again")]
    )
    assert told(outcomes) == ["again", "rate_limited", "again"]


def test_who_is_meant_now_is_written_down(cast):
    one, two = (said(cast, cast.owner, text) for text in ("hello", "@paul hello"))
    outcomes = edits.edit_messages([Edit(cast.owner, one.id, "@mona hello"), Edit(cast.owner, two.id, "@all @rita")])
    assert [out.mentions for out in outcomes] == [[cast.moderator.pk], out_of(cast, outcomes[1])]
    assert Message.objects.get(pk=one.id).mentions == [cast.moderator.pk]


def out_of(cast, out):
    """Whom the second one means: as it is when it comes alone."""
    message = said(cast, cast.owner, "nobody")
    return edits.edit_message(psychic=cast.owner, message_id=message.id, content=out.content).mentions


def test_many_take_as_many_exchanges_as_one(cast):
    messages = [said(cast, cast.owner, f"message {number}") for number in range(8)]

    def exchanges(some, text):
        """On SQLite, statements."""
        found = []

        def note(execute, text, *arguments):
            found.append(text)
            return execute(text, *arguments)

        with connection.execute_wrapper(note):
            edits.edit_messages([Edit(cast.owner, one.id, text) for one in some])
        return len([text for text in found if "SAVEPOINT" not in text])

    alone, together = exchanges(messages[:1], "alone"), exchanges(messages, "together")
    assert (alone, together) == (2, 2) if connection.vendor == "postgresql" else together < 8 * alone


@pytest.mark.django_db(transaction=True)
def test_those_who_lock_the_same_rooms_in_other_orders_do_not_wait_for_each_other_for_ever(cast):
    made = [create_room(psychic=cast.owner, name=f"room {number}", kind="open")[0] for number in range(3)]
    rooms = [cast.room, *made]
    messages = [said(cast, cast.owner, "one", room) for room in rooms]

    def edit(turn):
        order = messages if turn % 2 else messages[::-1]
        wanted = [Edit(cast.owner, one.id, f"turn {turn}") for one in order]
        return in_unit(edits.edit_messages, wanted)

    with ThreadPoolExecutor(4) as threads:
        for outcomes in threads.map(edit, range(40)):
            assert len(set(told(outcomes))) == 1
    assert MessageVersion.objects.count() >= len(messages)


@pytest.mark.parametrize(
    "ids, found", [([], []), ([1, 2, 3], [[0, 1, 2]]), ([1, 1, 2, 1, 2], [[0, 2], [1, 4], [3]]), ([5, 5], [[0], [1]])]
)
def test_what_comes_twice_comes_one_after_the_other(ids, found):
    assert list(edits.without_repeats(ids)) == found
