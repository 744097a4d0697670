/* The server's clock, estimated over bad links. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ServerClock } from "../../../static/mindnet/js/client/clock.js";

/** A clock of a client whose own time is off by `error` ms and moves when told to. */
function clockAt(start) {
  const local = { ms: start };
  return { local, clock: new ServerClock(() => local.ms) };
}

/** One ping: `there` and `back` ms on its way, to a server whose clock is `ahead` of the local one. */
function ping({ clock, local }, ahead, there, back) {
  const sent = local.ms;
  const serverTime = sent + there + ahead;
  local.ms += there + back;
  clock.learn(serverTime, sent, local.ms);
}

const off = ({ clock, local }, ahead) => Math.abs(clock.now() - (local.ms + ahead));

test("the sample with the shortest trip counts", () => {
  const one = clockAt(1_000_000);
  ping(one, 5000, 400, 20);
  assert.equal(off(one, 5000), 190);
  ping(one, 5000, 12, 10);
  assert.equal(off(one, 5000), 1);
  ping(one, 5000, 5, 900);
  assert.equal(off(one, 5000), 1, "a worse one changes nothing");
});

test("any ping is better than hello, whose way nobody knows", () => {
  const one = clockAt(0);
  one.clock.restart(7000);
  assert.equal(one.clock.now(), 7000);
  ping(one, 7300, 200, 200);
  assert.equal(off(one, 7300), 0);
});

test("old samples are forgotten, since clocks drift", () => {
  const one = clockAt(0);
  ping(one, 1000, 1, 1);
  one.local.ms += 11 * 60_000;
  ping(one, 1250, 30, 30);
  assert.equal(off(one, 1250), 0);
});

test("sixteen newer ones push out the oldest, however good it was", () => {
  const one = clockAt(0);
  ping(one, 1000, 1, 1);
  for (let n = 0; n < 16; n++) ping(one, 1040, 20, 20);
  assert.equal(off(one, 1040), 0);
});

test("two clients on bad links are within 100 ms of each other", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 200; round++) {
    const [one, other] = [clockAt(5_000), clockAt(9_000_000)];
    for (const each of [one, other]) {
      for (let n = 0; n < 6; n++) ping(each, 60_000, 20 + 300 * random() ** 3, 20 + 300 * random() ** 3);
    }
    assert.ok(off(one, 60_000) + off(other, 60_000) < 100, `round ${round}`);
  }
});
