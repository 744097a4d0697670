/* What one does with a message that is there: the menu beside it, a reaction, a correction, its deletion. */

import { CommandError } from "../client/connection.js";
import { isSameEmoji } from "../client/text.js";
import { MessageMenu } from "./message_menu.js";

export class MessageActions {
  #client;
  #room;
  #menu;
  #on;

  /** `on`: {reply(message), edit(message), refused(words)}. */
  constructor({ client, room, frame }, on) {
    this.#client = client;
    this.#room = room;
    this.#menu = new MessageMenu(frame);
    this.#on = on;
  }

  open(message) {
    this.#menu.toggle(message, {
      actions: this.#actionsOf(message),
      react: (emoji) => this.react(message, emoji, !this.#isMine(message, emoji)),
    });
  }

  react({ id }, emoji, on) {
    this.#command("message.react", { id, emoji, on });
  }

  /** Raises CommandError: the composer says what was refused, and keeps the text. */
  async edit({ id }, content) {
    this.#client.rooms.changed(await this.#client.request("message.edit", { id, content }));
  }

  lastOwn() {
    return this.#room.shown().findLast((message) => this.#isOwnText(message) && !message.deleted);
  }

  #actionsOf(message) {
    const actions = [{ name: "Reply", icon: "reply", run: () => this.#on.reply(message) }];
    if (this.#isOwnText(message)) actions.push({ name: "Edit", icon: "edit", run: () => this.#on.edit(message) });
    if (this.#mayDelete(message)) actions.push({ name: "Delete", icon: "delete", run: () => this.#delete(message) });
    return actions;
  }

  #isOwn({ sender }) {
    return sender.id === this.#client.me.id;
  }

  #isOwnText(message) {
    return this.#isOwn(message) && message.message_type === "text";
  }

  #mayDelete(message) {
    const { kind, role } = this.#client.rooms.entries.get(this.#room.id) ?? {};
    return this.#isOwn(message) || (kind !== "private" && (role === "owner" || role === "moderator"));
  }

  #isMine({ id }, emoji) {
    const { reactions } = this.#room.messages.get(id);
    const given = Object.keys(reactions).find((one) => isSameEmoji(one, emoji));
    return given !== undefined && reactions[given].includes(this.#client.me.id);
  }

  #delete({ id }) {
    if (window.confirm("Delete this message for everyone?")) this.#command("message.delete", { id });
  }

  async #command(type, payload) {
    try {
      this.#client.rooms.changed(await this.#client.request(type, payload));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#on.refused(error.message);
    }
  }
}
