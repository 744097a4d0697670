/* What a device hands on to another: the keys of all that stood the checks, however many pages it takes, and no others. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { handOn } from "../../../static/mindnet/js/client/handing_on.js";
import { RestError } from "../../../static/mindnet/js/client/rest.js";
import { ADA, begun, BOB, cardOf, changed, ROOM } from "./sealed/story.mjs";

const COUNT = 275; // a part takes 270

/** The room as the server gives it, newest page first, and what was put for the device. */
async function handed(story, link, card, refuse = () => false) {
  const asked = [], parts = [];
  const rest = {
    fetchPage: async (room, { before = Infinity, limit }) => {
      asked.push(before);
      return { results: story.messages.filter(({ seq }) => seq < before).slice(-limit) };
    },
  };
  const devices = {
    handOn: async (id, part) => {
      if (refuse(part)) throw new RestError(409, "/devices");
      parts.push(part);
    },
  };
  const keyring = { linkFor: async () => link, keep: async () => {} };
  const place = { room: ROOM, other: { id: BOB, username: "bob" } };
  const done = await handOn(card, [place], { keyring, devices, rest, onProgress: () => {} });
  return { asked, parts, done };
}

test("a device that was let in reads all that stood the checks, and is told when all of it is there", async () => {
  const { story, laptop, ada, bob } = await begun();
  for (let count = 0; count < COUNT; count++) await story.send(bob, BOB, `thought ${count}`);
  for (const message of story.messages) Object.assign(message, { message_type: "sealed", deleted: false });
  story.messages[3].content = changed(story.messages[3].content, ({ header }) => { header.revision = 1; });
  story.messages[4].deleted = true;
  const tablet = await story.add(ADA, { by: laptop });
  const { asked, parts, done } = await handed(story, story.refresh(ada), await cardOf(tablet));
  assert.deepEqual([asked, done], [[Infinity, 176, 76], 1]);
  assert.deepEqual(parts.map(({ part }) => part), [0, 1, 0], "of part 0 the device is told");
  const link = story.link(tablet);
  for (const { part, sealed } of parts) assert.deepEqual(await link.takeHistory(part, sealed), { ok: true });
  const said = await Promise.all(story.messages.map(async (message) => (await link.open(message)).text ?? null));
  assert.deepEqual(said, story.messages.map((_, count) => [3, 4].includes(count) ? null : `thought ${count}`));
  const full = await handed(story, ada, await cardOf(tablet), ({ part }) => part === 1);
  assert.deepEqual([full.done, full.parts.map(({ part }) => part)], [0, [0]], "what does not fit is the oldest");
});
