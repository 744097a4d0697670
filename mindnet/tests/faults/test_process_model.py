"""What two real processes answer, step by step, against a model of rooms, senders, cursors and drops.

The dice choose who connects where, sends, repeats, edits, joins, leaves, confirms, drops a link, kills a process or
cuts Redis's subscribers. One thing happens at a time, so the model knows each answer exactly: the number a message
gets, what `sync` returns, how far the watermarks stand. In the end every connection holds what the model holds, and so
does the database.
"""

import asyncio
import itertools
import uuid

from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mindnet.tests.faults.conftest import SEED
from mindnet.tests.support.checks import reply_to, room_of
from mindnet.tests.support.history import read_stored
from mindnet.tests.support.sockets import connect

EXAMPLES, STEPS = 12, 40
HEALED_SECONDS = 3
pick = st.integers(min_value=0, max_value=999)
texts = itertools.count(1)


class Message:
    def __init__(self, sender, room, content, nonce):
        self.sender, self.room, self.content, self.nonce = sender, room, content, nonce
        self.first_content = content  # a retry sends what was sent first
        self.id = self.seq = self.changed_seq = None
        self.is_deleted = False

    def state(self):
        return self.id, self.seq, self.changed_seq, self.content


class Room:
    def __init__(self, id, people):
        self.id = id
        self.messages = []
        self.head = 0
        self.marks = {person: [0, 0] for person in people}  # of those who take part: delivered, read
        self.left = {}  # person -> (process, when), of those who have gone out

    def changed_after(self, seq):
        changed = [message for message in self.messages if message.changed_seq > seq]
        return sorted(changed, key=lambda message: message.changed_seq)


class Client:
    """One connection, and from which number of each room on it has to hold everything."""

    def __init__(self, person, process):
        self.person, self.process = person, process
        self.link = connect(person.world.ws_urls[process], token=person.token, close_timeout=0.2)
        self.since = {}

    async def open(self, rooms):
        self.socket = await self.link.__aenter__()
        for entry in (await self.socket.hello)["rooms"]:
            if entry["id"] in rooms:
                self.since[entry["id"]] = entry["last_seq"]
        return self

    async def close(self):
        await self.link.__aexit__(None, None, None)


class ProcessMachine(RuleBasedStateMachine):
    world = redis = counts = None  # set by the test

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.people = [self.world.person(name) for name in ("ada", "bob", "cleo")]
        self.apis = {(person, process): person.api(process) for person in self.people for process in (0, 1)}
        self.rooms = {}
        for _ in range(2):
            room = self.call(room_of(*self.people))
            self.rooms[room] = Room(room, self.people)
        self.clients = [self.call(Client(person, number % 2).open(self.rooms))
                        for number, person in enumerate(self.people)]  # fmt: skip
        self.messages = []
        self.kills = 0
        self.counts["examples"] += 1

    def call(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    @invariant()
    def nothing_has_happened_that_never_may(self):
        self.counts["steps"] += 1
        for client in self.clients:
            client.socket.check()

    def command(self, client, type, payload):
        return self.call(reply_to(client.socket, type, payload))

    def client(self, which):
        return self.clients[which % len(self.clients)]

    def room(self, which):
        return list(self.rooms.values())[which % len(self.rooms)]

    # Coming and going

    @rule(who=pick, process=pick)
    def connect(self, who, process):
        if len(self.clients) < 8:
            client = Client(self.people[who % len(self.people)], process % 2)
            self.clients.append(self.call(client.open(self.rooms)))

    @precondition(lambda self: len(self.clients) > 1)
    @rule(which=pick, politely=st.booleans())
    def drop(self, which, politely):
        client = self.clients.pop(which % len(self.clients))
        if not politely:
            client.socket.link.transport.abort()
        self.call(client.close())

    @precondition(lambda self: not self.kills)
    @rule(number=st.integers(0, 1))
    def kill(self, number):
        """Its clients come back at the other one, as the page does; the killed one is started again behind them."""
        self.kills += 1
        self.counts["kills"] += 1
        process = self.world.processes[number]
        process.kill()
        hit = [client for client in self.clients if client.process == number]
        for client in hit:
            self.clients.remove(client)
            self.call(client.close())
            self.clients.append(self.call(Client(client.person, 1 - number).open(self.rooms)))
        process.start()

    @rule()
    def deafen(self):
        self.redis.cut_subscribers()

    # Rooms

    @rule(which=pick, room=pick)
    def leave(self, which, room):
        client, room = self.client(which), self.room(room)
        if client.person is self.people[0]:  # the owner stays, so that roles stay out of this
            return
        reply = self.command(client, "room.leave", {"room": room.id})
        assert reply["ok"], reply
        if room.marks.pop(client.person, None):
            room.left[client.person] = client.process, self.loop.time()
        for other in self.clients:
            if other.person is client.person:
                other.since.pop(room.id, None)

    @rule(which=pick, room=pick)
    def join(self, which, room):
        client, room = self.client(which), self.room(room)
        reply = self.command(client, "room.join", {"room": room.id})
        marks = room.marks.setdefault(client.person, [room.head, room.head])
        told = reply["payload"]
        assert [told["delivered_seq"], told["read_seq"]] == marks, (reply, marks)
        for other in self.clients:
            if other.person is client.person:
                other.since.setdefault(room.id, room.head)

    # Messages

    @rule(which=pick, room=pick, by_rest=st.booleans(), process=st.integers(0, 1))
    def say(self, which, room, by_rest, process):
        client, room = self.client(which), self.room(room)
        message = Message(client.person, room, f"m{next(texts)}", str(uuid.uuid4()))
        answer, error = self.post(client, message, by_rest, process)
        if client.person not in room.marks:
            assert error == "not_participant", (answer, error)
            return
        room.head += 1
        assert error is None and not answer.get("duplicate") and answer["seq"] == room.head, (answer, error, room.head)
        message.id, message.seq, message.changed_seq = answer["id"], room.head, room.head
        room.messages.append(message)
        self.messages.append(message)

    def post(self, client, message, by_rest, process, content=None):
        """(answer, None) or (None, error code); by the socket, or by REST at either process."""
        payload = {"content": content or message.first_content, "nonce": message.nonce}
        if by_rest:
            answer = self.apis[client.person, process].post(f"/rooms/{message.room.id}/messages", json=payload)
            if answer.is_error:
                return None, answer.json()["code"]
            return answer.json() | {"duplicate": answer.status_code == 200}, None
        reply = self.command(client, "message.send", {"room": message.room.id} | payload)
        return (reply["payload"], None) if reply["ok"] else (None, reply["error"]["code"])

    @precondition(lambda self: self.messages)
    @rule(which=pick, by_rest=st.booleans(), process=st.integers(0, 1), other_text=st.booleans())
    def say_again(self, which, by_rest, process, other_text):
        """A retry, wherever it goes, whatever has happened to the message or its sender's place since."""
        message = self.messages[which % len(self.messages)]
        client = next((client for client in self.clients if client.person is message.sender), None)
        if client is None:
            return
        answer, error = self.post(client, message, by_rest, process, "something else" if other_text else None)
        if other_text:
            assert error == "nonce_reused", (answer, error)
        else:
            assert error is None and answer["duplicate"], (answer, error)
            assert (answer["id"], answer["seq"]) == (message.id, message.seq)

    @precondition(lambda self: self.messages)
    @rule(which=pick, deletes=st.booleans())
    def change(self, which, deletes):
        message = self.messages[which % len(self.messages)]
        client = next((client for client in self.clients if client.person is message.sender), None)
        if client is None:
            return
        room, content = message.room, "" if deletes else f"e{next(texts)}"
        payload = {"id": message.id} | ({} if deletes else {"content": content})
        reply = self.command(client, "message.delete" if deletes else "message.edit", payload)
        if message.sender not in room.marks:
            assert reply["error"]["code"] == "not_participant", reply
        elif not message.is_deleted:
            room.head += 1
            assert reply["payload"]["changed_seq"] == room.head, (reply, room.head)
            message.content, message.changed_seq, message.is_deleted = content, room.head, deletes
        elif not deletes:
            assert not reply["ok"], reply

    # Cursors

    @rule(which=pick, room=pick, back=st.integers(-2, 12), is_read=st.booleans())
    def confirm(self, which, room, back, is_read):
        client, room = self.client(which), self.room(room)
        seq = max(0, room.head - back)
        reply = self.command(client, "message.read" if is_read else "message.delivered", {"room": room.id, "seq": seq})
        marks = room.marks.get(client.person)
        if marks is None:
            process, left_at = room.left[client.person]
            # A process that was deafened may not have heard of it yet; it takes what then changes nothing.
            may_not_know = client.process != process and self.loop.time() - left_at < HEALED_SECONDS
            assert (reply["ok"] and may_not_know) or reply["error"]["code"] == "not_participant", reply
            return
        seq = min(seq, room.head)
        marks[0] = max(marks[0], seq)
        marks[1] = max(marks[1], seq) if is_read else marks[1]

    @rule(who=pick, process=st.integers(0, 1), room=pick)
    def look_at_watermarks(self, who, process, room):
        room = self.room(room)
        answer = self.apis[self.people[who % len(self.people)], process].get(f"/rooms/{room.id}/participants")
        told = {row["psychic"]["id"]: [row["delivered_seq"], row["read_seq"]] for row in answer.json()["results"]}
        assert told == {person.id: marks for person, marks in room.marks.items()}

    @rule(which=pick, room=pick, back=st.integers(-1, 30))
    def catch_up(self, which, room, back):
        client, room = self.client(which), self.room(room)
        cursor = max(0, room.head - back)
        entry = self.command(client, "sync", {"rooms": {str(room.id): cursor}})["payload"]["rooms"][str(room.id)]
        is_reset = cursor > room.head
        expected = room.changed_after(0 if is_reset else cursor)
        held = [(m["id"], m["seq"], m["changed_seq"], m["content"]) for m in entry["messages"]]
        assert held == [message.state() for message in expected]
        assert (entry["seq"], entry["complete"], entry.get("reset", False)) == (room.head, True, is_reset)

    # The end

    def teardown(self):
        try:
            self.call(self.all_complete())
            stored = [row for row in read_stored(self.world) if row.room in self.rooms]
            for room in self.rooms.values():
                mine = [(row.id, row.seq, row.changed_seq, row.content) for row in stored if row.room == room.id]
                assert mine == [message.state() for message in room.messages]
            for client in self.clients:
                self.call(client.close())
        finally:
            self.call(self.end())
            self.loop.close()

    async def end(self):
        """Whatever has failed, nothing is left over for the next test to stumble on."""
        for client in self.clients:
            client.socket.link.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def all_complete(self):
        deadline = self.loop.time() + HEALED_SECONDS
        while self.loop.time() < deadline and any(self.missing()):
            await asyncio.sleep(0.05)
        assert not list(self.missing()), list(self.missing())[:5]

    def missing(self):
        """What a connection should hold by now and does not, or holds otherwise."""
        for client in self.clients:
            for room_id, since in client.since.items():
                held = client.socket.messages(room_id)
                for message in self.rooms[room_id].changed_after(since):
                    has = held.get(message.id)
                    state = has and (has["id"], has["seq"], has["changed_seq"], has["content"])
                    if state != message.state():
                        yield client.person.username, state, message.state()


def test_two_processes_answer_as_the_model_says(make_cluster, redis, figures):
    world = make_cluster()
    counts = {"examples": 0, "steps": 0, "kills": 0}
    machine = type("Machine", (ProcessMachine,), {"world": world, "redis": redis, "counts": counts})
    machine._hypothesis_internal_use_seed = SEED
    # Shrinking would take as many runs again, with processes being killed in each; the steps are printed anyway.
    options = hypothesis_settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    try:
        run_state_machine_as_test(machine, settings=options)
    finally:
        figures(counts)
