"""Rooms, senders, cursors and lost hints against the real hub, connections, writer and database.

Two hubs stand for two processes. What is committed reaches each as a hint that may be late, out of order, or lost;
clients come, read slowly, meditate and go; rooms are renamed, roles given, receipts told. Whatever happened: the
numbers that a connection is sent rise, and once the heads have been compared, every connection holds exactly what the
database holds.
"""

import asyncio
import itertools
import json
import uuid

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from messaging import edits, sync, unread, watermarks, writer
from messaging.drafts import Draft
from messaging.models import Message
from mindnet.database.threads import run
from mindnet.realtime import connection, healing, hub_room, lagging, publish
from mindnet.realtime import hub as hub_module
from mindnet.realtime.connection import Connection
from mindnet.tests.faults.conftest import SEED
from presence.models import Psychic
from rooms.models import Room, RoomParticipant
from rooms.roles import set_role
from rooms.services import create_room, join_room, update_room

counter = itertools.count(1)
pick = st.integers(min_value=0, max_value=999)


class Client:
    """What one connection has been sent, and what a page would hold by it."""

    def __init__(self, hub, psychic):
        self.open = asyncio.Event()
        self.open.set()
        self.numbers = {}
        self.held = {}
        self.facts = {}  # what is told without a number: how it is, as far as this client knows
        self.connection = Connection(uuid.uuid4(), psychic, self.send, hub)

    async def send(self, message):
        await self.open.wait()
        if message["type"] == "websocket.close":
            return
        for text in message["text"].split("\n"):
            event = json.loads(text)
            if event.get("type") in ("message.created", "message.updated"):
                room, seq = event["room"], event["seq"]
                assert seq > self.numbers.get(room, 0), f"room {room}: {seq} after {self.numbers[room]}"
                self.numbers[room] = seq
                self.keep(room, event["payload"])
            elif event.get("type") == "room.updated":
                self.facts[event["room"], "name"] = event["payload"]["name"]
            elif event.get("type", "").startswith("participant."):
                self.facts[event["room"], event["payload"]["psychic"]["id"], "role"] = event["payload"]["role"]
            elif event.get("type") == "receipt.updated":
                self.read(event["room"], event["payload"]["psychic"]["id"], event["payload"]["read_seq"])

    def read(self, room, psychic, seq):
        key = room, psychic, "read"
        self.facts[key] = max(seq, self.facts.get(key, 0))

    def keep(self, room, message):
        held = self.held.setdefault(room, {})
        if message["changed_seq"] > held.get(message["id"], (0, ""))[0]:
            held[message["id"]] = (message["changed_seq"], message["content"])


class HubMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clients = []
        self.call(self.begin())

    def call(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    async def begin(self):
        number = next(counter)
        self.psychics = [await run(make_psychic, f"p{number}-{name}-{uuid.uuid4().hex[:6]}") for name in "ab"]
        self.rooms = [await run(make_room, self.psychics) for _ in range(2)]
        self.hubs = [hub_module.Hub(sync.Reader()) for _ in range(2)]
        self.hints = [[], []]
        publish.local_hub = self  # what services tell is a hint too
        self.sent = []
        for hub, psychic in zip(self.hubs, self.psychics, strict=True):
            await self.do_connect(hub, psychic)  # somebody is there from the start

    def publish_soon(self, group, message):
        for hints in self.hints:
            hints.append(message)

    async def settle(self):
        """Lets everything run that needs no further push."""
        for _ in range(3):
            await asyncio.sleep(0)
        for hub in self.hubs:
            for client in self.clients:
                if client.connection.hub is hub and client.open.is_set() and client.connection.writer:
                    await asyncio.wait([client.connection.writer], timeout=5)

    @rule(hub=pick, psychic=pick, room=st.none() | pick)
    def connect(self, hub, psychic, room):
        self.call(self.do_connect(self.hubs[hub % 2], self.psychics[psychic % 2], room))

    async def do_connect(self, hub, psychic, renamed=None):
        """With `renamed`, a room that gets a name between the reading and the opening, and everybody hears of it."""
        client = Client(hub, psychic)
        hub.add(client.connection)
        entries = (await run(unread.places, [psychic.pk]))[psychic.pk]
        for entry, _, _ in entries:  # what a page does after hello: `sync` for what it does not hold
            if entry.id in self.rooms:
                for message in await run(read_upto, entry.id, entry.last_seq):
                    client.keep(entry.id, message)
        for entry, _, _ in entries:
            client.facts[entry.id, "name"] = entry.name
            client.facts[entry.id, psychic.pk, "role"] = entry.role
            client.read(entry.id, psychic.pk, entry.read_seq)
        if renamed is not None:
            await run(self.give_name, self.rooms[renamed % 2])
            for each, hints in zip(self.hubs, self.hints, strict=True):
                each.receive(hints.pop())
        hub.open(client.connection, '{"type": "hello"}', entries)
        for room, psychic_id, role, read in await run(read_people, self.rooms):  # as on entering a room
            client.facts[room, psychic_id, "role"] = role
            client.read(room, psychic_id, read)
        self.clients.append(client)

    @precondition(lambda self: self.clients)
    @rule(which=pick)
    def leave(self, which):
        client = self.clients.pop(which % len(self.clients))
        client.connection.hub.remove(client.connection)
        client.connection.is_gone = True
        client.open.set()

    @rule(psychic=pick, rooms=st.lists(pick, min_size=1, max_size=8))
    def send(self, psychic, rooms):
        self.call(self.do_send(self.psychics[psychic % 2], [self.rooms[room % 2] for room in rooms]))

    async def do_send(self, psychic, rooms):
        drafts = [Draft(psychic.pk, room, f"m{next(counter)}", "text", uuid.uuid4()) for room in rooms]
        results = await run(writer.commit, drafts)
        told = {}
        for result in results:
            told.setdefault(result.message.room, []).append(result)
            self.sent.append((psychic, result.message.id))
        for room, stored in told.items():
            first, last = stored[0].message.seq, stored[-1].message.seq
            hint = {"type": "numbered", "room": room, "first": first, "last": last, "lines": [s.line for s in stored]}
            for hints in self.hints:
                hints.append(hint)

    @precondition(lambda self: self.sent)
    @rule(which=pick)
    def edit_unheard(self, which):
        """An edit whose hint nobody gets."""
        psychic, message = self.sent[which % len(self.sent)]
        text = f"e{next(counter)}"
        self.call(run(edits.edit_message, psychic=psychic, message_id=message, content=text))

    @rule(room=pick)
    def rename(self, room):
        self.call(run(self.give_name, self.rooms[room % 2]))

    def give_name(self, room_id):
        update_room(psychic=self.psychics[0], room_id=room_id, name=f"name {next(counter)}")

    @rule(room=pick, role=st.sampled_from(["moderator", "participant"]))
    def promote(self, room, role):
        owner, other = self.psychics
        self.call(run(set_role, psychic=owner, room_id=self.rooms[room % 2], username=other.username, role=role))

    @rule(psychic=pick, room=pick, seq=st.integers(1, 30))
    def confirm(self, psychic, room, seq):
        mark = watermarks.Watermark(self.psychics[psychic % 2].pk, self.rooms[room % 2], seq, seq)
        self.call(run(watermarks.advance, [mark]))

    @rule(hub=pick, which=pick, times=st.integers(1, 2))
    def deliver(self, hub, which, times):
        self.call(self.do_deliver(hub % 2, which, times))

    async def do_deliver(self, hub, which, times):
        if self.hints[hub]:
            hint = self.hints[hub].pop(which % len(self.hints[hub]))
            for _ in range(times):  # the layer may deliver twice
                self.hubs[hub].receive(hint)
        await asyncio.sleep(0)

    @rule(hub=pick)
    def lose_all_hints(self, hub):
        self.hints[hub % 2].clear()

    @precondition(lambda self: self.clients)
    @rule(which=pick)
    def stall(self, which):
        self.clients[which % len(self.clients)].open.clear()

    @precondition(lambda self: self.clients)
    @rule(which=pick)
    def read_on(self, which):
        self.clients[which % len(self.clients)].open.set()
        self.call(self.settle())

    @rule(hub=pick, psychic=pick, on=st.booleans())
    def meditate(self, hub, psychic, on):
        self.call(self.do_meditate(self.hubs[hub % 2], self.psychics[psychic % 2], on))

    async def do_meditate(self, hub, psychic, on):
        for one in list(hub.by_psychic.get(psychic.pk, ())):
            hub.hold(one, on)

    @rule(hub=pick)
    def compare_heads(self, hub):
        self.call(self.do_compare(self.hubs[hub % 2]))

    async def do_compare(self, hub):
        await hub.healing.check_heads(list(hub.rooms))
        await asyncio.sleep(0)

    def facts_of(self, client):
        return {key: fact for key, fact in client.facts.items() if key[0] in self.rooms}

    def teardown(self):
        publish.local_hub = None
        try:
            self.call(self.heal_and_compare())
        finally:
            self.call(self.end())
            self.loop.close()

    async def end(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def heal_and_compare(self):
        for client in self.clients:
            client.open.set()
            client.connection.hub.hold(client.connection, False)
        stored = {room: await run(read_state, room) for room in self.rooms}
        facts = await run(read_facts, self.rooms)
        for _ in range(60):
            for hub in self.hubs:
                await hub.healing.check_heads(list(hub.rooms))
            if all(client.held.get(room, {}) == stored[room] for client in self.clients for room in self.rooms) and all(
                self.facts_of(client) == facts for client in self.clients
            ):
                break
            await asyncio.sleep(0.05)
        for client in self.clients:
            for room in self.rooms:
                assert client.held.get(room, {}) == stored[room], f"room {room}: what is held and what is stored differ"
            assert self.facts_of(client) == facts, "what is known of rooms and people differs from what is stored"
            assert not client.connection.is_gone and not client.connection.closing
        for client in list(self.clients):
            client.connection.hub.remove(client.connection)
        for hub in self.hubs:
            assert not hub.rooms and not hub.connections and not hub.by_psychic and not hub.writing


def read_people(rooms):
    rows = RoomParticipant.objects.active().filter(room__in=rooms)
    return list(rows.values_list("room_id", "psychic_id", "role", "read_seq"))


def read_facts(rooms):
    facts = {(room, "name"): name for room, name in Room.objects.filter(pk__in=rooms).values_list("pk", "name")}
    for room, psychic, role, read in read_people(rooms):
        facts |= {(room, psychic, "role"): role, (room, psychic, "read"): read}
    return facts


def make_psychic(username):
    return Psychic.objects.create(username=username)


def make_room(psychics):
    room, _ = create_room(psychic=psychics[0], name="model")
    for psychic in psychics[1:]:
        join_room(psychic=psychic, room_id=room.pk)
    return room.pk


def read_upto(room, head):
    rows = Message.objects.filter(room=room, changed_seq__lte=head)
    return list(rows.values("id", "changed_seq", "content"))


def read_state(room):
    rows = Message.objects.filter(room=room).values_list("id", "changed_seq", "content")
    return {pk: (changed_seq, content) for pk, changed_seq, content in rows}


@pytest.mark.once  # it asks the hub; what the hub asks the database is held against both by the tests of sync
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outbox", [3, 1000])
def test_every_connection_ends_with_what_is_stored(settings, monkeypatch, outbox, figures):
    settings.LIMITS = settings.LIMITS | {"OUTBOX_EVENTS": outbox}
    # Who stalls is not closed for the few events without a number that a history here has.
    monkeypatch.setattr(connection, "UNNUMBERED_FACTOR", 1000)
    monkeypatch.setattr(hub_room, "RECENT_LINES", 4)
    monkeypatch.setattr(healing, "REPAIR_LINES", 3)
    monkeypatch.setattr(lagging, "LINES", 3)
    HubMachine._hypothesis_internal_use_seed = SEED
    options = hypothesis_settings(max_examples=20, stateful_step_count=30, deadline=None, database=None)
    run_state_machine_as_test(HubMachine, settings=options)
    figures(examples=40, steps=30)
