"""What clients did and saw, written down as it happened, and the checker that looks for what must never be in it.

A send without an answer is *unknown*: it may be stored or not, and either is right. What is judged:

- lost: acknowledged and not in the database, or not at the number that was acknowledged
- duplicated: a nonce that stands in the database twice, or came twice over one connection
- phantom: stored or received and never sent; stored although it was refused
- differing: retries of one nonce with different answers
- misnumbered: a room whose numbers are not 1..N
- reordered, gaps: a connection that saw numbers fall, or one left out
- altered: received with another number, id or content than is stored
- missing: stored and, at the end, not at a participant who was to be complete
"""

import sqlite3
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import psycopg

NUMBERED = ("message.created", "message.updated")


@dataclass
class Send:
    """One message that somebody meant to send, over all its tries."""

    sender: str
    room: int
    content: str
    nonce: str
    tries: int = 0
    answers: list = field(default_factory=list)  # (id, seq), in the order they came
    refusals: list = field(default_factory=list)  # codes that are final

    @property
    def outcome(self):
        return "ok" if self.answers else "error" if self.refusals else "unknown"


@dataclass
class Visit:
    """One connection of one client."""

    client: str
    address: str
    opened_at: float
    heads: dict = field(default_factory=dict)  # room -> last_seq, as hello said
    sightings: list = field(default_factory=list)  # messages as they came in events
    closed_at: float | None = None
    code: int | None = None
    bye: dict | None = None


@dataclass(frozen=True)
class Stored:
    id: int
    room: int
    seq: int
    changed_seq: int
    nonce: str
    content: str


class History:
    def __init__(self):
        self.sends = {}
        self.visits = []
        self.answer_seconds = []
        self.problems = []

    def sending(self, sender, room, content, nonce):
        self.sends[nonce] = Send(sender, room, content, nonce)

    def opened(self, client, address):
        visit = Visit(client, address, time.monotonic())
        self.visits.append(visit)
        return visit

    def outcomes(self):
        return Counter(send.outcome for send in self.sends.values())

    @property
    def acknowledged(self):
        return [send for send in self.sends.values() if send.answers]


def read_stored(world):
    """All messages, straight from the database: what a server says of itself is no evidence."""
    columns = "SELECT id, room_id, seq, changed_seq, nonce, content FROM messages ORDER BY room_id, seq"
    if world.database_url:
        with psycopg.connect(world.database_url) as connection:
            rows = connection.execute(columns).fetchall()
    else:
        connection = sqlite3.connect(world.data_dir / "mindnet.sqlite3", timeout=10)
        try:
            rows = connection.execute(columns).fetchall()
        finally:
            connection.close()
    return [Stored(*row[:4], str(row[4]).replace("-", ""), row[5]) for row in rows]


@dataclass
class Findings:
    lost: list = field(default_factory=list)
    duplicated: list = field(default_factory=list)
    phantom: list = field(default_factory=list)
    differing: list = field(default_factory=list)
    misnumbered: list = field(default_factory=list)
    reordered: list = field(default_factory=list)
    gaps: list = field(default_factory=list)
    altered: list = field(default_factory=list)
    missing: list = field(default_factory=list)

    def bad(self):
        return {name: found[:5] for name, found in vars(self).items() if found}

    def figures(self):
        return {name: len(found) for name, found in vars(self).items() if found or name in ("lost", "duplicated")}


def judge(history, stored, held=None):
    """`held`: client -> {room: {message id: changed_seq}}, of those who were to be complete at the end."""
    findings = Findings()
    rooms = {send.room for send in history.sends.values()}
    stored = [row for row in stored if row.room in rooms]
    judge_stored(findings, history, stored)
    by_id = {row.id: row for row in stored}
    for visit in history.visits:
        judge_visit(findings, visit, by_id, rooms)
    for client, seen in (held or {}).items():
        judge_completeness(findings, client, seen, stored)
    return findings


def judge_stored(findings, history, stored):
    by_nonce, by_room = defaultdict(list), defaultdict(list)
    for row in stored:
        by_nonce[row.nonce].append(row)
        by_room[row.room].append(row.seq)
    sends = {nonce.replace("-", ""): send for nonce, send in history.sends.items()}
    for nonce, send in sends.items():
        rows = by_nonce[nonce]
        if len(rows) > 1:
            findings.duplicated.append(rows)
        if len(set(send.answers)) > 1:
            findings.differing.append(send)
        if send.answers and send.answers[0] not in [(row.id, row.seq) for row in rows]:
            findings.lost.append(send)
        if send.outcome == "error" and rows:
            findings.phantom.append((send, rows))
    findings.phantom += [row for row in stored if row.nonce not in sends]
    for room, numbers in by_room.items():
        if numbers != list(range(1, len(numbers) + 1)):
            findings.misnumbered.append((room, numbers))


def judge_visit(findings, visit, by_id, rooms):
    last = {}
    seen = set()
    for message in visit.sightings:
        room, seq = message["room"], message["changed_seq"]
        if room not in rooms:
            continue
        row = by_id.get(message["id"])
        if row is None:
            findings.phantom.append((visit.client, message))
        elif (row.seq, row.content) != (message["seq"], message["content"]):
            findings.altered.append((visit.client, message, row))
        if (message["id"], seq) in seen:
            findings.duplicated.append((visit.client, message))
        seen.add((message["id"], seq))
        if room in last and seq <= last[room]:
            findings.reordered.append((visit.client, room, last[room], seq))
        # Above hello's number everything is live; below is the offline queue, of which the beginning may be left out.
        floor = max(last.get(room, 0), visit.heads.get(room, 0)) if seq > visit.heads.get(room, 0) else seq - 1
        if seq > floor + 1:
            findings.gaps.append((visit.client, room, floor, seq))
        last[room] = max(seq, last.get(room, 0))


def judge_completeness(findings, client, seen, stored):
    for row in stored:
        if row.room in seen and seen[row.room].get(row.id, 0) < row.changed_seq:
            findings.missing.append((client, row))
