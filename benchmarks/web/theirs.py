"""The peer's share of the world: the same rows in its own tables, the words around the moving parts of its page, and
what it is asked."""

import hashlib
import json
import re
import sqlite3
import uuid
from datetime import UTC, datetime, timedelta

import httpx

from benchmarks import village
from benchmarks.systems import PEERS, StartFailed
from benchmarks.web.calls import BROWSER, COOKIE, TOKEN
from benchmarks.web.shared import Shared

PASSWORD = "what the lamp said"
SALT = b"0123456789abcdef"
APART_SECONDS = 20
DATA = re.compile(r'<script id="mindnet-data" type="application/json">(.*?)</script>', re.DOTALL)
# What the peer puts into its data by itself.
OWN_DATA = ("me", "rooms", "room", "messages", "quoted", "participants")
SIZE_WITHIN = 0.1


class Theirs(Shared):
    def __init__(self, port, made):
        address = f"http://127.0.0.1:{port}"
        asked = {"username": village.NAMES[village.CALLER], "password": PASSWORD}
        with httpx.Client(base_url=address, trust_env=False) as client:
            entered = client.post("/login", json=asked).raise_for_status()
            token = client.post("/auth/token", json=asked).raise_for_status().json()["token"]
        signed = {
            COOKIE: {"Cookie": f"sessionid={entered.cookies['sessionid']}", "X-CSRFToken": entered.json()["csrf"]},
            TOKEN: {"Authorization": f"Token {token}"},
        }
        super().__init__(port, made, signed)

    def calls(self):
        return [*self.room_pages(), self.rooms(), self.participants(), self.messages(), self.post(), self.edit()]

    @staticmethod
    def in_html(text):
        """As EJS writes it."""
        return village.in_html(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def frame_of(page):
    """What stands around the moving parts of a room's page of ours, and beside them in its data. So the peer's is as
    long as ours is, whatever becomes of ours."""
    entries = cut(page, "data-my-rooms>", "</ul>")
    messages = cut(page, 'data-log role="log" aria-label="Messages">', "</article>\n", last=True)
    people = cut(page, re.search('<ul class="people-list"[^>]*>', page)[0], "</ul>")
    data = DATA.search(page)
    places = [*entries, *messages, *people, *data.span()]
    parts = [page[start:end] for start, end in zip([0, *places[1::2]], [*places[::2], len(page)], strict=True)]
    own = json.loads(data[1])
    return {
        "parts": parts,
        "room": own["room"],
        "data": {name: value for name, value in own.items() if name not in OWN_DATA},
    }


def cut(page, start, end, last=False):
    """Where what lies between the two begins and ends."""
    begins = page.find(start) + len(start)
    ends = page.rfind(end) + len(end) if last else page.find(end, begins)
    if begins < len(start) or ends < begins:
        raise StartFailed(f"the room's page has no {start!r} and {end!r} any more")
    return begins, ends


def ask_for_frame(ours):
    path = f"http://127.0.0.1:{ours.port}/room/{ours.room(village.READ)}"
    page = httpx.get(path, headers=BROWSER | ours.signed[COOKIE], trust_env=False).raise_for_status()
    return frame_of(page.text), len(page.content)


def page_bytes(own):
    """How long the same page of the peer is."""
    path = f"http://127.0.0.1:{own.port}/room/{own.room(village.READ)}"
    page = httpx.get(path, headers=BROWSER | own.signed[COOKIE], trust_env=False).raise_for_status()
    return len(page.content)


def fill(path, made):
    """The peer's database, with the rows under the ids that they have in ours."""
    with sqlite3.connect(path) as database:
        database.executescript((PEERS / "express" / "schema.sql").read_text())
        add_people(database, made)
        add_rooms(database, made)
        for room, count in ((village.READ, village.MESSAGES), (village.POSTED, village.EDITED)):
            add_messages(database, made, room, count)
        database.execute("ANALYZE")
    database.close()


def moment(seconds_ago):
    return (datetime.now(UTC) - timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def add_people(database, made):
    password = hashlib.scrypt(PASSWORD.encode(), salt=SALT, n=16384, r=8, p=1, dklen=64)
    rows = [
        (made["caller"] + person, name, SALT, password, "online" if person in village.ONLINE else "offline", "")
        for person, name in enumerate(village.NAMES)
    ]
    insert(database, "users", rows)


def add_rooms(database, made):
    number, name = made["everyone"]
    now = moment(0)
    rooms, places = [(number, name, "", "broadcast", 2**31 - 1, None, now, 1, 0, village.PEOPLE)], []
    counts = {village.READ: village.MESSAGES, village.POSTED: village.EDITED}
    for room, name in enumerate(village.ROOM_NAMES):
        people = [made["caller"] + person for person in village.participants(room)]
        last = counts.get(room, 0)
        rooms.append((made["rooms"][room], name, "", "open", 200, people[0], now, 1, last, len(people)))
        places += [
            (None, made["rooms"][room], person, "participant" if place else "owner", now, 1, last, last)
            for place, person in enumerate(people)
        ]
    insert(database, "rooms", rooms)
    insert(database, "participants", places)


def add_messages(database, made, room, count):
    first, messages, reactions = made["first_ids"][room], [], []
    is_own = room == village.POSTED
    for seq in range(1, count + 1):
        pk, replied = first + seq - 1, None if is_own else village.replied_to(seq)
        reacted = [] if is_own else village.reactions(seq)
        sender = made["caller"] + (village.CALLER if is_own else village.sender(seq))
        messages.append((
            pk, made["rooms"][room], sender, village.text(seq), moment(APART_SECONDS * (count + 1 - seq)), None, None,
            seq, seq, str(uuid.UUID(int=pk)), replied and first + replied - 1, len(reacted) > 0,
        ))  # fmt: skip
        reactions += [(None, pk, made["caller"] + person, emoji) for emoji, person in reacted]
    insert(database, "messages", messages)
    insert(database, "reactions", reactions)


def insert(database, table, rows):
    if rows:
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
