/* Two psychics, their devices and their mind-link: what the server would keep, and no more checks than it needs. */

import { makeDevice, readCard } from "../../../../static/mindnet/js/client/sealed/device.js";
import { begin, DeviceLog, endorse, revoke } from "../../../../static/mindnet/js/client/sealed/device_log.js";
import { Link } from "../../../../static/mindnet/js/client/sealed/link.js";
import { makeBundle, newCode } from "../../../../static/mindnet/js/client/sealed/recovery.js";

export const NOW = "2026-11-28T12:00:00Z", ROOM = 12, ADA = 7, BOB = 9;
export const nonceOf = (number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
export const cardOf = (device) => readCard(device.card, device.signature);
export const device = (psychic, more = {}) => makeDevice({ suite: 1, psychic, name: "Firefox", madeAt: NOW, ...more });

export class Story {
  logs = new Map([ADA, BOB].map((psychic) => [psychic, new DeviceLog(psychic)]));
  messages = [];

  /** A new device: the root, or taken in by another that is live. */
  async add(psychic, { by, ...more } = {}) {
    const made = await device(psychic, more), log = this.logs.get(psychic);
    await this.take(psychic, by ? await endorse(log, by, await cardOf(made), NOW) : await begin(made, NOW));
    return made;
  }

  async revoke(by, id) {
    await this.take(by.psychic, await revoke(this.logs.get(by.psychic), by, id, NOW));
  }

  async addRecovery(by, more = {}) {
    const code = newCode(), made = await this.add(by.psychic, { by, kind: "recovery", extractable: true, ...more });
    return { code, device: made, bundle: await makeBundle(code, made) };
  }

  async startOver(psychic, more = {}) {
    this.logs.set(psychic, new DeviceLog(psychic));
    return this.add(psychic, more);
  }

  async take(psychic, entry) {
    this.logs.set(psychic, await this.logs.get(psychic).add(entry));
  }

  /** The room as a device has it that has just fetched both logs. */
  link(...own) {
    const [me, other] = own[0].psychic === ADA ? [ADA, BOB] : [BOB, ADA];
    return this.refresh(new Link({ room: ROOM, me, other, own }));
  }

  refresh(link) {
    for (const [psychic, log] of this.logs) link.take(psychic, log);
    return link;
  }

  /** What is said, as the server gives it to everyone. */
  async send(link, psychic, text, more = {}) {
    const id = this.messages.length + 1, nonce = nonceOf(id);
    const sealed = await link.seal({ nonce, text, ...more });
    if (!sealed.ok) throw new Error(sealed.why);
    const message = { id, room: ROOM, seq: id, sender: { id: psychic }, nonce, reply_to: more.reply_to ?? null,
      content: sealed.content };
    this.messages.push(message);
    return message;
  }
}

/** Ada with a laptop, Bob with a telephone. */
export async function begun() {
  const story = new Story();
  const [laptop, telephone] = [await story.add(ADA), await story.add(BOB)];
  return { story, laptop, telephone, ada: story.link(laptop), bob: story.link(telephone) };
}

/** The envelope with its header, or any other part, changed by `change`. */
export function changed(content, change) {
  const envelope = JSON.parse(content), header = JSON.parse(envelope.header);
  change({ envelope, header });
  return JSON.stringify({ ...envelope, header: JSON.stringify(header) });
}

/** What `b64` wrote, with one bit of this byte the other way. */
export function flipped(written, position = 0) {
  const bytes = Buffer.from(written, "base64url");
  bytes[position < 0 ? bytes.length + position : position] ^= 1;
  return bytes.toString("base64url");
}

export const opened = ({ ok, text, why }) => ok ? text : why;
