"""Puts the world of benchmarks/village.py into the database of a server of ours. Run with the environment of the
server; says as JSON who may ask, and under which ids things are.

Past the doors, as benchmarks/seed.py. Ids are given here, so that none has to be asked for.
"""

import json
import os
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "mindnet.settings"
os.environ["MINDNET_LIMITS"] = "off"

MESSAGES = (
    "messages (id, room_id, sender_id, content, message_type, timestamp, seq, changed_seq, nonce, nonce_digest, "
    "urgent, urgent_reason, require_ack, has_reactions, reply_to_id)"
)
REACTIONS = "message_reactions (message_id, psychic_id, emoji, created_at)"
AT_ONCE = 10_000
APART_SECONDS = 20


def main(messages):
    """`messages`: in the long room."""
    import django

    django.setup()
    from django.db import connection

    from benchmarks import village

    psychics = make_people(village)
    rooms = make_rooms(village, psychics)
    leave_out_of_index(rooms[village.LONG], messages)
    first = 1
    firsts = {}
    for room, count in ((village.READ, village.MESSAGES), (village.LONG, messages), (village.POSTED, village.EDITED)):
        firsts[room] = first
        fill(village, room, rooms, psychics, first, count)
        first += count
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('messages', 'id'), %s)", [first])
            # In a test all of it is one transaction, in which nothing is vacuumed.
            cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("ANALYZE")
    index()
    caller = psychics[village.CALLER]
    return {
        **sign_in(caller),
        "tokens": [token(psychics[number]) for number in village.ONLINE],
        "caller": caller.pk,
        "rooms": rooms,
        "first_ids": [firsts.get(room) for room in range(3)],
        "everyone": everyone(),
        "strangers": strangers(psychics),
    }


def make_people(village):
    from presence.models import Psychic

    return Psychic.objects.bulk_create(Psychic(username=name, password="!") for name in village.NAMES)


def make_rooms(village, psychics):
    """With everybody's places in them; all that is there is read."""
    from rooms.models import Role, Room, RoomParticipant

    rooms = []
    for number, name in enumerate(village.ROOM_NAMES):
        people = village.participants(number)
        room = Room.objects.create(name=name, created_by=psychics[people[0]], participant_count=len(people))
        RoomParticipant.objects.bulk_create(
            RoomParticipant(
                room=room, psychic=psychics[person], role=Role.PARTICIPANT if place else Role.OWNER, revision=1
            )
            for place, person in enumerate(people)
        )
        rooms.append(room.pk)
    return rooms


def fill(village, room, rooms, psychics, first, count):
    """So many messages, the first one under the id `first`; all of them are read."""
    from benchmarks import bulk
    from rooms.models import Room, RoomParticipant

    people = [psychic.pk for psychic in psychics]
    for start in range(1, count + 1, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count + 1))
        messages, reactions = rows_of(village, room, people, first - 1, numbers, count)
        bulk.insert(MESSAGES, [(pk, rooms[room], *row) for pk, *row in messages])
        bulk.insert(REACTIONS, reactions)
    Room.objects.filter(pk=rooms[room]).update(last_seq=count)
    RoomParticipant.objects.filter(room=rooms[room]).update(read_seq=count, delivered_seq=count)


def rows_of(village, room, people, offset, numbers, count):
    """The messages of these numbers, of `count` in the room, and the reactions to them."""
    messages, reactions = [], []
    now = datetime.now(UTC)
    for seq in numbers:
        pk, sent_at = offset + seq, now - timedelta(seconds=APART_SECONDS * (count + 1 - seq))
        # What the caller edits is the caller's, and nobody has answered it.
        is_own = room == village.POSTED
        sender = people[village.CALLER if is_own else village.sender(seq)]
        reacted = [] if is_own else village.reactions(seq)
        replied = None if is_own else village.replied_to(seq)
        messages.append((
            pk, sender, village.text(seq), "text", sent_at, seq, seq, uuid.UUID(int=pk), b"x", False, "", False,
            bool(reacted), replied and offset + replied,
        ))  # fmt: skip
        reactions += [(pk, people[one], emoji, sent_at) for emoji, one in reacted]
    return messages, reactions


def leave_out_of_index(room, messages):
    """Nobody searches in the long room, and to index it would take minutes, which no server shall do meanwhile."""
    from messaging.models import SearchedRoom

    SearchedRoom.objects.create(room_id=room, seq=messages)


def index():
    from messaging import search_index

    while search_index.index_next(2_000) or search_index.merging.go_on():
        pass


def sign_in(psychic):
    """What a request of this psychic carries: the cookie of a login session, or a token."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(psychic, backend="django.contrib.auth.backends.ModelBackend")
    return {"session": client.cookies[settings.SESSION_COOKIE_NAME].value, "token": token(psychic)}


def token(psychic):
    from knox.models import get_token_model

    return get_token_model().objects.create(user=psychic)[1]


def everyone():
    from rooms.lookups import everyone_room

    room = everyone_room()
    return [room.pk, room.name]


def strangers(psychics):
    """The names of those who were there before: a server of ours makes its first operator by itself."""
    from presence.models import Psychic

    return list(Psychic.objects.exclude(pk__in=[one.pk for one in psychics]).values_list("username", flat=True))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(**json.loads(sys.argv[1]))))
