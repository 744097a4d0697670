/* A server for the tests of what a page knows about rooms: one room, and one connection to it. */

import assert from "node:assert/strict";

import { Emitter } from "../../../static/mindnet/js/client/emitter.js";
import { Rooms } from "../../../static/mindnet/js/client/rooms.js";

export const ME = { id: 1, username: "ada" };

/** A room as a server keeps it, and the one connection to it: numbers, sync, what hello says. */
export class Server extends Emitter {
  isLive = true;
  epoch = "first";
  head = 0;
  messages = new Map();
  syncs = [];
  unread = 0;

  say(sender = 2, content = "hello") {
    const seq = ++this.head;
    const message = {
      id: 100 + seq, room: 12, seq, changed_seq: seq, sender: { id: sender, username: sender === 1 ? "ada" : "bob" },
      content, deleted: false, mentions: [], reactions: {}, nonce: `nonce-${seq}`,
    };
    this.messages.set(message.id, message);
    return message;
  }

  change(id, content) {
    const message = { ...this.messages.get(id), content, changed_seq: ++this.head };
    this.messages.set(id, message);
    return message;
  }

  hello({ read = 0, delivered = 0 } = {}) {
    const numbers = { last_seq: this.head, delivered_seq: delivered, read_seq: read, unread: this.unread, mentions: 0 };
    const entry = { id: 12, name: "R", kind: "open", role: "owner", ...numbers, unread_from: null };
    this.emit("hello", { rooms: [entry], epoch: this.epoch });
  }

  push(message) {
    const type = message.seq === message.changed_seq ? "message.created" : "message.updated";
    this.emit("event", { type, room: 12, seq: message.changed_seq, payload: message });
  }

  /** A backup is put back: what came after it is forgotten, and its numbers and ids are given again. */
  restore(head) {
    for (const message of this.messages.values()) if (message.changed_seq > head) this.messages.delete(message.id);
    this.head = head;
    this.epoch = "second";
  }

  async request(type, { rooms, epoch }) {
    assert.equal(type, "sync");
    const after = rooms[12];
    this.syncs.push(after);
    const all = [...this.messages.values()].sort((a, b) => a.changed_seq - b.changed_seq);
    if (after > this.head || (epoch !== undefined && epoch !== this.epoch)) {
      return { rooms: { 12: { messages: all.slice(-100), seq: this.head, complete: true, reset: true } } };
    }
    const missed = all.filter((one) => one.changed_seq > after);
    const complete = missed.length <= 300;
    const messages = missed.slice(0, 300);
    return { rooms: { 12: { messages, seq: complete ? this.head : messages.at(-1).changed_seq, complete } } };
  }

  /** What a page holds that was drawn now. */
  page(limit = 50) {
    const all = [...this.messages.values()].sort((a, b) => a.seq - b.seq);
    return { messages: all.slice(-limit), results: all.slice(-limit), last_seq: this.head };
  }
}

/** Where no page of messages is to be fetched. */
export const unasked = { fetchPage: () => assert.fail("a page was fetched") };

export function start(server, options = unasked) {
  const rooms = new Rooms(server, ME, options);
  return { rooms, room: rooms.open(12, server.page()) };
}

export const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
export const numbers = (room) => room.shown().map(({ seq }) => seq);
