"""Searches in a database of many messages, and what their index costs who writes.

Run with the environment of the server under test; says what it measured as JSON lines.

In process: a search is `messaging.search.find`, a write `messaging.writer.commit`, without what HTTP adds to either.
"""

import itertools
import json
import os
import random
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "mindnet.settings"
os.environ["MINDNET_LIMITS"] = "off"

ROOMS = 1000
FEW, MANY = 5, 200
# The words stand so often in a thousand messages; "abroad" only in rooms that neither of the two is in.
COMMON, RARE, ABROAD, NONE = "nebula", "quasarine", "perihelion", "zyxwvut"
IN_A_THOUSAND = {COMMON: 50, RARE: 0.02, ABROAD: 50}
CASES = {
    "common word": COMMON,
    "rare word": RARE,
    "no such word": NONE,
    "common in other rooms": ABROAD,
    "part of a word": "ebul",
    "two words": f"{COMMON} {RARE}",
}
COLUMNS = (
    "id, room_id, sender_id, content, message_type, timestamp, seq, changed_seq, nonce, nonce_digest, urgent, "
    "urgent_reason, require_ack, has_reactions"
)
MESSAGES = f"messages ({COLUMNS})"
AT_ONCE = 5_000
TEXTS = 50_000


def main(messages, searches, seconds):
    import django

    django.setup()
    people, rooms = make_world()
    timed("filling", lambda: fill(people, rooms, messages))
    timed("indexing", index_all, messages=messages)
    for name, own in (("few", FEW), ("many", MANY)):
        for case, query in CASES.items():
            tell(kind="search", person=f"in {own} rooms", case=case, **measure_searches(people[name], query, searches))
    for size in (300, 1):
        measure_writes(people["many"], rooms[:MANY], size, seconds)


def tell(**row):
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def timed(what, work, **more):
    began = time.perf_counter()
    work()
    tell(kind="time", what=what, seconds=round(time.perf_counter() - began, 1), **more)


def make_world():
    """`few` is in the first rooms, `many` in more of them, `crowd` has written all there is."""
    from presence.models import Psychic
    from rooms.models import Room, RoomParticipant

    people = {
        name: Psychic.objects.create(username=f"{name}-{uuid.uuid4().hex[:8]}", password="!")
        for name in ("few", "many", "crowd")
    }
    rooms = [room.pk for room in Room.objects.bulk_create(Room(name=f"bench {n}") for n in range(ROOMS))]
    places = [(people["few"], room) for room in rooms[:FEW]] + [(people["many"], room) for room in rooms[:MANY]]
    RoomParticipant.objects.bulk_create(RoomParticipant(psychic=one, room_id=room) for one, room in places)
    return people, rooms


def texts(count):
    """Ten words each, of a vocabulary in which few are frequent and most are rare."""
    chance = random.Random(1)
    syllables = [a + b for a in "bcdfghjklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "ing")]
    words = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(30_000)]
    cumulated = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    for _ in range(count):
        said = chance.choices(words, cum_weights=cumulated, k=chance.randint(4, 16))
        said += [word for word, often in IN_A_THOUSAND.items() if chance.random() * 1000 < often]
        yield " ".join(said)


def places_and_texts(count, rooms):
    """(a room's place in the list, a text) of TEXTS different ones."""
    chance, pool = random.Random(2), list(texts(TEXTS))
    for number in range(count):
        place, text = chance.randrange(rooms), pool[number % TEXTS]
        yield place, text.replace(ABROAD, "") if place < MANY else text


def fill(people, rooms, count):
    from django.db import connection
    from django.db.models import Max

    from benchmarks import bulk
    from messaging.models import Message
    from rooms.models import Room

    first = (Message.objects.aggregate(newest=Max("pk"))["newest"] or 0) + 1
    heads = dict.fromkeys(rooms, 0)
    now, rows = datetime.now(UTC), []
    for number, (place, text) in enumerate(places_and_texts(count, len(rooms)), first):
        room_id = rooms[place]
        heads[room_id] += 1
        seq = heads[room_id]
        rows.append((number, room_id, people["crowd"].pk, text, "text", now, seq, seq, uuid.uuid4(), b"x", False, "",
                     False, False))  # fmt: skip
        if len(rows) == AT_ONCE:
            bulk.insert(MESSAGES, rows)
            rows = []
    bulk.insert(MESSAGES, rows)
    Room.objects.bulk_update([Room(pk=pk, last_seq=seq) for pk, seq in heads.items()], ["last_seq"], batch_size=100)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('messages', 'id'), %s)", [first + count])
        cursor.execute("ANALYZE")


def index_all():
    from django.db import connection

    catch_up()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE search_entries" if connection.vendor == "postgresql" else "ANALYZE")


def catch_up():
    from messaging import search_index

    while search_index.index_next(2_000) or search_index.merging.go_on():
        pass


def measure_searches(psychic, query, count):
    from messaging import search
    from messaging.search_language import parse

    waits, found = [], None
    for _ in range(count):
        began = time.perf_counter_ns()
        found = search.find(psychic=psychic, asked=parse(query))
        waits.append(time.perf_counter_ns() - began)
    waits.sort()
    return {
        "found": len(found.messages),
        "is_all": found.is_all,
        "p50_ms": round(waits[count // 2] / 1e6, 2),
        "p95_ms": round(waits[min(count - 1, int(count * 0.95))] / 1e6, 2),
    }


def measure_writes(psychic, rooms, size, seconds):
    """Messages a second in batches of `size`, in turn without and with an index that follows them."""
    rates = {False: [], True: []}
    for is_followed in (False, True) * 3:
        catch_up()  # or it would follow what was written before
        stop = threading.Event()
        follower = threading.Thread(target=follow, args=[stop])
        if is_followed:
            follower.start()
        rates[is_followed].append(write(psychic, rooms, size, seconds))
        stop.set()
        if is_followed:
            follower.join()
    plain, followed = (sorted(rates[is_followed])[1] for is_followed in (False, True))
    tell(kind="writes", batch=size, plain=round(plain), followed=round(followed), ratio=round(followed / plain, 2))


def follow(stop):
    """As `Runtime.keep_index` does."""
    from django.db import connection

    from messaging import search_index

    while not stop.is_set():
        began = time.perf_counter()
        is_behind = search_index.index_next() >= search_index.BATCH
        stop.wait(2 * (time.perf_counter() - began) if is_behind else 2)
    connection.close()


def write(psychic, rooms, size, seconds):
    from messaging.drafts import Draft
    from messaging.writer import commit

    chance, said = random.Random(3), list(texts(1_000))
    written, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        commit([
            Draft(psychic.pk, chance.choice(rooms), chance.choice(said), "text", uuid.uuid4()) for _ in range(size)
        ])  # fmt: skip
        written += size
    return written / took


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
