/* What one does with a message that is there: the menu beside it, a reaction, a correction, its deletion. */

import { CommandError } from "../client/connection.js";
import { OwnReactions } from "../client/own_reactions.js";
import { MessageMenu } from "./message_menu.js";
import { openSheet } from "./sheet.js";

export class MessageActions {
  #client;
  #room;
  #permissions;
  #menu;
  #own;
  #on;

  /** `on`: {reply(message), edit(message), pick(take, message), unread(message), refused(error), say(words)}. */
  constructor({ client, room, frame, permissions }, on) {
    this.#client = client;
    this.#room = room;
    this.#permissions = permissions;
    this.#menu = new MessageMenu(frame);
    this.#own = new OwnReactions(client.me);
    this.#on = on;
  }

  open(message) {
    this.#menu.toggle(message, {
      actions: this.#actionsOf(message),
      react: this.#permissions.may("react") ? (emoji) => this.react(message, emoji) : null,
      pick: () => this.#on.pick((emoji) => this.react(message, emoji), message),
    });
  }

  close() {
    this.#menu.close();
  }

  /** Whether one's own reaction is on a message, as it is held now. */
  isMine({ id }, emoji) {
    return this.#own.has(this.#room.asShown(this.#room.messages.get(id)), emoji);
  }

  /** Gives it, or takes it back. */
  async react(message, emoji) {
    const { id } = message, on = !this.isMine(message, emoji);
    const react = async () => this.#client.request("message.react", { id, emoji: await this.#sealed(id, emoji, on), on });
    if (!await this.#carriedOut(react)) return;
    this.#own.note(id, emoji, on);
    this.#client.rooms.emit("messages", this.#room, [id]);
  }

  /** What is sent for a reaction. */
  #sealed(id, emoji, on) {
    const { link, messages } = this.#room;
    return link ? link.reaction(messages.get(id), emoji, on) : emoji;
  }

  /** Raises CommandError: the composer says what was refused, and keeps the text. */
  async edit({ id }, content) {
    const { link, messages } = this.#room;
    const request = (payload) => this.#client.request("message.edit", payload);
    this.#client.rooms.stored(await (link ? link.edit(messages.get(id), content, request) : request({ id, content })));
  }

  lastOwn() {
    const own = this.#room.shown().filter((message) => this.#isOwn(message) && !message.deleted);
    const last = own.findLast((message) => this.#mayEdit(this.#room.asShown(message)));
    return last && this.#room.asShown(last);
  }

  #actionsOf(message) {
    const actions = [], mayWrite = this.#permissions.may("write");
    if (mayWrite) actions.push({ name: "Reply", icon: "reply", run: () => this.#on.reply(message) });
    if (mayWrite && this.#mayEdit(message)) actions.push({ name: "Edit", icon: "edit", run: () => this.#on.edit(message) });
    actions.push({ name: "Copy link", icon: "link", run: () => this.#copyAddress(message) });
    if (this.#mayDelete(message)) actions.push({ name: "Delete", icon: "delete", run: () => this.#delete(message) });
    if (this.#client.rooms.entries.has(this.#room.id)) {
      actions.push({ name: "Mark unread from here", icon: "bell", run: () => this.#on.unread(message) });
    }
    if (!this.#isOwn(message)) {
      actions.push({ name: "Report…", icon: "shield", run: () => openSheet(`/report?message=${message.id}`) });
    }
    if (this.#mayBlock(message)) {
      const { username } = message.sender;
      const run = () => openSheet(`/psychic/${encodeURIComponent(username)}/block`);
      actions.push({ name: `Block ${username}…`, icon: "block", run });
    }
    if (this.#mayKeepOrder(message)) {
      const { id, sender: { username } } = message;
      const url = `/room/${this.#room.id}/people/${encodeURIComponent(username)}?message=${id}`;
      actions.push({ name: `About ${username} in this room`, icon: "person", run: () => openSheet(url) });
    }
    return actions;
  }

  /** Where the browser gives no clipboard, as on a page without TLS, it is shown to be copied by hand. */
  async #copyAddress({ room, id }) {
    const address = new URL(`/room/${room}#m${id}`, location.origin).href;
    try {
      await navigator.clipboard.writeText(address);
      this.#on.say("The link to this message is copied.");
    } catch {
      window.prompt("The link to this message", address);
    }
  }

  /** A wait between two messages passes while one writes. */
  #isOwn({ sender }) {
    return sender.id === this.#client.me.id;
  }

  /** A text of one's own; where what is said is sealed by now, only one that was. */
  #mayEdit(message) {
    return this.#isOwn(message) && message.message_type === "text" && !message.is_plain;
  }

  #mayDelete(message) {
    return this.#isOwn(message) || this.#mayKeepOrder(message);
  }

  /** Whether one moderates here, and the message is somebody else's. */
  #mayKeepOrder(message) {
    return !this.#isOwn(message) && this.#permissions.verdict("restrict")?.allowed === true;
  }

  /** Announcements are the house's, and come through all the same. */
  #mayBlock(message) {
    const { kind } = this.#client.rooms.entries.get(this.#room.id) ?? {};
    return !this.#isOwn(message) && kind !== "broadcast" && !this.#client.blocked.has(message.sender.id);
  }

  #delete({ id }) {
    if (!window.confirm("Delete this message for everyone?")) return;
    this.#carriedOut(() => this.#client.request("message.delete", { id }));
  }

  /** Whether a command that answers with the message was carried out. */
  async #carriedOut(work) {
    try {
      this.#client.rooms.stored(await work());
      return true;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#on.refused(error);
      return false;
    }
  }
}
