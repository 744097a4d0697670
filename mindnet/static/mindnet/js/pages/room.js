/* The room: binds the client to what the server has drawn. */

import { CommandError } from "../client/connection.js";
import { Drafts } from "../client/drafts.js";
import { Emitter } from "../client/emitter.js";
import { isSameVerdict, Permissions } from "../client/permissions.js";
import { TypingSender } from "../client/typing.js";
import { Aids } from "../view/aids.js";
import { readTo } from "../client/unread.js";
import { Composer } from "../view/composer.js";
import { find } from "../view/dom.js";
import { MessageActions } from "../view/message_actions.js";
import { MessageList } from "../view/message_list.js";
import { Reading } from "../view/reading.js";
import { removedNote, removedWords } from "../view/removed_note.js";
import { RoomPeople } from "../view/room_people.js";
import { TypingLine } from "../view/typing_line.js";
import { livePage, pageData } from "./page.js";
import { drawAbout, drawStanding } from "./room_drawn.js";
import { makeAttaching, PendingMessages } from "./room_files.js";
import { RoomLink } from "./room_link.js";

// How often a moderator's page that is looked at asks how many messages wait.
const WAITING_MS = 60_000;

/* Emits `entered` with the reply to room.enter, and `removed` once one is out, for what stands on top of the room: see
   meditation_room.js. */
class RoomPage extends Emitter {
  #client;
  #room;
  #data;
  #line;
  #waiting;
  #listContext;
  #scroller = find("[data-scroller]");
  #actions;
  #people;
  #typing;
  #list;
  #reading;
  #aids;
  #composer = null;
  /** In a mind-link, with whom it is and what is sealed. */
  #link = null;
  #permissions;
  /** As the room was changed to since the page was drawn. */
  #slowModeSeconds = 0;

  constructor(data) {
    super();
    this.#data = data;
    const { client, room, line, waiting } = livePage(data, { room: data.room.id });
    this.#client = client;
    this.#line = line;
    this.#waiting = waiting;
    this.#room = room;
    this.#typing = new TypingLine(find("[data-typing]"), (id) => id !== client.me.id && !client.blocked.has(id));
    this.#makePermissions();
    this.#makeActions();
    this.#makePeople();
    this.#makeAids();
    this.#makeList();
    this.#makeComposer();
    this.#makeLink();
    this.#listen();
    this.#aids.start();
    this.#people.set(data);
    client.start();
  }

  get client() {
    return this.#client;
  }

  get room() {
    return this.#room;
  }

  get composer() {
    return this.#composer;
  }

  get isJoined() {
    return this.#data.room.joined;
  }

  #makePermissions() {
    const { connection, rest } = this.#client;
    this.#permissions = new Permissions({
      ask: async () => {
        // Who was signed out meanwhile would only be refused.
        if (!connection.isLive) throw new Error("There is no connection.");
        return rest.getJson(`/rooms/${this.#room.id}/permissions`);
      },
      now: () => connection.now(),
      may: this.#data.room.may,
    });
    this.#permissions.on("changed", (before) => this.#mayChanged(before));
  }

  #mayChanged(before) {
    for (const one of document.querySelectorAll("[data-may]")) one.hidden = !this.#permissions.may(one.dataset.may);
    const write = this.#permissions.verdict("write");
    if (isSameVerdict(before.write, write)) return;
    drawStanding(this.#room.id);
    if (write?.allowed) this.#client.outbox.flush(); // what waited for slow mode goes, also when that was lifted
  }

  #makeActions() {
    const permissions = this.#permissions;
    this.#actions = new MessageActions({ client: this.#client, room: this.#room, frame: find(".log-frame"), permissions }, {
      say: (words) => this.#aids.say(words),
      reply: (message) => this.#composer?.reply(message),
      edit: (message) => this.#composer?.edit(message),
      pick: (take, { id }) => this.#aids.pick(this.#list.element(id).querySelector(".bubble"), take),
      unread: (message) => this.#markUnread(message),
      refused: (error) => this.#refused(error),
    });
  }

  async #markUnread({ seq }) {
    try {
      await this.#reading.markUnread(seq);
    } catch {
      this.#composer?.fail("That was not marked: the server has not taken it. Try again in a moment.");
    }
  }

  #refused(error) {
    this.#composer?.fail(error.message);
    this.#permissions.refused(error);
  }

  #makePeople() {
    this.#people = new RoomPeople(this.#data.room.kind, {
      onDrawn: (people) =>
        this.#composer?.setMeditating(people.meditating(this.#client.me.id), people.counts?.meditating),
      onReceipts: (words) => this.#list.setReceipts(words),
    });
  }

  #makeList() {
    const { outbox } = this.#client;
    this.#listContext = {
      me: this.#client.me,
      waiting: this.#waiting,
      canAct: this.#data.room.can_post,
      names: (id) => this.#people.nameOf(id),
      isBlocked: (sender) => this.#isBlocked(sender),
      onAction: (message) => this.#actions.open(message),
      onReact: (message, emoji) => this.#actions.react(message, emoji),
      isMine: (message, emoji) => this.#actions.isMine(message, emoji),
      onQuote: (id) => this.#aids.quote(id),
      onRetry: (nonce) => outbox.retry(nonce),
      onDiscard: (nonce) => this.#discard(nonce),
      isLive: () => this.#client.connection.isLive,
      onDrawn: () => this.#drawn(),
    };
    this.#list = new MessageList({
      log: find("[data-log]"), scroller: this.#scroller, room: this.#room, context: this.#listContext,
    });
    this.#reading = new Reading({
      client: this.#client, room: this.#room, list: this.#list, scroller: this.#scroller,
      isJoined: this.isJoined, hasOlder: this.#data.room.has_older, onJump: () => this.#composer?.focus(),
    });
    const entry = this.#client.rooms.entries.get(this.#room.id);
    this.#list.adopt(entry && entry.unread > 0 ? readTo(entry) : null);
    new PendingMessages(this.#client, this.#room.id, this.#list, this.#listContext);
    this.#list.showLine();
  }

  #makeAids() {
    this.#aids = new Aids({
      client: this.#client, room: this.#room, scroller: this.#scroller, permissions: this.#permissions,
      emojiUrl: this.#data.emoji_url, list: () => this.#list, psychics: () => this.#people.psychics(),
      toEnd: () => this.#reading.toEnd(),
    });
  }

  #makeComposer() {
    const form = find("[data-composer]");
    if (!form) return;
    const { id } = this.#room;
    this.#aids.addTo(form.elements.content);
    const drafts = new Drafts(this.#client.storage, this.#client.me.id);
    // Drawn with a text that was not sent, at the form's address: loaded again, it must not come back after all.
    if (location.pathname !== `/room/${id}`) {
      drafts.set(id, form.elements.content.value);
      history.replaceState(null, "", `/room/${id}${location.hash}`);
    }
    const typing = new TypingSender((on) => this.#tellTyping(on));
    this.#composer = new Composer(
      { form, context: find("[data-context]"), error: find("[data-error]"), held: find("[data-held]") },
      {
        draft: drafts.get(id),
        readDraft: () => drafts.get(id),
        onDraft: (text) => drafts.set(id, text),
        onSend: (message) => this.#send(message),
        onEdit: (message, content) => this.#actions.edit(message, content).then(() => this.#askWait()),
        onTyping: (isOn) => (isOn ? typing.input() : typing.stop()),
        lastOwn: () => this.#actions.lastOwn(),
        attaching: makeAttaching(form, this.#client, this.#room.id, {
          permissions: this.#permissions, composer: () => this.#composer,
        }),
      });
    if (matchMedia("(hover: hover)").matches && ["", "#new"].includes(location.hash)) this.#composer.focus();
  }

  #makeLink() {
    const { link, joined } = this.#data.room;
    if (!link) return;
    this.#link = new RoomLink(link, {
      client: this.#client, room: this.#room, context: this.#listContext, lock: (words) => this.#composer?.lock(words),
      redraw: () => this.#list.update(this.#room.shown().map(({ id }) => id)), isJoined: joined,
    });
  }

  #discard(nonce) {
    this.#client.outbox.discard(nonce);
    this.#composer?.focus();
  }

  #listen() {
    const { blocked, connection, rooms, outbox } = this.#client;
    const isThis = (room) => room.id === this.#room.id;
    rooms.on("messages", (room, ids) => isThis(room) && this.#arrived(ids));
    rooms.on("reset", (room) => isThis(room) && this.#reading.reset());
    rooms.on("event", (type, payload) => this.#event(type, payload));
    rooms.on("complete", (room) => isThis(room) && this.#reading.seen());
    rooms.on("removed", (payload) => payload.room === this.#room.id && this.#removed(payload));
    rooms.on("added", (entry) => isThis(entry) && !this.isJoined && location.reload());
    connection.on("state", ({ name }) => name === "live" && this.#live());
    blocked.on("changed", () => this.#list.update(this.#room.shown().map(({ id }) => id)));
    this.#waiting.on("changed", (ids) => this.#list.update(ids.filter((id) => this.#room.messages.has(id))));
    outbox.on("refused", (entry, error) => entry.room === this.#room.id && this.#permissions.refused(error));
    outbox.on("stored", (entry, reply) => this.#stored(entry, reply));
    document.addEventListener("mindnet:changed", () => {
      outbox.askAgain();
      this.#permissions.ask();
      this.#countWaiting();
    });
    if (find("[data-held-count]")) setInterval(() => !document.hidden && this.#countWaiting(), WAITING_MS);
    document.addEventListener("mindnet:changed", () => drawAbout(this.#room.id));
    document.addEventListener("keydown", (event) => {
      const isOpen = location.hash === "#people" && !document.querySelector("dialog[open]");
      if (event.key === "Escape" && isOpen) location.hash = "#composer";
    });
    // A room in sight as a whole has nothing to scroll: fill it.
    this.#reading.scrolled();
  }

  /** Of what has happened since the page was drawn only who is in hears; for others the page is as it was drawn. */
  #live() {
    this.#enter();
    if (this.isJoined) this.#permissions.askSoon();
  }

  async #enter() {
    if (!this.isJoined) return;
    try {
      const reply = await this.#client.request("room.enter", { room: this.#room.id });
      if (reply.counts || reply.participants.length) this.#people.set(reply);
      this.#typing.set(reply.typing ?? []);
      this.emit("entered", reply);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }

  /** For who keeps order: how many messages wait for them. */
  async #countWaiting() {
    const note = find("[data-held-count]");
    if (!note || !this.isJoined) return;
    try {
      const { results, next } = await this.#client.rest.getJson(`/rooms/${this.#room.id}/held`, { limit: 100 });
      note.querySelector("[data-waiting-count]").textContent = next ? `${results.length}+` : results.length;
      note.hidden = !results.length;
    } catch {
      // Asked again in a minute.
    }
  }

  /** Out of the room: everything that would act in it goes, and every part of the page says the same. */
  #removed(payload) {
    if (!this.isJoined) return;
    // Coming back in, from wherever, begins the page anew.
    this.#data.room.joined = false;
    this.#line.connected = `Connected. ${removedWords(payload)}`;
    this.#permissions.stop();
    this.#actions.close();
    this.#listContext.canAct = false;
    this.#list.update(this.#room.shown().map(({ id }) => id));
    this.#people.close();
    find("[data-leave]")?.remove();
    find("[data-empty]")?.replaceChildren("It is quiet here.");
    this.#removeComposer(payload);
    this.emit("removed");
  }

  #removeComposer(payload) {
    const foot = find(".foot");
    const hadFocus = foot.contains(document.activeElement);
    const note = removedNote(payload, this.#composer?.unsent ?? "");
    this.#composer = null;
    foot.replaceChildren(note);
    if (hadFocus) note.focus();
  }

  #event(type, payload) {
    if (type === "participant.updated" && payload.psychic.id === this.#client.me.id) this.#aboutOneself();
    if (type === "room.updated" && payload.id === this.#room.id) this.#changed(payload);
    if (type === "typing.changed") this.#typing.set(payload.psychics);
    else if (type === "room.updated") this.#renamed(payload);
    else if (!this.#people.take(type, payload)) this.#enter();
  }

  #changed({ slow_mode_seconds: seconds }) {
    this.#slowModeSeconds = seconds;
    this.#permissions.askSoon();
  }

  /** Another role, or a restriction, which is drawn even where one may write as before: who is slowed has to know. */
  #aboutOneself() {
    this.#permissions.ask();
    drawStanding(this.#room.id);
  }

  #renamed({ id, name }) {
    const shown = this.#client.rooms.entries.get(id)?.name ?? name;
    if (shown) find(".room-title h1 bdi").textContent = shown;
  }

  #isBlocked(sender) {
    return this.#client.blocked.hides(sender, this.#data.room.kind);
  }

  #arrived(ids) {
    const messages = ids.map((id) => this.#room.messages.get(id));
    this.#composer?.leave(messages);
    const news = messages.filter(({ sender, seq }) =>
      sender.id !== this.#client.me.id && !this.#isBlocked(sender) && this.#reading.isUnread(seq));
    for (const { sender } of news) this.#typing.remove(sender.username);
    if (news.length && !this.#reading.isWatching && !this.#list.lineElement) this.#list.setLine(news[0].seq - 1);
    this.#list.update(ids);
  }

  #drawn() {
    find("[data-empty]")?.toggleAttribute("hidden", this.#room.messages.size > 0);
    this.#people.drawReceipts();
    this.#reading.scrolled();
  }

  async #send({ files, ...message }) {
    this.#list.setLine(null);
    this.#reading.toEnd();
    find("[data-empty]")?.remove();
    // Words are on their way at once, and so keep their order.
    const kept = Array.isArray(files) ? files : await files, room = this.#room.id;
    if (!this.#link) return this.#client.outbox.add({ room, files: kept, ...message });
    this.#client.outbox.add({ room, files: kept.length ? await this.#link.ready(kept) : [], link: this.#link.ofEntry, ...message });
  }

  /** Where one is slowed, how long: after each message and each correction. */
  #askWait() {
    if (this.#slowModeSeconds || "slowed" in (find("[data-standing]")?.dataset ?? {})) this.#permissions.ask();
  }

  #stored(entry, reply) {
    if (entry.room !== this.#room.id) return;
    this.#askWait();
    if (!reply.held_for?.length) return;
    const names = reply.held_for.map(({ username }) => username).join(", ");
    this.#composer?.fail("");
    this.#typing.say(`Stored. ${names} will get it at the bell.`);
  }

  async #tellTyping(on) {
    try {
      await this.#client.request("typing", { room: this.#room.id, on });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }
}

export const page = new RoomPage(pageData());
