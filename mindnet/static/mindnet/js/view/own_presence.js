/* How one is, where a page says it of oneself: kept true while one looks at it. */

import { presenceLine } from "./people.js";

export class OwnPresence {
  #places;
  #client;

  constructor(places, client) {
    this.#places = places;
    this.#client = client;
    client.on("me", () => this.#draw());
  }

  #draw() {
    for (const place of this.#places) place.replaceChildren(presenceLine(this.#client.me));
  }
}
