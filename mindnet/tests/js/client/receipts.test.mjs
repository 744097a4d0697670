/* Watermarks on their way to the server. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CommandError } from "../../../static/mindnet/js/client/connection.js";
import { Receipts } from "../../../static/mindnet/js/client/receipts.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

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
    if (!isLive) throw new CommandError({ code: "connection_lost", detail: "lost" });
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

test("receipts: numbers of a server that was set back since are not sent to it", async () => {
  const sent = [];
  const receipts = new Receipts(async (type, { seq }) => sent.push([type, seq]), { pauseSeconds: 0.01 });
  receipts.read(12, 57);
  await pause(20);
  receipts.known(12, { delivered: 50, read: 50 });
  receipts.forget();
  await pause(20);
  receipts.read(12, 52);
  await pause(20);
  assert.deepEqual(sent, [["message.read", 57], ["message.read", 52]]);
});
