/* One's own devices, drawn from what this browser has checked: setting one up, letting others in, putting them out, the
   recovery code, and starting over. Where none is yet, what to do about that. */

import { handOn } from "../client/handing_on.js";
import { availability } from "../client/keyring.js";
import { shortCode } from "../client/sealed/device.js";
import { groupsOf } from "../client/sealed/safety_number.js";
import { deviceList, devicesOf } from "./device_list.js";
import { bdi, h } from "./dom.js";
import {
  button, failedWords, field, form, keyringHere, oneMoment, refusedWords, troubleWords, UNAVAILABLE, warning,
} from "./keyring_here.js";
import { recoveryPart } from "./recovery_code.js";

const NAME_MOST = "40";
const CODE_FIELD = { autocapitalize: "characters", spellcheck: "false" };

const LET_IN = "This browser is one of your devices now. Earlier messages are handed on in the next moments.";
// What they write into their headers -> what people call them. The first that fits, as most claim to be others as well.
const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["Chrome", "Chrome"], ["Safari", "Safari"]];
const SYSTEMS = [
  ["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac", "Mac"], ["Linux", "Linux"],
];

export async function showOwnDevices(root) {
  root.replaceChildren(oneMoment());
  const can = await availability();
  if (!can.ok) return root.replaceChildren(warning(UNAVAILABLE[can.why]));
  return new OwnDevicesView(root, await keyringHere()).start();
}

class OwnDevicesView {
  #box = h("div", {}, oneMoment());
  #status = h("p", { class: "muted", role: "status", tabindex: "-1" });
  #error = h("p", { class: "error", role: "alert", hidden: true });
  /** As it was drawn last. */
  #drawn = "";
  #state = "";
  /** Devices that were let in elsewhere, since somebody looked here last. */
  #came = [];
  #root;
  #here;

  constructor(root, here) {
    this.#root = root;
    this.#here = here;
    root.replaceChildren(this.#error, this.#status, this.#box);
  }

  get #mine() {
    return this.#here.keyring.mine;
  }

  start() {
    // Other devices, or other tabs, may have changed something; and what was told while the connection was down, nobody heard.
    const again = () => this.#root.isConnected && !document.hidden ? this.#refresh() : undefined;
    document.addEventListener("mindnet:devices", again);
    document.addEventListener("visibilitychange", again);
    return this.#refresh();
  }

  async #refresh() {
    try {
      await this.#draw(false);
    } catch (error) {
      this.#fail(failedWords(error));
    }
  }

  get #isBusy() {
    return this.#root.getAttribute("aria-busy") === "true";
  }

  /** Somebody types, or has something to write down. */
  get #isHeld() {
    const fields = [...this.#root.querySelectorAll("input")];
    return this.#root.querySelector("[data-held]") || fields.some(({ value, defaultValue }) => value !== defaultValue);
  }

  /** Does one thing at a time, and draws what is true then. `done` is what to say of it, unless `work` gives what is `said`. */
  async #do(work, done = "") {
    if (this.#isBusy) return;
    this.#root.setAttribute("aria-busy", "true");
    this.#error.hidden = true;
    try {
      const outcome = await work() ?? { ok: true };
      if (!outcome.ok) return this.#fail(refusedWords(outcome.why));
      const said = outcome.said ?? done;
      await this.#draw(true);
      if (!said) return;
      this.#status.textContent = said;
      // What was pressed is no longer there.
      this.#status.focus();
      document.dispatchEvent(new CustomEvent("mindnet:changed"));
    } catch (error) {
      this.#fail(failedWords(error));
    } finally {
      this.#root.removeAttribute("aria-busy");
    }
  }

  #fail(words) {
    this.#error.textContent = words;
    this.#error.hidden = false;
    this.#status.textContent = "";
  }

  /** What is true now. Unless `isAnew`, what somebody has opened or is about to press stays where that is as before. */
  async #draw(isAnew) {
    const view = await this.#mine.look(), key = keyOf(view);
    if (!isAnew && (key === this.#drawn || this.#isBusy || this.#isHeld)) return;
    if (this.#state === "waiting" && view.state === "live") this.#status.textContent = LET_IN;
    this.#drawn = key;
    this.#state = view.state;
    const draw = {
      none: () => this.#none(), new: () => this.#new(view), waiting: () => this.#waiting(view),
      live: () => this.#live(view), revoked: () => this.#revoked(view), trouble: () => this.#trouble(view),
    }[view.state];
    const parts = await draw();
    if (this.#drawn !== key) return;
    if (isAnew || !this.#isHeld) this.#box.replaceChildren(...[parts].flat(3).filter(Boolean));
    else this.#drawn = "";  // somebody has begun to type meanwhile: another time
  }

  // By state

  #none() {
    return [
      h("p", {}, "You have none yet. With this browser as your first one, what you say in mind-links is sealed, with everybody "
        + "who has a device too."),
      this.#naming("Set up this browser", (name) => this.#mine.setUp(name),
        "This browser is your first device. Make a recovery code now."),
    ];
  }

  #new({ person }) {
    return [
      h("p", {}, "This browser is none of your devices yet: mind-links are closed to it."),
      this.#naming("Add this browser", (name) => this.#mine.offer(name)), this.#otherWays(), deviceList(person.log, {}),
    ];
  }

  async #waiting({ device, person }) {
    return [
      h("h2", {}, "This browser waits to be let in"),
      h("p", {}, "Open “Your devices” on a device of yours, within a day, and type this code there. Nothing else has to be "
        + "done here."),
      h("p", { class: "secret-code" }, await shortCode(device.card)), this.#otherWays(), deviceList(person.log, {}),
    ];
  }

  #revoked({ person }) {
    return [
      warning(h("p", {}, "This browser was put out. It still opens what was sealed for it before, and nothing that came after."),
        h("p", { class: "actions" }, button("Delete its keys here", () => this.#forget(), "small ghost"))),
      this.#naming("Add this browser anew", (name) => this.#mine.offer(name)), this.#otherWays(), deviceList(person.log, {}),
    ];
  }

  #trouble({ person }) {
    if (person.trouble !== "other_root") {
      return [warning(h("p", {}, troubleWords(person.trouble)),
        h("p", {}, "Until that is settled nothing is sealed or signed here. Ask whoever runs this server: when it was set back "
          + "to a backup, you can only start over.")), this.#startOver("Start over")];
    }
    return [warning(
      h("p", {}, "Your list of devices begins anew, with another first device. Somebody has started over in your name."),
      h("p", {}, "If it was you, on another device: go on. If it was not, somebody has your password, or the server shows what "
        + "is not so. Change your password, and tell the people you have mind-links with."),
      h("p", { class: "actions" }, button("It was I: go on", () => this.#accept(), "small")),
    ), this.#startOver()];
  }

  async #live({ person, device, waiting, hasRecovery, isCompared }) {
    const { log } = person, ownPart = await groupsOf({ psychic: person.psychic, root: log.root });
    this.#came = [...this.#came, ...await this.#mine.cameSince()].filter(({ id }) => log.live.has(id) && id !== device.id);
    const revoke = (card) => this.#do(() => this.#mine.revoke(card.id), `Put out: ${card.name}.`);
    const handOn = (card) => this.#do(async () => ({ ok: true, said: await this.#handOn(card) }));
    return [
      !isCompared && this.#toCompare(ownPart), this.#news(log), deviceList(log, { own: device, revoke, handOn }),
      this.#lettingIn(waiting),
      recoveryPart({
        hasCode: hasRecovery, ownPart, prepare: () => this.#mine.prepareCode(),
        put: (prepared) => this.#do(() => this.#mine.putCode(prepared), "The recovery code is in force."),
      }),
      hasRecovery && h("details", { class: "device-part" },
        h("summary", {}, "Open earlier messages with the recovery code"), this.#codeForm()),
      isCompared && h("section", { class: "device-part" }, h("h2", {}, "Your part of every safety number"),
        h("p", {}, "All your devices show the same here. If one does not, the server tells it of devices that are not yours."),
        partOf(ownPart)),
    ];
  }

  // Parts

  #naming(words, work, done = "") {
    return form((data) => this.#do(() => work(String(data.get("device-name")).trim()), done),
      field("device-name", "What shall it be called?", { value: browserName(), maxlength: NAME_MOST },
        "The server and the other see this name."),
      h("p", { class: "actions" }, button(words)));
  }

  /** What this browser knows of its own list it has from the server: which could have let it into one of its own making. */
  #toCompare(ownPart) {
    return warning(
      h("p", {}, h("strong", {}, "Compare before you say anything."), " The device that let this browser in shows your part of "
        + "every safety number on this page, and so does the paper with your recovery code. It has to be this one:"),
      partOf(ownPart),
      h("p", {}, "If it is another, the server has shown this browser devices that are not yours. Then put this browser out."),
      h("p", { class: "actions" }, button("It is the same", () => this.#do(() => this.#mine.setCompared(), "Noted."), "small")));
  }

  #news(log) {
    const by = new Map(devicesOf(log).map((one) => [one.card.id, one.by]));
    const said = (card) => h("p", {}, bdi(card.name), " was let in by ", bdi(by.get(card.id).name), " since you looked here.");
    return this.#came.length > 0 && warning(...this.#came.map(said),
      h("p", {}, "If that was not you, put both out, and make a new recovery code."));
  }

  #lettingIn(waiting) {
    const names = waiting.flatMap(({ name }, index) => [index > 0 && ", ", bdi(name)]);
    return h("section", { class: "device-part" }, h("h2", {}, "Let another device in"),
      h("p", {}, "Open this page there and choose “Add this browser”. It shows a code: type it here."),
      waiting.length > 0 && h("p", {}, h("strong", {}, "Waiting: "), ...names),
      form((data) => this.#letIn(String(data.get("device-code"))),
        field("device-code", "Its code", { maxlength: "40", ...CODE_FIELD }, "Never type a code that somebody sends you."),
        h("p", { class: "actions" }, button("Let it in"))));
  }

  #letIn(code) {
    return this.#do(async () => {
      const outcome = await this.#mine.endorse(code);
      return outcome.ok ? { ok: true, said: `It is one of your devices now. ${await this.#handOn(outcome.card)}` } : outcome;
    });
  }

  /** Gives what to say of it: the device is let in when this breaks off, and it can be done again. */
  async #handOn(card) {
    const places = JSON.parse(this.#root.dataset.links);
    const onProgress = (done, all) => { this.#status.textContent = `Handing on messages: ${done} of ${all} mind-links.`; };
    try {
      const done = await handOn(card, places, { ...this.#here, onProgress });
      return done === places.length ? "Earlier messages are handed on." : "Of earlier messages only the newest fit.";
    } catch (error) {
      return `Earlier messages were not all handed on. ${failedWords(error)}`;
    }
  }

  #otherWays() {
    return [
      h("details", { class: "device-part" }, h("summary", {}, "I have my recovery code"), this.#codeForm()),
      this.#startOver(),
    ];
  }

  #codeForm() {
    const recover = (data) => this.#mine.recover(String(data.get("recovery-code")), browserName());
    return form((data) => this.#do(() => recover(data), "The code fits. This browser opens what was sealed for it."),
      field("recovery-code", "Your recovery code", { maxlength: "60", ...CODE_FIELD }),
      h("p", { class: "actions" }, button("Use the code")));
  }

  /** Asked twice: nothing brings back what was sealed for the devices before. */
  #startOver(summary = "I have lost all my devices and the code") {
    const part = h("details", { class: "device-part" }, h("summary", {}, summary),
      h("p", {}, "You can start over: this browser becomes the first of a new list. What was sealed for other devices of yours "
        + "stays closed for good, they are put out, and everybody you have a mind-link with is warned."),
      h("p", { class: "actions" }, button("Start over…", () => part.append(this.#startOverSurely()), "ghost")));
    return part;
  }

  #startOverSurely() {
    const startOver = (data) => this.#mine.startOver(String(data.get("anew-name")).trim());
    const sure = h("div", { class: "device-sure" },
      form((data) => this.#do(() => startOver(data), "You have started over. Make a recovery code now."),
        h("p", {}, h("strong", {}, "Is everything really lost?"), " There is no way back."),
        field("anew-name", "What shall this browser be called?", { value: browserName(), maxlength: NAME_MOST }),
        h("p", { class: "actions" }, button("Start over, and lose what was sealed"),
          button("Not now", () => sure.remove(), "ghost"))));
    return sure;
  }

  #accept() {
    return this.#do(() => this.#mine.accept(), "Taken. Now add this browser.");
  }

  #forget() {
    return this.#do(() => this.#here.keyring.forget(), "The keys are gone from this browser.");
  }
}

function partOf(groups) {
  return h("ol", { class: "digit-groups own-part", "aria-label": "Your part" }, groups.map((five) => h("li", {}, five)));
}

/** What the page is drawn from, as a text. */
function keyOf({ state, device, person, waiting, hasRecovery, isCompared }) {
  return [state, device?.id, person.log.head, person.trouble, hasRecovery, isCompared, ...waiting.map(({ id }) => id)].join(" ");
}

/** "Firefox on Linux", as a proposal. */
function browserName() {
  const { userAgent } = navigator;
  const first = (names) => names.find(([sign]) => userAgent.includes(sign))?.[1];
  return [first(BROWSERS) ?? "Browser", first(SYSTEMS)].filter(Boolean).join(" on ");
}
