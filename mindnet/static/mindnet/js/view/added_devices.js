/* Under how a mind-link stands: a line for who has got a further device, until somebody has noted it. */

import { AddedDevices } from "../client/added_devices.js";
import { KeyStore } from "../client/key_store.js";
import { bdi, h, icon } from "./dom.js";

export class AddedLine {
  #added;
  #people;
  #box = h("div", { class: "sealing added", role: "status", hidden: true, "data-added": true });
  /** One after the other: an older answer must not come over a newer one. */
  #turn = Promise.resolve();

  /** `note`: what it stands under. `people`: both, oneself first. */
  constructor(note, room, people) {
    this.#added = new AddedDevices(people[0].id, new KeyStore(() => indexedDB));
    const [safety, own] = [`/room/${room}/safety`, "/settings/devices"];
    this.#people = people.map((person, at) => ({ ...person, isMe: at === 0, way: at ? safety : own }));
    note.after(this.#box);
  }

  /** What has come. Where the browser keeps nothing there is nothing to be said: then nothing is sealed either. */
  draw() {
    this.#turn = this.#turn.then(() => this.#draw()).catch(() => {});
    return this.#turn;
  }

  async #draw() {
    const found = await Promise.all(this.#people.map(async (one) => ({ ...one, came: await this.#added.of(one.id) })));
    const lines = found.filter(({ came }) => came.length);
    this.#box.replaceChildren(...lines.map((one) => this.#line(one)));
    this.#box.hidden = !lines.length;
  }

  #line({ id, username, isMe, way, came }) {
    const devices = came.filter(({ kind }) => kind === "device"), who = () => isMe ? "You" : bdi(username);
    const names = devices.flatMap(({ name }, at) => [at > 0 && ", ", bdi(name)]);
    return h("p", {}, icon("info"), " ",
      devices.length > 0 && [who(), devices.length > 1 ? " added devices: " : " added a device: ", ...names, ". "],
      devices.length < came.length && [who(), " made a new recovery code. "],
      h("a", { href: way, "data-sheet": true }, isMe ? "Your devices" : "Safety number"), " ",
      h("button", { type: "button", onclick: () => this.#note(id) }, "Noted"));
  }

  async #note(id) {
    await this.#added.note(id);
    await this.draw();
  }
}
