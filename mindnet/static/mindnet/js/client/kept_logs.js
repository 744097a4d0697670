/* The device logs that were seen, of oneself and of others: what the server shows later has to go on from them.

   Of each psychic there is one history for all mind-links and all tabs. Who has seen more of it is right; where two have seen
   different things, the one that was kept first stays, and the other is trouble. */

import { goesOn, Person } from "./sealed/person.js";

/** @import { KeyStore } from "./key_store.js" */
/** @import { Entry } from "./sealed/device_log.js" */

export class KeptLogs {
  #psychic;
  #store;
  /** @type {Promise<void>} */
  #turn = Promise.resolve();

  /**
   * @param {number} psychic whose they are
   * @param {KeyStore} store
   */
  constructor(psychic, store) {
    this.#psychic = psychic;
    this.#store = store;
  }

  /**
   * @param {number} psychic
   * @returns {Promise<Entry[][]>}
   */
  async of(psychic) {
    return await this.#store.get([this.#psychic, "log", psychic]) ?? [];
  }

  /**
   * Has the server show a log, and holds it against what any tab has seen before it was asked. One after the other: an older
   * answer behind a newer one would look as if something were withheld.
   * @param {Person} person
   * @param {() => Promise<Entry[]>} ask
   */
  look(person, ask) {
    const turn = this.#turn.catch(() => {}).then(async () => {
      await this.keep(person);
      await person.show(await ask());
      await this.keep(person);
    });
    this.#turn = turn;
    return turn;
  }

  /**
   * Keeps what was accepted, or takes over what another tab has kept beyond it.
   * @param {Person} person
   */
  async keep(person) {
    const { psychic } = person, mine = person.kept();
    const isAhead = (/** @type {Entry[][]} */ kept) => goesOn(mine, kept) && !goesOn(kept, mine);
    const kept = await this.#store.change([this.#psychic, "log", psychic], (kept = []) => isAhead(kept) ? mine : kept);
    if (!goesOn(mine, kept)) person.logs = (await Person.restore(psychic, kept)).logs;
  }
}
