/* A room of which a part is shown, and what is answered in it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { numbers, Server, settled, start } from "./server.mjs";

/** A room of 300 messages, of which the newest 50 are held; pages of five are asked for. */
async function longRoom() {
  const server = new Server();
  for (let i = 0; i < 300; i++) server.say();
  const all = () => [...server.messages.values()].sort((a, b) => a.seq - b.seq);
  const fetchPage = async (_, { around, after }) => {
    const from = around === undefined ? after : around - 3;
    const results = all().slice(from, from + 5);
    return { results, next: results.at(-1).seq < all().length ? "more" : null, last_seq: server.head };
  };
  const { rooms, room } = start(server, { fetchPage });
  server.hello();
  await settled();
  return { server, rooms, room };
}

test("what lies around a number is shown alone, and what is said meanwhile waits behind it", async () => {
  const { server, rooms, room } = await longRoom();
  await rooms.showAround(room, 100);
  assert.deepEqual(numbers(room), [98, 99, 100, 101, 102]);
  const told = [];
  rooms.on("messages", (_, ids) => told.push(...ids));
  server.push(server.say());
  assert.deepEqual([numbers(room).at(-1), told, room.reachesEnd], [102, [], false]);
  for (let i = 0; i < 60 && !room.reachesEnd; i++) await rooms.loadNewer(room);
  assert.deepEqual(numbers(room), Array.from({ length: 204 }, (_, index) => 98 + index));
});

test("a change of what is answered is told, also where it is not shown itself", async () => {
  const { server, rooms, room } = await longRoom();
  server.push({ ...server.say(2, "an answer"), reply_to: 105 });
  const told = [];
  rooms.on("messages", (_, ids) => told.push(...ids));
  server.push(server.change(105, "corrected"));
  server.push(server.change(106, "answered by nobody"));
  assert.deepEqual(told, [105]);
  assert.equal(room.messages.get(105).content, "corrected");
  assert.equal(numbers(room)[0], 251);
});
