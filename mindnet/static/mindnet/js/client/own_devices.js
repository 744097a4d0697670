/* One's own devices: this browser's, and what it does with the others. Every deed is an entry of the device log, signed here.

     const { state, log, waiting, hasRecovery } = await own.look();
     await own.setUp("Firefox on Linux");        // the first device; or `offer`, where there are others
     await own.endorse("ABCD-EFGH-JKMN-PQRS");   // what the other device shows
     await own.revoke(id);

   A deed gives {ok: true} or {ok: false, why}; what the server refuses is a RestError. Each may be done again where it is not
   known how it went: a device is kept here before the server hears of it, and an entry that came already is none. */

import { isChanged } from "./devices.js";
import { makeDevice, readCard, shortCode } from "./sealed/device.js";
import { begin, endorse, readOffered, revoke } from "./sealed/device_log.js";
import { makeBundle, newCode, openBundle } from "./sealed/recovery.js";
import { Person } from "./sealed/person.js";
import { available } from "./sealed/suites.js";

/** @import { Devices, OwnList } from "./devices.js" */
/** @import { KeptLogs } from "./kept_logs.js" */
/** @import { KeyStore } from "./key_store.js" */
/** @import { Card, OwnDevice } from "./sealed/device.js" */
/** @import { DeviceLog } from "./sealed/device_log.js" */
/** @import { Why } from "./sealed/refused.js" */

/**
 * `none`: there is no device at all. `new`: there are others. `waiting`: for one of them to let this one in. `revoked`: it was
 * one. `trouble`: the server shows a log that is not the one known here, and nothing can be done until that is settled.
 * @typedef {"none" | "new" | "waiting" | "live" | "revoked" | "trouble"} OwnState
 */

/**
 * @typedef {object} OwnView
 * @property {OwnState} state of this browser
 * @property {OwnDevice | null} device of this browser
 * @property {Person} person oneself
 * @property {Card[]} waiting others of one's own, to be let in
 * @property {boolean} hasRecovery
 * @property {boolean} isCompared whether somebody has seen the same root on another device, or this one is the root
 */

/** @typedef {{ok: true} | {ok: false, why: Why | "exists" | "no_recovery"}} Done */
/** A recovery code that is not in force yet. @typedef {{code: string, device: OwnDevice, bundle: unknown}} Prepared */

const ATTEMPTS = 3;
/** @type {Done} */
const DONE = Object.freeze({ ok: true });

export class OwnDevices {
  #psychic;
  #devices;
  #store;
  #logs;
  #persist;
  #person;

  /**
   * @param {number} psychic
   * @param {object} parts
   * @param {Devices} parts.devices
   * @param {KeyStore} parts.store
   * @param {KeptLogs} parts.logs
   * @param {() => Promise<unknown>} parts.persist asks the browser to take nothing away by itself
   */
  constructor(psychic, { devices, store, logs, persist }) {
    this.#psychic = psychic;
    this.#devices = devices;
    this.#store = store;
    this.#logs = logs;
    this.#persist = persist;
    this.#person = new Person(psychic);
  }

  /** This browser's device first, behind it those it was before, and the recovery device if its code was typed in here.
   * @returns {Promise<OwnDevice[]>} */
  async all() {
    return await this.#store.get(this.#key) ?? [];
  }

  /** Asks the server, and checks what it shows. @returns {Promise<OwnView>} */
  async look() {
    const person = this.#person, own = await this.all(), list = await this.#ask();
    // Nobody else can have signed the first entry.
    if (person.offered && person.offered.root === own[0]?.id) await this.#accept();
    const read = await Promise.all(list.waiting.map((one) => readOffered(this.#psychic, one)));
    const cards = read.flatMap((one) => one.ok ? [one.card] : []);
    const device = own.find(({ kind }) => kind === "device") ?? null, state = stateOf(person, device, cards);
    const { root } = person.log, isCompared = device?.id === root || await this.#store.get(this.#comparedKey) === root;
    const waiting = cards.filter(({ id }) => id !== device?.id);
    return { state, device, person, waiting, hasRecovery: list.recovery, isCompared };
  }

  /**
   * This browser is the first device.
   * @param {string} name
   */
  async setUp(name) {
    return this.#begin(name, false);
  }

  /**
   * All devices are lost, and the code: a new log begins with this browser.
   * @param {string} name
   */
  async startOver(name) {
    return this.#begin(name, true);
  }

  /**
   * This browser waits for another device to let it in.
   * @param {string} name
   * @returns {Promise<Done>}
   */
  async offer(name) {
    const { state } = await this.look();
    if (state === "trouble") return this.#troubled();
    if (state === "live") return DONE;
    const { card, signature } = await this.#device(name);
    await this.#devices.offer({ card, signature });
    return DONE;
  }

  /**
   * Lets in the device that shows this code.
   * @param {string} typed
   * @returns {Promise<Done & {card?: Card}>}
   */
  async endorse(typed) {
    const { waiting } = await this.look();
    for (const card of waiting) {
      if (plain(await shortCode(card.text)) === plain(typed)) return { ...await this.#endorse(card), card };
    }
    return { ok: false, why: "code" };
  }

  /**
   * Puts a device out, for good: also this one.
   * @param {string} id
   */
  async revoke(id) {
    const { person } = await this.look();
    // It was put out before, and the answer was lost.
    if (person.log.device(id) && !person.log.live.has(id)) return DONE;
    return this.#do((log, by) => revoke(log, by, id, now()), (entry) => this.#devices.revoke(id, entry));
  }

  /** A recovery code to be written down, before it is in force. @returns {Promise<Prepared>} */
  async prepareCode() {
    const code = newCode();
    const device = await this.#make("Recovery code", { kind: "recovery", extractable: true });
    return { code, device, bundle: await makeBundle(code, device) };
  }

  /**
   * The code is in force, and the one before opens nothing more.
   * @param {Prepared} prepared
   */
  async putCode({ device: { card, signature }, bundle }) {
    const recovery = await readCard(card, signature), { person } = await this.look();
    if (person.log.live.has(recovery.id)) return DONE;
    return this.#do(async (log, by) => {
      const before = [...log.live.values()].find(({ kind }) => kind === "recovery");
      const gone = before ? [await revoke(log, by, before.id, now())] : [];
      const left = gone.length ? await log.add(gone[0]) : log;
      return [...gone, await endorse(left, by, recovery, now())];
    }, (entries) => this.#devices.putRecovery({ card, signature, entries, bundle }));
  }

  /**
   * The code was typed in: it opens what was sealed since it was made, and lets this browser in.
   * @param {string} code
   * @param {string} name
   * @returns {Promise<Done>}
   */
  async recover(code, name) {
    const { state, person } = await this.look(), bundle = await this.#devices.recovery();
    if (state === "trouble") return this.#troubled();
    const card = [...person.log.live.values()].find(({ kind }) => kind === "recovery");
    if (!card || !bundle) return { ok: false, why: "no_recovery" };
    const opened = await openBundle(code, bundle, card);
    if (!opened.ok) return opened;
    const device = state === "live" ? null : await this.#device(name);
    await this.#store.change(this.#key, (own = []) => [...own.filter(isNot(opened.device)), opened.device]);
    if (!device) return DONE;
    await this.#devices.offer({ card: device.card, signature: device.signature });
    return this.#endorse(await readCard(device.card, device.signature));
  }

  /**
   * Devices that others of one's own have let in since this was asked here before: from now on they are known.
   * @returns {Promise<Card[]>}
   */
  async cameSince() {
    const { log } = this.#person, [own] = await this.all();
    let before = log.length;
    await this.#store.change([this.#psychic, "shown"], (shown) => {
      if (shown?.root === log.root) before = shown.length;
      return { root: log.root, length: log.length };
    });
    const said = log.entries.slice(before).map(({ statement }) => JSON.parse(statement));
    return said.filter(({ deed, by }) => deed === "endorse" && by !== own?.id)
      .map(({ device }) => /** @type {Card} */ (log.device(device)));
  }

  /**
   * Another of one's own devices has the same root. A browser that was let in has it from the server alone, which may have
   * shown it a list of its own, and let it in there.
   */
  async setCompared() {
    await this.#store.change(this.#comparedKey, () => this.#person.log.root);
  }

  /** Another root, as the server shows it, is one's own: one has started over elsewhere. */
  async accept() {
    await this.look();
    await this.#accept();
  }

  /** Nothing of it stays in this browser. */
  forget() {
    return this.#store.drop([this.#psychic]);
  }

  // The log

  async #ask() {
    const answers = /** @type {OwnList[]} */ ([]);
    await this.#logs.look(this.#person, async () => {
      answers.push(await this.#devices.mine());
      return answers[0].log;
    });
    return answers[0];
  }

  async #accept() {
    this.#person.accept();
    await this.#logs.keep(this.#person);
  }

  /**
   * @param {string} name
   * @param {boolean} startOver
   * @returns {Promise<Done>}
   */
  async #begin(name, startOver) {
    const { state } = await this.look();
    if (!startOver && state !== "none") return state === "live" ? DONE : { ok: false, why: "exists" };
    const device = await this.#device(name), { card, signature } = device;
    try {
      const entry = await begin(device, now());
      await this.#devices.offer({ card, signature, entry, start_over: startOver });
    } catch (error) {
      // Another device was first; or this one, and its answer was lost.
      if (!isChanged(error)) throw error;
    }
    const view = await this.look();
    if (view.state === "live") return DONE;
    return view.state === "trouble" ? this.#troubled() : { ok: false, why: "exists" };
  }

  /** @param {Card} card */
  #endorse(card) {
    return this.#do((log, by) => endorse(log, by, card, now()), (entry) => this.#devices.endorse(card.id, entry));
  }

  /**
   * Signs what comes next in the log, and again where it has grown meanwhile.
   * @template Signed
   * @param {(log: DeviceLog, by: OwnDevice) => Promise<Signed>} sign
   * @param {(signed: Signed) => Promise<OwnList>} send
   * @returns {Promise<Done>}
   */
  async #do(sign, send) {
    for (let attempt = 1; ; attempt++) {
      const { log, trouble } = this.#person, by = (await this.all()).find(({ id }) => log.live.has(id));
      if (trouble) return this.#troubled();
      if (!by) return { ok: false, why: "not_endorsed" };
      try {
        await send(await sign(log, by));
        await this.look();
        return DONE;
      } catch (error) {
        if (!isChanged(error) || attempt === ATTEMPTS) throw error;
        await this.look();
      }
    }
  }

  /** @returns {Done} */
  #troubled() {
    return { ok: false, why: this.#person.trouble ?? "log_missing" };
  }

  // Keys

  /** @returns {[number, string]} */
  get #key() {
    return [this.#psychic, "own"];
  }

  /** @returns {[number, string, number]} */
  get #comparedKey() {
    return [this.#psychic, "compared", this.#psychic];
  }

  /**
   * This browser's device, kept before anybody hears of it: the one that was made already, unless it stood in a log.
   * @param {string} name
   */
  async #device(name) {
    const made = await this.#make(name), person = this.#person;
    await this.#persist();
    const own = await this.#store.change(this.#key, (/** @type {OwnDevice[]} */ own = []) => {
      const first = own[0]?.kind === "device" ? own[0] : null;
      if (!first || person.logs.some((log) => log.device(first.id))) return [made, ...own];
      return JSON.parse(first.card).name === name ? own : [made, ...own.slice(1)];
    });
    return own[0];
  }

  /**
   * @param {string} name
   * @param {{kind?: "recovery", extractable?: boolean}} [options]
   */
  async #make(name, options) {
    const [suite] = await available();
    return makeDevice({ suite, psychic: this.#psychic, name, madeAt: now(), ...options });
  }
}

/**
 * @param {Person} person
 * @param {OwnDevice | null} device
 * @param {Card[]} waiting
 * @returns {OwnState}
 */
function stateOf({ log, trouble }, device, waiting) {
  if (trouble) return "trouble";
  if (!log.length) return "none";
  if (device && log.live.has(device.id)) return "live";
  if (device && log.device(device.id)) return "revoked";
  return device && waiting.some(({ id }) => id === device.id) ? "waiting" : "new";
}

/** @param {OwnDevice} device */
function isNot(device) {
  return (/** @type {OwnDevice} */ { id }) => id !== device.id;
}

/**
 * A code as somebody types it.
 * @param {string} code
 */
function plain(code) {
  return code.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
}

function now() {
  return new Date().toISOString();
}
