"""Makes what a measurement stands on: psychics with a token each, rooms, participants, messages. Run with the
environment of the server under test; says what it made as JSON.

Past the doors, because signing up hashes a password on purpose slowly, and a million sends are not what is measured.
"""

import json
import os
import secrets
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "mindnet.settings"

FILL_POSTGRESQL = """INSERT INTO messages (room_id, sender_id, content, message_type, timestamp, seq, changed_seq,
    nonce, nonce_digest, urgent, urgent_reason, require_ack, has_reactions)
SELECT %s, (%s::bigint[])[1 + n %% %s], rpad('message ' || n, 64, 'm'), 'text', now(), n, n, gen_random_uuid(),
    decode(md5(n::text), 'hex'), false, '', false, false
FROM generate_series(1, %s) AS n"""
FILL_SQLITE = """WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
INSERT INTO messages (room_id, sender_id, content, message_type, timestamp, seq, changed_seq, nonce, nonce_digest,
    urgent, urgent_reason, require_ack, has_reactions)
SELECT %s, json_extract(%s, '$[' || (n %% %s) || ']'), substr('message ' || n || replace(hex(zeroblob(32)), '00', 'mm'),
    1, 64), 'text', datetime('now'), n, n, lower(hex(randomblob(16))), randomblob(16), 0, '', 0, 0 FROM numbers"""


def main(people, rooms, joined=False, messages=0):
    """`joined`: everybody sits in their rooms already. `messages`: so many in each room, read by nobody."""
    import django

    django.setup()
    from django.db import transaction

    batch = secrets.token_hex(4)
    with transaction.atomic():
        psychics, tokens = make_psychics(people, batch)
        made = make_rooms(psychics, rooms)
        if joined:
            seat(psychics, made)
    if messages:
        for room_id in made:
            fill(room_id, [psychic.pk for psychic in psychics], messages)
    return {"tokens": tokens, "rooms": made}


def make_psychics(people, batch):
    from knox.models import get_token_model

    from presence.models import Psychic

    psychics = Psychic.objects.bulk_create(
        Psychic(username=f"bench-{batch}-{number}", password="!") for number in range(people)
    )
    return psychics, [get_token_model().objects.create(user=psychic)[1] for psychic in psychics]


def make_rooms(psychics, rooms):
    from django.conf import settings

    from rooms.services import create_room

    size = settings.LIMITS["ROOM_PARTICIPANTS_MAX"]
    return [
        create_room(psychic=psychics[number % len(psychics)], name=f"bench {number}", max_participants=size)[0].pk
        for number in range(rooms)
    ]


def seat(psychics, rooms):
    """Psychic n in rooms n, n + people, … of as many as there are: as `share` deals them out."""
    from rooms.models import Room, RoomParticipant

    places = {(room, psychics[number].pk) for number, own in enumerate(share(len(psychics), rooms)) for room in own}
    taken = set(RoomParticipant.objects.filter(room__in=rooms).values_list("room_id", "psychic_id"))
    RoomParticipant.objects.bulk_create(
        RoomParticipant(room_id=room, psychic_id=psychic) for room, psychic in sorted(places - taken)
    )
    for room in rooms:
        count = RoomParticipant.objects.filter(room=room).count()
        Room.objects.filter(pk=room).update(participant_count=count)


def share(people, rooms):
    """The rooms of each of so many people: one each, several where there are more rooms than people."""
    return [rooms[number::people] or [rooms[number % len(rooms)]] for number in range(people)]


def fill(room_id, sender_ids, messages):
    from django.db import connection

    from rooms.models import Room

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")  # the foreign keys are known to hold
            cursor.execute(FILL_POSTGRESQL, [room_id, sender_ids, len(sender_ids), messages])
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM ANALYZE messages")
            cursor.execute("CHECKPOINT")  # so that its writing does not fall into the measurement
        else:
            cursor.execute(FILL_SQLITE, [messages, room_id, json.dumps(sender_ids), len(sender_ids)])
    Room.objects.filter(pk=room_id).update(last_seq=messages)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(**json.loads(sys.argv[1]))))
