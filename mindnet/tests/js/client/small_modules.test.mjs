/* Text, times, receipts, typing, presence, and the delays between attempts to reconnect. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { backoffSeconds, mayReconnect } from "../../../static/mindnet/js/client/connection.js";
import { Idle, People } from "../../../static/mindnet/js/client/presence.js";
import { Receipts } from "../../../static/mindnet/js/client/receipts.js";
import { codePoints, linkParts, snippet } from "../../../static/mindnet/js/client/text.js";
import { dayKey, dayWords } from "../../../static/mindnet/js/client/time.js";
import { TypingSender, typingWords } from "../../../static/mindnet/js/client/typing.js";
import { nextTime } from "../../../static/mindnet/js/view/status_control.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const hrefs = (text) => linkParts(text).filter(({ href }) => href).map(({ href }) => href);

test("only http and https become links", () => {
  const good = ["http://a.example", "https://b.example", "HTTPS://C.example"];
  assert.deepEqual(hrefs(good.join(" ")), good);
  assert.deepEqual(hrefs("javascript:alert(1) data:text/html,x www.example.org ftp://x.example mailto:a@b.c"), []);
});

test("the sentence's own punctuation stays outside the link", () => {
  assert.deepEqual(hrefs("See https://a.example/x."), ["https://a.example/x"]);
  assert.deepEqual(hrefs("(https://a.example/x)"), ["https://a.example/x"]);
  assert.deepEqual(hrefs("https://a.example/x_(y)"), ["https://a.example/x_(y)"]);
  assert.deepEqual(hrefs('<a href="https://a.example/">'), ["https://a.example/"]);
});

test("no letter is lost between the parts", () => {
  for (const text of ["", "plain", "a https://b.example, c https://d.example.", "x\nhttps://a.example\ny"]) {
    assert.equal(linkParts(text).map((part) => part.text).join(""), text);
  }
});

test("a snippet is one line, short, and never half a character", () => {
  assert.equal(snippet({ deleted: false, content: "a\n b\t c " }), "a b c");
  assert.equal(snippet({ deleted: true, content: "" }), "deleted");
  const long = snippet({ deleted: false, content: "👁".repeat(300) });
  assert.equal(codePoints(long), 120);
  assert.ok(long.isWellFormed?.() ?? true);
});

test("days follow the reader's own calendar", () => {
  const noon = new Date(2026, 4, 10, 12).getTime();
  assert.equal(dayWords(noon, noon), "Today");
  assert.equal(dayWords(noon - 86_400_000, noon), "Yesterday");
  assert.match(dayWords(new Date(2020, 0, 2), noon), /2020/);
  assert.notEqual(dayKey(new Date(2026, 0, 11)), dayKey(new Date(2026, 10, 1)));
});

test("reconnecting waits anything from nothing to 0.5 s, doubling to 20 s", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 50].map((attempt) => backoffSeconds(attempt, () => 1)), [0.5, 1, 2, 16, 20, 20]);
  assert.equal(backoffSeconds(50, () => 0), 0);
});

test("codes from 4500 on mean: do not come back", () => {
  assert.deepEqual([1006, 1012, 4008, 4029, 4499].map(mayReconnect), Array(5).fill(true));
  assert.deepEqual([4500, 4501, 4503, 4504, 4509, 4513].map(mayReconnect), Array(6).fill(false));
});

test("receipts: one command a second carries the highest number, and reading includes delivery", async () => {
  const sent = [];
  const receipts = new Receipts(async (type, { room, seq }) => sent.push([type, room, seq]), { pauseSeconds: 0.05 });
  receipts.delivered(12, 1);
  receipts.delivered(12, 2);
  receipts.read(12, 2);
  receipts.delivered(13, 9);
  await pause(20);
  assert.deepEqual(sent, [["message.read", 12, 2], ["message.delivered", 13, 9]]);
  receipts.read(12, 3);
  receipts.read(12, 7);
  receipts.read(12, 5);
  receipts.delivered(12, 6);
  await pause(20);
  assert.equal(sent.length, 2);
  await pause(60);
  assert.deepEqual(sent.slice(2), [["message.read", 12, 7]]);
});

test("receipts: what was lost on the way is sent again to the next connection", async () => {
  const sent = [];
  let isLive = false;
  const receipts = new Receipts(async (type, { seq }) => {
    if (!isLive) throw Object.assign(new Error("lost"), { code: "connection_lost" });
    sent.push([type, seq]);
  });
  receipts.read(12, 5);
  await pause(10);
  isLive = true;
  receipts.known(12, { delivered: 5, read: 3 });
  await pause(10);
  assert.deepEqual(sent, [["message.read", 5]]);
  receipts.repeat();
  receipts.known(12, { delivered: 5, read: 5 });
  await pause(10);
  assert.equal(sent.length, 1);
});

test("typing is told at once, then every three seconds at most, and its end only after a beginning", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const sent = [];
  const typing = new TypingSender((on) => sent.push(on));
  typing.stop();
  typing.input();
  typing.input();
  context.mock.timers.setTime(1_003_001);
  typing.input();
  typing.stop();
  typing.stop();
  assert.deepEqual(sent, [true, true, false]);
});

test("typing in words", () => {
  assert.deepEqual(typingWords(["ada"]), { names: ["ada"], rest: " is writing" });
  assert.deepEqual(typingWords(["ada", "bob"]).rest, " are writing");
  assert.deepEqual(typingWords(["a", "b", "c", "d", "e"]), { names: ["a", "b"], rest: " and 3 others are writing" });
});

test("people: those here come first, watermarks only move forward, a journey counts the others", () => {
  const people = new People();
  const one = (id, username, status) => ({ psychic: { id, username, status }, delivered_seq: 0, read_seq: 0 });
  const statuses = ["online", "offline", "meditating", "online"];
  people.set(["ada", "zed", "bob", "cleo"].map((name, index) => one(index + 1, name, statuses[index])));
  assert.deepEqual(people.list().map(({ psychic }) => psychic.username), ["ada", "cleo", "bob", "zed"]);
  assert.deepEqual(people.meditating(1).map(({ username }) => username), ["bob"]);
  people.receipt({ psychic: { id: 3 }, delivered_seq: 9, read_seq: 4 });
  people.receipt({ psychic: { id: 3 }, delivered_seq: 7, read_seq: 2 });
  assert.deepEqual(people.journey({ sender: { id: 1 }, seq: 4 }), { others: 3, delivered: 1, read: 1 });
  assert.deepEqual(people.journey({ sender: { id: 1 }, seq: 9 }), { others: 3, delivered: 1, read: 0 });
  assert.deepEqual(people.journey({ sender: { id: 1 }, seq: 10 }), { others: 3, delivered: 0, read: 0 });
  people.change([{ id: 3, username: "bob", status: "online" }, { id: 99, username: "stranger", status: "online" }]);
  assert.deepEqual(people.meditating(1), []);
  assert.equal(people.count, 4);
});

test("idleness is noticed once in each direction", async () => {
  const idle = new Idle(0.02);
  const heard = [];
  idle.on("changed", (isIdle) => heard.push(isIdle));
  idle.watch(new EventTarget());
  await pause(60);
  idle.alive();
  idle.alive();
  assert.deepEqual(heard, [true, false]);
  await pause(60);
  assert.deepEqual(heard, [true, false, true]);
});

test("a time of day is its next one", () => {
  const evening = new Date(2026, 4, 10, 18, 30).getTime();
  assert.equal(nextTime("19:00", evening), new Date(2026, 4, 10, 19, 0).getTime());
  assert.equal(nextTime("18:30", evening), new Date(2026, 4, 11, 18, 30).getTime());
  assert.equal(nextTime("07:15", evening), new Date(2026, 4, 11, 7, 15).getTime());
});

test("where too many look, people are counts until there is a list again", () => {
  const people = new People();
  const psychic = { id: 7, username: "ada", status: "online" };
  people.set([{ psychic, delivered_seq: 0, read_seq: 0 }]);
  people.setCounts({ online: 90, away: 8, meditating: 3, offline: 20 });
  people.put({ psychic, delivered_seq: 0, read_seq: 0 });
  assert.deepEqual([people.count, people.list().length], [121, 0]);
  people.set([{ psychic, delivered_seq: 0, read_seq: 0 }]);
  assert.deepEqual([people.count, people.counts], [1, null]);
});

test("whoever does not touch anything is idle until they do", async () => {
  const idle = new Idle(0.02);
  const changes = [];
  idle.on("changed", (isIdle) => changes.push(isIdle));
  idle.watch({ addEventListener() {} });
  await pause(60);
  assert.equal(idle.isIdle, true);
  idle.alive();
  assert.deepEqual([changes, idle.isIdle], [[true, false], false]);
});
