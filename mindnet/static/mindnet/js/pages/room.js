/* The room: binds the client to what the server has drawn. */

import { CommandError } from "../client/connection.js";
import { Drafts } from "../client/drafts.js";
import { Emitter } from "../client/emitter.js";
import { People } from "../client/presence.js";
import { TypingList, TypingSender } from "../client/typing.js";
import { Composer } from "../view/composer.js";
import { batched, bdi, find, h } from "../view/dom.js";
import { MessageList } from "../view/message_list.js";
import { MessageMenu } from "../view/message_menu.js";
import { drawCounts, drawPeople } from "../view/people.js";
import { livePage, pageData } from "./page.js";

const PAGE = 50;
const RECEIPTS_UP_TO = 50;

/* Emits `entered` with the reply to room.enter, for what stands on top of the room: see meditation_room.js. */
class RoomPage extends Emitter {
  #client;
  #room;
  #data;
  #people = new People();
  #menu = new MessageMenu(find(".log-frame"));
  #list;
  #composer = null;
  #typing;
  #isLoadingOlder = false;
  #hasOlder;

  constructor(data) {
    super();
    this.#data = data;
    const { client, room } = livePage(data, { room: data.room.id });
    this.#client = client;
    this.#room = room;
    this.#hasOlder = data.room.has_older;
    this.#typing = new TypingList((words) => this.#drawTyping(words));
    this.#makeList();
    this.#makeComposer();
    this.#listen();
    if (data.counts) this.#people.setCounts(data.counts);
    else this.#people.set(data.participants);
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

  #makeList() {
    this.#list = new MessageList({
      log: find("[data-log]"), scroller: find("[data-scroller]"), room: this.#room,
      context: {
        me: this.#client.me,
        canAct: this.#data.room.can_post,
        names: (id) => this.#people.nameOf(id),
        onAction: (message) => this.#openMenu(message),
        onReact: (message, emoji, on) => this.#command("message.react", { id: message.id, emoji, on }),
        onRetry: (nonce) => this.#client.outbox.retry(nonce),
        onDiscard: (nonce) => this.#client.outbox.discard(nonce),
        onDrawn: () => this.#drawn(),
      },
    });
    const entry = this.#client.rooms.entries.get(this.#room.id);
    const hasUnread = entry && entry.unread > 0;
    this.#list.adopt(hasUnread ? entry.read_seq : null);
    this.#list.setPending(this.#client.outbox.entriesOf(this.#room.id));
    // What is new begins at the line: longer than the window, it is read from there.
    const line = this.#list.lineElement;
    if (line) {
      const scroller = find("[data-scroller]");
      const above = line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 24;
      if (above < 0) scroller.scrollTop += above;
    }
  }

  #makeComposer() {
    const form = find("[data-composer]");
    if (!form) return;
    const { id } = this.#room;
    const drafts = new Drafts(localStorage, this.#client.me.id);
    const typing = new TypingSender((on) => this.#quietly("typing", { room: id, on }));
    this.#composer = new Composer(
      { form, context: find("[data-context]"), error: find("[data-error]"), held: find("[data-held]") },
      {
        draft: drafts.get(id),
        readDraft: () => drafts.get(id),
        onDraft: (text) => drafts.set(id, text),
        onSend: (message) => this.#send(message),
        onEdit: (message, content) => this.#edit(message, content),
        onTyping: (isOn) => (isOn ? typing.input() : typing.stop()),
        lastOwn: () => this.#lastOwn(),
      });
    if (matchMedia("(hover: hover)").matches && !location.hash) this.#composer.focus();
  }

  #listen() {
    const { connection, rooms, outbox } = this.#client;
    const scroller = find("[data-scroller]");
    const isThis = (room) => room.id === this.#room.id;
    rooms.on("messages", (room, ids) => isThis(room) && this.#arrived(ids));
    rooms.on("reset", (room) => {
      if (!isThis(room)) return;
      this.#hasOlder = room.first > 1;
      this.#list.reset();
    });
    rooms.on("event", (type, payload) => this.#event(type, payload));
    rooms.on("complete", (room) => isThis(room) && this.#seen());
    rooms.on("removed", (payload) => payload.room === this.#room.id && this.#removed(payload));
    rooms.on("added", (entry) => entry.id === this.#room.id && !this.#data.room.joined && location.reload());
    connection.on("state", ({ name }) => name === "live" && this.#enter());
    outbox.on("changed", () => this.#list.setPending(outbox.entriesOf(this.#room.id)));
    outbox.on("stored", (entry, reply) => this.#stored(entry, reply));
    this.#people.on("changed", batched(() => this.#drawPeople()));
    this.#people.on("receipts", batched(() => this.#drawReceipts()));

    scroller.addEventListener("scroll", batched(() => this.#scrolled()), { passive: true });
    scroller.addEventListener("keydown", (event) => this.#listKeydown(event));
    find("[data-jump]").addEventListener("click", () => {
      this.#list.toEnd();
      this.#composer?.focus();
    });
    document.addEventListener("visibilitychange", () => this.#seen());
    window.addEventListener("focus", () => this.#seen());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && location.hash === "#people") location.hash = "#composer";
    });
    const older = find("[data-older] a");
    older?.addEventListener("click", (event) => {
      event.preventDefault();
      this.#loadOlder();
    });
    // A room in sight as a whole has nothing to scroll: fill it.
    this.#scrolled();
  }

  // Coming in

  async #enter() {
    if (!this.#data.room.joined) return;
    try {
      const reply = await this.#client.request("room.enter", { room: this.#room.id });
      if (reply.counts) this.#people.setCounts(reply.counts);
      else if (reply.participants.length) this.#people.set(reply.participants);
      this.#setTyping(reply.typing ?? []);
      this.emit("entered", reply);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }

  #removed({ kind, reason, until }) {
    const words = {
      left: "You have left this room.",
      closed: "This room has ended.",
      kick: "You have been sent out of this room. You may come back.",
      ban: "You have been banned from this room.",
    }[kind] ?? "You are no longer in this room.";
    const end = until ? ` Until ${new Date(until).toLocaleString()}.` : "";
    const why = reason ? [" ", bdi(reason)] : null;
    find(".foot").replaceChildren(
      h("p", { class: "closed-note", role: "alert" },
        words, why, end, " ", h("a", { href: "/" }, "Back to the lobby")));
    this.#composer = null;
  }

  #event(type, payload) {
    if (type === "typing.changed") this.#setTyping(payload.psychics);
    else if (type === "presence.changed") this.#presence(payload);
    else if (type === "receipt.updated") this.#people.receipt(payload);
    else if (type === "participant.joined" || type === "participant.updated") this.#people.put(payload);
    else if (type === "participant.left") this.#people.remove(payload);
    else if (type === "room.updated") this.#renamed(payload);
  }

  #presence({ changes, counts }) {
    if (counts) this.#people.setCounts(counts);
    // Few enough again to be named: changes need the list they change.
    else if (this.#people.counts) this.#enter();
    else this.#people.change(changes);
  }

  #renamed({ name }) {
    if (this.#data.room.kind !== "private" && name) find(".room-title h1 bdi").textContent = name;
  }

  // Messages

  #arrived(ids) {
    const news = ids.map((id) => this.#room.messages.get(id))
      .filter(({ sender, seq }) => sender.id !== this.#client.me.id && this.#isUnread(seq));
    for (const { sender } of news) this.#typing.remove(sender.username);
    if (news.length && !this.#isWatching() && !this.#list.lineElement) this.#list.setLine(news[0].seq - 1);
    if (news.length && !this.#list.isAtEnd) this.#showJump(true);
    this.#list.update(ids);
  }

  #isUnread(seq) {
    const entry = this.#client.rooms.entries.get(this.#room.id);
    return entry ? seq > entry.read_seq : false;
  }

  #isWatching() {
    return document.visibilityState === "visible" && this.#list.isAtEnd;
  }

  #send(message) {
    this.#list.setLine(null);
    this.#list.toEnd();
    find("[data-empty]")?.remove();
    this.#client.outbox.add({ room: this.#room.id, ...message });
  }

  #stored(entry, reply) {
    if (entry.room !== this.#room.id || !reply.held_for?.length) return;
    const names = reply.held_for.map(({ username }) => username).join(", ");
    this.#composer?.fail("");
    this.#announce(`Stored. ${names} will get it at the bell.`);
  }

  #lastOwn() {
    return this.#room.shown().findLast((message) => message.sender.id === this.#client.me.id && !message.deleted
      && message.message_type === "text");
  }

  #openMenu(message) {
    const isOwn = message.sender.id === this.#client.me.id;
    const role = this.#client.rooms.entries.get(this.#room.id)?.role;
    const mayDelete = isOwn || role === "owner" || role === "moderator";
    const actions = [{ name: "Reply", icon: "reply", run: () => this.#composer?.reply(message) }];
    if (isOwn && message.message_type === "text") {
      actions.push({ name: "Edit", icon: "edit", run: () => this.#composer?.edit(message) });
    }
    if (mayDelete) actions.push({ name: "Delete", icon: "delete", run: () => this.#delete(message) });
    const react = (emoji) => {
      const mine = this.#room.messages.get(message.id).reactions[emoji]?.includes(this.#client.me.id) ?? false;
      this.#command("message.react", { id: message.id, emoji, on: !mine });
    };
    this.#menu.toggle(message, { actions, react });
  }

  async #edit({ id }, content) {
    this.#client.rooms.changed(await this.#client.request("message.edit", { id, content }));
  }

  #delete(message) {
    if (window.confirm("Delete this message for everyone?")) this.#command("message.delete", { id: message.id });
  }

  async #command(type, payload) {
    try {
      this.#client.rooms.changed(await this.#client.request(type, payload));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#composer?.fail(error.message);
    }
  }

  async #quietly(type, payload) {
    try {
      await this.#client.request(type, payload);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
  }

  // Seeing

  #drawn() {
    find("[data-empty]")?.toggleAttribute("hidden", this.#room.messages.size > 0);
    this.#drawReceipts();
    this.#seen();
  }

  /** Read is what is in sight of somebody who is here; at the end, everything up to the newest change. */
  #seen() {
    if (!this.#list || !this.#data.room.joined) return;
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    // Everything is read already: then scrolling costs no measuring.
    if (this.#client.rooms.entries.get(this.#room.id)?.read_seq >= this.#room.head) return;
    const seq = this.#list.isAtEnd && this.#room.isComplete ? this.#room.head : this.#list.lastSeen();
    if (!seq) return;
    this.#client.receipts.read(this.#room.id, seq);
    this.#client.rooms.markRead(this.#room.id, seq);
  }

  #scrolled() {
    if (this.#list.isAtEnd) this.#showJump(false);
    this.#seen();
    if (this.#list.isAtStart && this.#hasOlder) this.#loadOlder();
  }

  async #loadOlder() {
    if (this.#isLoadingOlder || !this.#hasOlder) return;
    this.#isLoadingOlder = true;
    const box = find("[data-older]");
    box.dataset.busy = "true";
    let hasCome = false;
    try {
      const count = await this.#client.rooms.loadOlder(this.#room, PAGE);
      hasCome = true;
      this.#hasOlder = count === PAGE && this.#room.first > 1;
      if (!this.#hasOlder) box.replaceChildren(h("span", { class: "muted" }, "Here it began."));
    } catch {
      box.replaceChildren(h("button", {
        class: "button small ghost", type: "button", onclick: () => this.#loadOlder(),
      }, "Older messages did not come. Try again"));
    } finally {
      delete box.dataset.busy;
      // Drawn by then. Who has scrolled on meanwhile gets the next page; after an error the button above asks again.
      setTimeout(() => {
        this.#isLoadingOlder = false;
        if (hasCome) this.#scrolled();
      }, 200);
    }
  }

  #showJump(isShown) {
    find("[data-jump]").hidden = !isShown;
  }

  #listKeydown(event) {
    const current = document.activeElement.closest?.(".message");
    if (event.target.closest(".message-menu") || !["ArrowUp", "ArrowDown", "Enter"].includes(event.key)) return;
    if (event.key === "Enter") {
      if (event.target !== current) return;
      current.querySelector(".more")?.click();
    } else {
      const all = [...find("[data-log]").querySelectorAll(".message[data-id]")];
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = current ? all[all.indexOf(current) + step] : step < 0 ? all.at(-1) : null;
      if (!next) return;
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    }
    event.preventDefault();
  }

  // Around the messages

  #setTyping(psychics) {
    this.#typing.set(psychics.filter(({ id }) => id !== this.#client.me.id).map(({ username }) => username));
  }

  #drawTyping({ names, rest }) {
    const line = find("[data-typing]");
    const link = (index) => (index === 0 ? "" : index === names.length - 1 ? " and " : ", ");
    const parts = names.flatMap((name, index) => [link(index), bdi(name)]);
    line.replaceChildren(...(names.length ? [...parts, rest] : []));
  }

  #drawPeople() {
    if (!this.#people.count) return;
    const { counts } = this.#people;
    if (counts) drawCounts(find("[data-people]"), counts);
    else drawPeople(find("[data-people]"), this.#people.list());
    find("[data-people-count]").textContent = String(this.#people.count);
    this.#composer?.setMeditating(this.#people.meditating(this.#client.me.id), counts?.meditating);
    this.#drawReceipts();
  }

  #drawReceipts() {
    if (this.#data.room.kind === "broadcast") return;
    this.#list?.setReceipts((message) => this.#journeyWords(message));
  }

  #journeyWords(message) {
    const { others, delivered, read } = this.#people.journey(message);
    if (!others || this.#people.count > RECEIPTS_UP_TO) return " · stored";
    if (this.#data.room.kind === "private") return read ? " · read" : delivered ? " · delivered" : " · stored";
    if (read) return ` · read by ${read === others && others > 1 ? "all" : read}`;
    return delivered ? ` · delivered to ${delivered}` : " · stored";
  }

  #announce(words) {
    const line = find("[data-typing]");
    line.replaceChildren(h("span", { role: "status" }, words));
  }
}

export const page = new RoomPage(pageData());
