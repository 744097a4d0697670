/* A bot on the client that the pages use: greets a room, answers what is said there once, and is done.

     node --experimental-websocket bot.mjs http://127.0.0.1:8000 TOKEN ROOM

   It ends by itself: whatever the client left running would keep it, and the test, waiting. */

import { Client, Rest } from "../../static/mindnet/js/client/index.js";

const [, , origin, token, roomId] = process.argv;
const headers = { Authorization: `Token ${token}` };

/** What localStorage is to a page; a bot that ends forgets. */
class Memory {
  #items = new Map();
  get length() { return this.#items.size; }
  key(index) { return [...this.#items.keys()][index] ?? null; }
  getItem(key) { return this.#items.get(key) ?? null; }
  setItem(key, value) { this.#items.set(key, value); }
  removeItem(key) { this.#items.delete(key); }
}

const ways = {
  fetch: (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...headers } }),
  openSocket: (url) => new WebSocket(url, { headers }),
};
const me = await new Rest(origin, ways).ownPresence();
const client = new Client({ me }, { origin, storage: new Memory(), ...ways });
const room = client.rooms.open(Number(roomId));

client.rooms.on("messages", (_, ids) => {
  const heard = ids.map((id) => room.messages.get(id)).find(({ sender }) => sender.id !== me.id);
  if (heard) client.outbox.add({ room: room.id, content: `${heard.sender.username} said: ${heard.content}` });
});
client.outbox.on("stored", ({ content }) => content !== "Hello" && client.stop());
client.outbox.add({ room: room.id, content: "Hello" });
client.start();
