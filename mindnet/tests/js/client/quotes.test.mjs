/* What is answered and not held is asked for once, a few at a time. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Quotes } from "../../../static/mindnet/js/client/quotes.js";
import { RestError } from "../../../static/mindnet/js/client/rest.js";

/** A server whose answers are given by hand. */
function start() {
  const asked = [], answers = new Map(), taken = [];
  const quotes = new Quotes({
    ask: (id) => new Promise((resolve, reject) => {
      asked.push(id);
      answers.set(id, { resolve: () => resolve({ id }), reject });
    }),
    take: ({ id }) => taken.push(id),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { quotes, asked, answers, taken, settled };
}

test("each is asked for once, four at a time", async () => {
  const { quotes, asked, answers, taken, settled } = start();
  for (const id of [1, 2, 3, 4, 5, 6, 1, 5]) quotes.want(id);
  assert.deepEqual(asked, [1, 2, 3, 4]);
  answers.get(2).resolve();
  await settled();
  assert.deepEqual([asked, taken], [[1, 2, 3, 4, 5], [2]]);
  quotes.want(2);
  for (const id of [1, 3, 4, 5]) answers.get(id).resolve();
  await settled();
  assert.deepEqual(asked, [1, 2, 3, 4, 5, 6]);
});

test("what was not reached is asked for again, what is not there is not", async () => {
  const { quotes, asked, answers, settled } = start();
  quotes.want(1);
  quotes.want(2);
  answers.get(1).reject(new TypeError("no network"));
  answers.get(2).reject(new RestError(404, "/messages/2"));
  await settled();
  quotes.want(1);
  quotes.want(2);
  assert.deepEqual(asked, [1, 2, 1]);
});

test("of very many the newest wanted are asked for", async () => {
  const { quotes, asked, answers, settled } = start();
  for (let id = 1; id <= 150; id++) quotes.want(id);
  for (const id of [1, 2, 3, 4]) answers.get(id).resolve();
  await settled();
  assert.deepEqual(asked, [1, 2, 3, 4, 51, 52, 53, 54]);
});
