/* The rule of the numbers, driven by the frames a server sends. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Rooms } from "../../../static/mindnet/js/client/rooms.js";
import { ME, numbers, Server, settled, start, unasked } from "./server.mjs";

test("nothing is asked for when the page is as new as hello", async () => {
  const server = new Server();
  server.say();
  const { room } = start(server);
  server.hello();
  await settled();
  assert.deepEqual(server.syncs, []);
  assert.ok(room.isComplete);
});

test("what happened between page and hello is fetched, and live events go on above it", async () => {
  const server = new Server();
  server.say();
  const { room } = start(server);
  server.say();
  server.say();
  server.hello();
  const live = server.say();
  server.push(live);
  assert.ok(!room.isComplete);
  await settled();
  assert.ok(room.isComplete);
  assert.equal(room.head, 4);
  assert.deepEqual(numbers(room), [1, 2, 3, 4]);
});

test("sync goes on until everything is there", async () => {
  const server = new Server();
  server.say();
  const { room } = start(server);
  for (let i = 0; i < 700; i++) server.say();
  server.hello();
  await settled();
  assert.deepEqual(server.syncs, [1, 301, 601]);
  assert.equal(numbers(room).length, 701);
});

test("after a very long absence the newest page is fetched instead", async () => {
  const server = new Server();
  server.say();
  const { rooms, room } = start(server, { fetchPage: async () => server.page() });
  let resets = 0;
  rooms.on("reset", () => resets++);
  for (let i = 0; i < 2000; i++) server.say();
  server.hello();
  await settled();
  assert.equal(resets, 1);
  assert.equal(room.head, 2001);
  assert.deepEqual(numbers(room), Array.from({ length: 50 }, (_, i) => 1952 + i));
});

test("the higher changed_seq wins, in whatever order the two arrive", async () => {
  const server = new Server();
  const first = server.say();
  const { room } = start(server);
  server.hello();
  const corrected = server.change(first.id, "corrected");
  server.push(corrected);
  server.push(first);
  assert.equal(room.messages.get(first.id).content, "corrected");
  assert.equal(room.head, 2);
});

test("a missing number is noticed and fetched", async () => {
  const server = new Server();
  server.say();
  const { room } = start(server);
  server.hello();
  const lost = server.say();
  server.push(server.say());
  assert.ok(!room.isComplete);
  await settled();
  assert.ok(room.messages.has(lost.id));
  assert.ok(room.isComplete);
});

test("room.gap is answered with sync", async () => {
  const server = new Server();
  server.say();
  const { room } = start(server, { fetchPage: async () => server.page() });
  server.hello();
  for (let i = 0; i < 5; i++) server.say();
  server.emit("event", { type: "room.gap", room: 12, payload: { room: 12, after: 1, last_seq: server.head } });
  await settled();
  assert.deepEqual(server.syncs, [1]);
  assert.equal(numbers(room).length, 6);
});

test("a server that knows less than the page makes it forget", async () => {
  const server = new Server();
  for (let i = 0; i < 10; i++) server.say();
  const { rooms, room } = start(server, { fetchPage: async () => server.page() });
  let resets = 0;
  rooms.on("reset", () => resets++);
  room.head = 50;
  room.liveFrom = 60;
  server.emit("event", { type: "room.gap", room: 12, payload: { room: 12, after: 1, last_seq: 60 } });
  await settled();
  assert.equal(resets, 1);
  assert.equal(room.head, 10);
  assert.equal(numbers(room).length, 10);
  assert.ok(room.isComplete);
});

test("an edit of a message above the shown page is kept for when that page is fetched", async () => {
  const server = new Server();
  const old = server.say();
  for (let i = 0; i < 60; i++) server.say();
  const before = server.page(61).results.slice(0, 11);
  const { rooms, room } = start(server, { fetchPage: async () => ({ results: before }) });
  server.hello();
  server.push(server.change(old.id, "corrected"));
  assert.equal(numbers(room)[0], 12);
  await rooms.loadOlder(room);
  assert.equal(numbers(room)[0], 1);
  assert.equal(room.messages.get(old.id).content, "corrected");
});

test("unread counts what others say, once, and reading takes it away", () => {
  const server = new Server();
  const rooms = new Rooms(server, ME, unasked);
  server.unread = 1;
  server.say();
  server.hello();
  server.push(server.messages.get(101)); // the offline queue: hello has counted it
  assert.equal(rooms.counts.sums.unread, 1);
  server.push(server.say());
  server.push(server.say(ME.id));
  assert.equal(rooms.counts.sums.unread, 2);
  rooms.markRead(12, 3);
  assert.equal(rooms.counts.sums.unread, 0);
});

test("reading on another device takes it away here", () => {
  const server = new Server();
  const rooms = new Rooms(server, ME, unasked);
  server.hello();
  server.push(server.say());
  const payload = { room: 12, psychic: ME, delivered_seq: 1, read_seq: 1 };
  server.emit("event", { type: "receipt.updated", room: 12, payload });
  assert.equal(rooms.counts.sums.unread, 0);
});

test("what a gap leaves out is asked for and counted", async () => {
  const server = new Server();
  const asked = [];
  const fetchPage = async (id, { after }) => {
    asked.push(after);
    const all = [...server.messages.values()].filter(({ seq }) => seq > after);
    return { results: all.slice(0, 100), last_seq: server.head };
  };
  const rooms = new Rooms(server, ME, { fetchPage });
  server.hello();
  for (let i = 0; i < 150; i++) server.say();
  server.messages.set(105, { ...server.messages.get(105), deleted: true, changed_seq: ++server.head });
  server.emit("event", { type: "room.gap", room: 12, payload: { room: 12, after: 0, last_seq: server.head } });
  server.push(server.messages.get(105));
  await settled();
  assert.deepEqual(asked, [0, 100]);
  assert.equal(rooms.counts.sums.unread, 149);
  rooms.markRead(12, 60);
  assert.equal(rooms.counts.sums.unread, 90);
});

test("a thousand unread ones are a thousand until fewer are known to be left", async () => {
  const server = new Server();
  for (let i = 0; i < 1050; i++) server.say();
  const fetchPage = async (id, { after }) => {
    const all = [...server.messages.values()].filter(({ seq }) => seq > after);
    return { results: all.slice(0, 100), last_seq: server.head };
  };
  const rooms = new Rooms(server, ME, { fetchPage });
  server.unread = 1000;
  server.hello();
  server.push(server.say());
  assert.equal(rooms.counts.sums.unread, 1000);
  rooms.markRead(12, 50);
  await settled();
  assert.equal(rooms.counts.sums.unread, 1000);
  rooms.markRead(12, 55);
  await settled();
  assert.equal(rooms.counts.sums.unread, 996);
});

test("who meditates is not reached by what their own page would ask for, and has all of it at the bell", async () => {
  const server = new Server();
  server.say();
  const me = { ...ME, status: "meditating" };
  const rooms = new Rooms(server, me, unasked);
  const room = rooms.open(12, server.page());
  server.say();
  server.hello();
  await settled();
  assert.deepEqual(server.syncs, []);
  me.status = "online";
  rooms.resume();
  await settled();
  assert.deepEqual(numbers(room), [1, 2]);
});

test("a room one was taken out of while the link was down is known to be gone", () => {
  const server = new Server();
  const { rooms } = start(server);
  const gone = [];
  rooms.on("removed", ({ room }) => gone.push(room));
  server.hello();
  server.emit("hello", { rooms: [] });
  assert.deepEqual(gone, [12]);
});

test("a room that one only reads is not missed in hello", () => {
  const server = new Server();
  const { rooms } = start(server);
  rooms.on("removed", () => assert.fail());
  server.emit("hello", { rooms: [] });
});

test("a closed room counts as delivered only when its queue has come whole", () => {
  const delivered = [];
  for (const hasGap of [false, true]) {
    const server = new Server();
    const rooms = new Rooms(server, ME, unasked);
    rooms.on("delivered", (id, seq) => delivered.push([hasGap, seq]));
    const [one, two] = [server.say(), server.say()];
    server.hello();
    if (hasGap) server.emit("event", { type: "room.gap", room: 12, payload: { room: 12, after: 0, last_seq: 2 } });
    server.push(one);
    server.push(two);
  }
  assert.deepEqual(delivered, [[false, 2]]);
});

test("whoever of its two is renamed, a mind-link carries the other one's name", () => {
  const server = new Server();
  const rooms = new Rooms(server, { ...ME }, unasked);
  const numbers = { last_seq: 0, delivered_seq: 0, read_seq: 0, unread: 0, mentions: 0, unread_from: null };
  server.emit("hello", { rooms: [{ id: 3, name: "bob & ada", kind: "private", role: "owner", ...numbers }] });
  const rename = (id, username, name) => {
    server.emit("event", { type: "participant.updated", room: 3, payload: { room: 3, psychic: { id, username } } });
    server.emit("event", { type: "room.updated", room: 3, payload: { id: 3, name } });
    return rooms.entries.get(3).name;
  };
  assert.equal(rename(2, "robert", "robert & ada"), "robert");
  assert.equal(rename(1, "ada.l", "robert & ada.l"), "robert");
});

test("a mind-link carries the other one's name, and hello itself is left as it was", () => {
  const server = new Server();
  const rooms = new Rooms(server, ME, unasked);
  const numbers = { last_seq: 2, delivered_seq: 0, read_seq: 0, unread: 1, mentions: 0, unread_from: null };
  const entry = { id: 3, name: "bob & ada", kind: "private", role: "owner", ...numbers };
  const open = { ...entry, id: 4, kind: "open", name: "tea & toast" };
  server.emit("hello", { rooms: [entry, open] });
  assert.equal(rooms.entries.get(3).name, "bob");
  assert.equal(rooms.entries.get(4).name, "tea & toast");
  rooms.markRead(4, 2);
  assert.equal(open.read_seq, 0);
});

for (const said of [0, 1, 3, 9]) {
  test(`set back to a backup in which ${said} messages were said since, a room is as the server has it`, async () => {
    const server = new Server();
    for (let i = 0; i < 5; i++) server.say();
    const { rooms, room } = start(server);
    let restored = 0;
    rooms.on("restored", () => restored++);
    server.hello();
    await settled();
    server.restore(2);
    for (let i = 0; i < said; i++) server.say(2, "after the backup");
    server.hello();
    const live = server.say(2, "live");  // while it is asked what became of the rest
    server.push(live);
    assert.ok(!room.isComplete);
    await settled();
    assert.equal(restored, 1);
    assert.deepEqual(room.shown(), server.page().messages);
    assert.ok(room.isComplete);
    server.push(server.say(2, "and on"));
    server.hello();
    await settled();
    assert.equal(restored, 1);
    assert.deepEqual(room.shown(), server.page().messages);
  });
}

test("what arrives between the answer of a reset and its coming is asked for again", async () => {
  const server = new Server();
  server.say();
  const { room } = start(server);
  server.hello();
  await settled();
  server.restore(0);
  server.say(2, "after the backup");
  const answer = server.request.bind(server);
  server.request = async (type, payload) => {
    const reply = await answer(type, payload);
    server.request = answer;
    server.push(server.say(2, "meanwhile"));
    return reply;
  };
  server.hello();
  await settled();
  assert.deepEqual(room.shown(), server.page().messages);
});
