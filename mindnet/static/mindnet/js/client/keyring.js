/* What a browser keeps for sealed mind-links: the keys of its device, and what it has seen of the logs and rooms.

     const can = await availability();                  // {ok: true, suite} | {ok: false, why}
     const keyring = await openKeyring(client.me.id, { rest: client.rest });
     const link = await keyring.linkFor({ room: 12, other: { id: 9, username: "bob" } });
     await keyring.refresh(link);                       // after devices.changed, or where a message names unknown heads
     await keyring.refresh(link, error.lists);          // after device_list_changed, which brings them
     await keyring.keep(link);                          // after messages were opened

   `keyring.mine` is what one does with one's own devices; `safety` what two people compare. Brought with `import()` where a
   mind-link is, since all of sealed/ comes with it. */

import { Devices } from "./devices.js";
import { KeptLogs } from "./kept_logs.js";
import { KeptPlaces } from "./kept_places.js";
import { KeyStore } from "./key_store.js";
import { OwnDevices } from "./own_devices.js";
import { Link } from "./sealed/link.js";
import { seenByBoth } from "./sealed/room_order.js";
import { safetyNumber } from "./sealed/safety_number.js";
import { available, SUITES } from "./sealed/suites.js";

/** @import { DeviceList, Psychic } from "./shapes.js" */
/** @import { Rest } from "./rest.js" */
/** @import { Entry } from "./sealed/device_log.js" */
/** @import { Person } from "./sealed/person.js" */
/** @import { SuiteId } from "./sealed/suites.js" */

/** @typedef {{ok: true, suite: SuiteId} | {ok: false, why: "insecure" | "algorithms" | "storage"}} Availability */
/** @typedef {Pick<Psychic, "id" | "username">} Other */

/** @typedef {object} KeyringParts
 * @property {Rest} rest
 * @property {() => IDBFactory} [open] may throw
 * @property {() => Promise<unknown>} [persist] asks the browser to take nothing away by itself */

/**
 * `number`: the twelve groups; null while one of the two has no device. `compared`: whether this number was, `other` where
 * another one was, before somebody's root changed.
 * @typedef {{number: string[] | null, compared: "yes" | "no" | "other"}} Safety
 */

/**
 * Whether anything can be sealed in this browser. `insecure`: the page came without TLS. `algorithms`: it lacks them.
 * `storage`: it keeps no keys, as some do in a private window.
 * @param {() => IDBFactory} [open]
 * @returns {Promise<Availability>}
 */
export async function availability(open = () => indexedDB) {
  if (!globalThis.isSecureContext) return { ok: false, why: "insecure" };
  const [suite] = await available();
  if (!suite) return { ok: false, why: "algorithms" };
  const { kem, signatures } = SUITES[suite];
  const pairs = await Promise.all([kem.makeKeyPair(false), signatures.generateKeyPair(false)]);
  const isKept = await new KeyStore(open).takes(pairs.map(({ privateKey }) => privateKey));
  return isKept ? { ok: true, suite } : { ok: false, why: "storage" };
}

/**
 * @param {number} psychic oneself
 * @param {KeyringParts} parts
 */
export async function openKeyring(psychic, { rest, open = () => indexedDB, persist = async () => {} }) {
  return new Keyring(psychic, new Devices(rest), new KeyStore(open), persist);
}

export class Keyring {
  #psychic;
  #devices;
  #store;
  #logs;
  #places;
  /** @type {WeakMap<Link, {room: number, other: Other}>} */
  #about = new WeakMap();

  /**
   * @param {number} psychic
   * @param {Devices} devices
   * @param {KeyStore} store
   * @param {() => Promise<unknown>} persist
   */
  constructor(psychic, devices, store, persist) {
    this.#psychic = psychic;
    this.#devices = devices;
    this.#store = store;
    this.#logs = new KeptLogs(psychic, store);
    this.#places = new KeptPlaces(psychic, store);
    this.mine = new OwnDevices(psychic, { devices, store, logs: this.#logs, persist });
  }

  /** This browser's device first; none yet where it is empty. */
  own() {
    return this.mine.all();
  }

  /**
   * This browser is the first device.
   * @param {string} name 1 to 40 characters
   */
  setUp(name) {
    return this.mine.setUp(name);
  }

  /**
   * This browser waits for another device to let it in.
   * @param {string} name
   */
  offer(name) {
    return this.mine.offer(name);
  }

  /** Nothing of it stays in this browser: what was sealed for its device is not to be read here any more. */
  forget() {
    return this.mine.forget();
  }

  /**
   * A mind-link as it was left, with the logs as they are now, and what was handed on to this device. Raises RestError, what
   * `fetch` raises, and Refused where what was kept does not stand the check.
   * @param {{room: number, other: Other}} about
   */
  async linkFor({ room, other }) {
    const me = this.#psychic, own = await this.own(), options = { room, me, other: other.id, own };
    const logs = { [me]: await this.#logs.of(me), [other.id]: await this.#logs.of(other.id) };
    const seen = await this.#store.get([me, "seen", room]), places = await this.#places.of(room);
    const link = await Link.restore({ ...options, places }, { logs, seen: seen ?? { steps: [], revisions: {} } });
    this.#about.set(link, { room, other });
    await this.refresh(link);
    await this.#takeHandedOn(link);
    return link;
  }

  /**
   * Fetches both logs, or takes those that a refusal has brought.
   * @param {Link} link
   * @param {DeviceList[]} [lists]
   */
  async refresh(link, lists = []) {
    const { other } = this.#of(link), me = this.#psychic;
    await this.#look(link.person(me), lists, () => this.#devices.mine());
    await this.#look(link.person(other.id), lists, () => this.#devices.of(other.username));
  }

  /**
   * @param {Person} person
   * @param {DeviceList[]} lists
   * @param {() => Promise<{log: Entry[]}>} ask
   */
  async #look(person, lists, ask) {
    const brought = lists.find(({ psychic }) => psychic.id === person.psychic);
    if (brought) await this.#logs.look(person, async () => brought.log);
    // Another tab may have seen more since it was brought: then it looks as if something were withheld.
    if (!brought || person.trouble) await this.#logs.look(person, async () => (await ask()).log);
  }

  /**
   * Keeps what was seen in a mind-link, together with what other tabs have. Gives ids of messages opened here that are
   * copies of what another tab has opened.
   * @param {Link} link
   */
  async keep(link) {
    const { room } = this.#of(link), { seen } = link.kept();
    await this.#store.change([this.#psychic, "seen", room], (kept) => kept ? seenByBoth(kept, seen) : seen);
    return link.know(await this.#places.keep(room, link.newPlaces()));
  }

  /**
   * A person says that the other root is this psychic's.
   * @param {Link} link
   * @param {number} psychic
   */
  async accept(link, psychic) {
    link.accept(psychic);
    await this.#logs.keep(link.person(psychic));
  }

  /**
   * What the two compare. Where the other has another root, it is that of the new one: it is what they have to compare.
   * @param {Link} link
   * @returns {Promise<Safety>}
   */
  async safety(link) {
    const { other } = this.#of(link), me = this.#psychic;
    const number = await numberOf(link.person(me), link.person(other.id));
    const compared = await this.#store.get([me, "compared", other.id]);
    return { number, compared: !compared ? "no" : compared === number?.join(" ") ? "yes" : "other" };
  }

  /**
   * The two have compared this number, and it was the same.
   * @param {Link} link
   * @param {string[]} number
   */
  async setCompared(link, number) {
    const { other } = this.#of(link);
    await this.#store.change([this.#psychic, "compared", other.id], () => number.join(" "));
  }

  /**
   * What other devices have handed on to this one. It comes in the minutes after this one was let in.
   * @param {Link} link
   */
  async #takeHandedOn(link) {
    const { room } = this.#of(link), [own] = await this.own(), log = link.log(this.#psychic);
    // There was nobody before the first device.
    if (!own || own.id === log.root || !log.live.has(own.id)) return;
    for (const { part, sealed } of await this.#devices.handedOn(own.id, room)) await link.takeHistory(part, sealed);
  }

  /** @param {Link} link */
  #of(link) {
    const about = this.#about.get(link);
    if (!about) throw new Error("this mind-link is of another keyring");
    return about;
  }
}

/**
 * @param {Person} me
 * @param {Person} other
 */
async function numberOf(me, other) {
  const mine = me.log.root, theirs = (other.offered ?? other.log).root;
  return mine && theirs ? safetyNumber({ psychic: me.psychic, root: mine }, { psychic: other.psychic, root: theirs }) : null;
}
