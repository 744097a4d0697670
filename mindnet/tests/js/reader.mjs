/* A page without a browser: has one room open, knows of another, and does what it is told on its standard input.

     node --experimental-websocket reader.mjs http://127.0.0.1:8000 TOKEN ROOM

   A line of JSON each: {"read": {"room": 12, "seq": 57}}, {"meditate": true}, {"drop": true}, {"report": true}. Every
   one is answered with a line: what it knows of its rooms. */

import { createInterface } from "node:readline";

import { Client, Rest } from "../../static/mindnet/js/client/index.js";

const [, , origin, token, roomId] = process.argv;
const NAMES = ["last_seq", "read_seq", "unread", "mentions", "unread_from"];
const headers = { Authorization: `Token ${token}` };
let socket = null;
const ways = {
  fetch: (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...headers } }),
  openSocket: (url) => (socket = new WebSocket(url, { headers })),
};
const storage = { length: 0, key: () => null, getItem: () => null, setItem() {}, removeItem() {} };
const me = await new Rest(origin, ways).ownPresence();
const client = new Client({ me }, { origin, storage, ...ways });
client.rooms.open(Number(roomId));
client.start();

const deeds = {
  read({ room, seq }) {
    // Nothing of what a meditator does counts, and no page would say it.
    if (client.me.status === "meditating") return;
    client.receipts.read(room, seq);
    client.rooms.markRead(room, seq);
  },
  async meditate() {
    while (client.me.status !== "meditating") {
      await client.setPresence({ status: "meditating" }).catch((error) => {
        if (error.code !== "connection_lost") throw error;
        return new Promise((resolve) => setTimeout(resolve, 50));
      });
    }
  },
  drop: () => socket.close(),
  report() {},
};

for await (const line of createInterface({ input: process.stdin })) {
  const [[deed, argument]] = Object.entries(JSON.parse(line));
  await deeds[deed](argument);
  const rooms = [...client.rooms.entries.values()].map((entry) =>
    [entry.id, Object.fromEntries(NAMES.map((name) => [name, entry[name]]))]);
  console.log(JSON.stringify(Object.fromEntries(rooms)));
}
client.stop();
