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


def main(people, rooms=0, joined=False, messages=0, devices=0, size=0):
    """`joined`: everybody sits in their rooms already. `messages`: so many in each room, read by nobody. `devices`: two
    by two in a mind-link, each with so many, and `envelopes` of a text of `size` characters."""
    import django

    django.setup()
    from django.db import transaction

    batch = secrets.token_hex(4)
    if devices:
        return make_links(make_psychics(people, batch), devices, size)
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


def make_links(made, devices, size):
    """Psychics 0 and 1, 2 and 3 … in a mind-link. Of each an envelope that they could send there, with NO_NONCE to be
    replaced by the message's own: nobody can open it, and the server cannot know."""
    from benchmarks.client.dialects import NO_NONCE
    from mindnet.tests.support.sealed import Mind, box_bytes, envelope
    from rooms.models import Kind
    from rooms.services import create_room

    psychics, tokens = made
    rooms, envelopes = [], []
    for first, second in zip(psychics[::2], psychics[1::2], strict=True):
        room = create_room(psychic=first, kind=Kind.PRIVATE, with_username=second.username)[0].pk
        pair = [with_devices(Mind(psychic), devices) for psychic in (first, second)]
        for sender, other in (pair, pair[::-1]):
            sealed = envelope(room, sender, other, nonce=NO_NONCE, box_bytes=box_bytes(size))
            envelopes.append(sealed["content"])
        rooms += [room, room]
    return {"tokens": tokens, "rooms": rooms, "envelopes": envelopes}


def with_devices(mind, count):
    mind.begin()
    for _ in range(count - 1):
        mind.endorse()
    return mind


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
