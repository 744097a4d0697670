/* The line under the messages: who is writing, or a sentence about what one has just sent. */

import { TypingList } from "../client/typing.js";
import { bdi, h } from "./dom.js";

export class TypingLine {
  #line;
  #isHeard;
  #typing = new TypingList((words) => this.#draw(words));

  /** `isHeard(id)`: whose writing is shown. */
  constructor(line, isHeard) {
    this.#line = line;
    this.#isHeard = isHeard;
  }

  /** The whole list, as the server tells it. */
  set(psychics) {
    this.#typing.set(psychics.filter(({ id }) => this.#isHeard(id)).map(({ username }) => username));
  }

  remove(username) {
    this.#typing.remove(username);
  }

  say(words) {
    this.#line.replaceChildren(h("span", { role: "status" }, words));
  }

  #draw({ names, rest }) {
    const link = (index) => (index === 0 ? "" : index === names.length - 1 ? " and " : ", ");
    const parts = names.flatMap((name, index) => [link(index), bdi(name)]);
    this.#line.replaceChildren(...(names.length ? [...parts, rest] : []));
  }
}
