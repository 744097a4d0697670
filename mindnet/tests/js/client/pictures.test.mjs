/* Whose picture is where, and that newcomers are asked about together, once. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Pictures, versionOf } from "../../../static/mindnet/js/client/pictures.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const psychic = (id, version = "") => ({
  id, username: `p${id}`, avatar_url: version ? `/psychics/p${id}/avatar?v=${version}` : null,
});

function asked(answers) {
  const calls = [];
  const pictures = new Pictures(async (ids) => {
    calls.push(ids);
    return answers(ids);
  });
  return { calls, pictures };
}

test("what the page knows is asked of nobody", async () => {
  const { calls, pictures } = asked(() => []);
  pictures.learn({ 7: "abc", 8: "" });
  assert.equal(pictures.url({ id: 7, username: "ada" }), "/psychics/ada/avatar?v=abc&small=1");
  assert.equal(pictures.url({ id: 7, username: "ada" }, { isSmall: false }), "/psychics/ada/avatar?v=abc");
  assert.equal(pictures.url({ id: 8, username: "bob" }), null);
  await pause(300);
  assert.deepEqual(calls, []);
});

test("newcomers are asked about in one request, and each once", async () => {
  const { calls, pictures } = asked((ids) => ids.map((id) => psychic(id, id === 1 ? "abc" : "")));
  const known = [];
  pictures.on("known", ({ id }) => known.push(id));
  for (const id of [1, 2, 3, 1, 2]) assert.equal(pictures.url(psychic(id)), null);
  await pause(400);
  assert.deepEqual(calls, [[1, 2, 3]]);
  assert.deepEqual(known, [1]);
  assert.equal(pictures.url(psychic(1)), "/psychics/p1/avatar?v=abc&small=1");
  assert.equal(pictures.url(psychic(2)), null);
  await pause(300);
  assert.equal(calls.length, 1);
});

test("a crowd is asked about in portions", async () => {
  const { calls, pictures } = asked(() => []);
  for (let id = 1; id <= 150; id += 1) pictures.url(psychic(id));
  await pause(700);
  assert.deepEqual(calls.map((ids) => ids.length), [100, 50]);
});

test("a server that does not answer leaves the initials", async () => {
  const { pictures } = asked(() => { throw new Error("away"); });
  pictures.url(psychic(1));
  await pause(300);
  assert.equal(pictures.url(psychic(1)), null);
});

test("the version stands in the address", () => {
  assert.equal(versionOf("/psychics/ada/avatar?v=abc&small=1"), "abc");
  assert.equal(versionOf(null), "");
});
