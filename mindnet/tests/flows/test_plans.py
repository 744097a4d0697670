"""Statements are planned once for all parameters (`mindnet.database.statements.PLANS`). So their plans must hold for a
room with very many messages as for one with a few, and for whoever is in one room as for who is in hundreds."""

from collections import Counter

import pytest
from django.db import connection

from messaging import lookups as message_lookups
from messaging import reacted, sync, unread
from mindnet.database.statements import as_text, numbers, on_postgresql
from mindnet.pages import room as room_page
from presence.avatars import KEYS
from presence.models import Psychic
from rooms import lookups
from rooms.models import Room, RoomParticipant

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MESSAGES, ROOMS, PEOPLE, CROWD = 40_000, 500, 2000, 300
SAID = """INSERT INTO messages (id, room_id, sender_id, content, message_type, timestamp, seq, changed_seq, nonce,
    nonce_digest, urgent, require_ack, has_reactions)
SELECT %s + n, %s, %s + n %% 200, 'said', 'text', now(), n, n, gen_random_uuid(), '', false, false, n %% 5 = 0
FROM generate_series(1, %s) n"""
REACTED = """INSERT INTO message_reactions (message_id, psychic_id, emoji, created_at)
SELECT id, sender_id, '🔮', now() FROM messages WHERE has_reactions"""
FIRST, LATER = 10_000_000, 20_000_000


@pytest.fixture
def people():
    """Ada is in all rooms, Bob in one, where there are very many messages and people; the second has a few of them."""
    if connection.vendor != "postgresql":
        pytest.skip("these are PostgreSQL's plans")
    found = Psychic.objects.bulk_create(Psychic(username=f"p{n}", password="!") for n in range(PEOPLE))
    ada, bob = found[:2]
    rooms = Room.objects.bulk_create(
        Room(name=f"room {n}", created_by=ada, last_seq=0 if n > 1 else (MESSAGES, 30)[n]) for n in range(ROOMS)
    )
    places = [(ada, room) for room in rooms] + [(one, rooms[0]) for one in found[1:CROWD]]
    RoomParticipant.objects.bulk_create(RoomParticipant(psychic=one, room=room) for one, room in places)
    with connection.cursor() as cursor:
        for first, room, count in ((FIRST, rooms[0], MESSAGES), (LATER, rooms[1], 30)):
            cursor.execute(SAID, [first, room.pk, found[2].pk, count])
        cursor.execute(REACTED)
        cursor.execute("ANALYZE")
    return ada, bob, rooms[0].pk, rooms[1].pk


def read_by(*questions):
    """{table: rows that were looked at}, by the plan of each question."""
    found = Counter()
    with connection.cursor() as cursor:
        for text, *parameters in questions:
            name = f"looked_at_{next(numbers)}"
            connection.connection.pgconn.prepare(name.encode(), on_postgresql(text))
            values = [None if one is None else as_text(one).decode() for one in parameters]
            places = f"({', '.join(['%s'] * len(values))})" if values else ""
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {name}{places}", values)
            [[[told]]] = cursor.fetchall()
            add(told["Plan"], found)
            cursor.execute(f"DEALLOCATE {name}")
    return found


def add(node, found):
    if "Relation Name" in node:
        seen = node["Actual Rows"] + sum(node[key] for key in node if key.startswith("Rows Removed"))
        found[node["Relation Name"]] += seen * node["Actual Loops"]
    for below in node.get("Plans", []):
        add(below, found)


@pytest.mark.parametrize("seq", [1, 20, MESSAGES // 2, MESSAGES])
def test_a_page_of_messages_is_found_by_the_index(people, seq):
    ada, bob, long, short = people
    for psychic, room_id in ((ada, long), (bob, long), (ada, short)):
        for rows in (sync.older_rows, sync.newer_rows):
            found = read_by(rows(room_id, seq, most=50).question)
            assert found["messages"] <= 50 and found["psychics"] <= 50
        assert read_by(sync.room_with_ends(psychic.pk, room_id).question)["messages"] <= 2


def test_what_hangs_on_a_page_is_found_by_the_index(people):
    ids = list(range(FIRST + 1, FIRST + 51))
    found = read_by(reacted.question_for(ids), message_lookups.quoted(ids).question, (KEYS, ids))
    assert found["message_reactions"] <= 10 and found["messages"] <= 50


def test_a_room_s_page_looks_at_what_it_shows(people):
    ada, bob, long, short = people
    for psychic, room_id, participants in ((ada, long, CROWD), (bob, long, CROWD), (ada, short, 1)):
        asked = [one for one in room_page.asked(psychic, room_id) if one.question[0] != unread.MY_ENTRIES]
        found = read_by(*[one.question for one in asked])
        assert found["room_participants"] <= participants + 5 and found["messages"] <= 52


def test_one_s_rooms_are_found_by_the_index(people):
    ada, bob, long, _ = people
    for read_seq, looked_at in ((MESSAGES, 0), (MESSAGES - 10, 11), (0, 1001)):
        RoomParticipant.objects.filter(room=long, psychic=bob).update(read_seq=read_seq)
        found = read_by(unread.asked_of(bob.pk).question)
        assert found["room_participants"] <= 2 and found["rooms"] <= 4 and found["messages"] <= looked_at + 1
        counted = (unread.BETWEEN, long, read_seq, MESSAGES, bob.pk, bob.pk)
        assert read_by(counted)["messages"] <= looked_at + 1
    found = read_by(unread.asked_of(ada.pk).question)
    assert found["room_participants"] <= ROOMS + 1 and found["messages"] <= 1031
    assert read_by(lookups.listed_rooms(bob.pk, 0, rises=True, most=50).question)["rooms"] <= 52


def test_a_long_run_of_own_messages_is_not_looked_through(people):
    _, bob, long, _ = people
    RoomParticipant.objects.filter(room=long, psychic=bob).update(read_seq=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messages SET sender_id = %s WHERE room_id = %s AND seq > 20", [bob.pk, long])
    assert read_by(unread.asked_of(bob.pk).question)["messages"] >= MESSAGES
    Room.objects.filter(pk=long).update(run_sender=bob.pk, run_seq=21)
    assert read_by(unread.asked_of(bob.pk).question)["messages"] <= 22
