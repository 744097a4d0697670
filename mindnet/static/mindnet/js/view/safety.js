/* The number that two people compare, and the warning where it has become another.

   The picture is drawn here and not by the server: whoever stands between the two would draw the one that fits. */

import { availability } from "../client/keyring.js";
import { qrCode } from "../client/sealed/qr_code.js";
import { bdi, h } from "./dom.js";
import { button, failedWords, keyringHere, oneMoment, troubleWords, UNAVAILABLE, warning } from "./keyring_here.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; // modules around it

export async function showSafety(root) {
  root.replaceChildren(oneMoment());
  const can = await availability();
  if (!can.ok) return root.replaceChildren(warning(UNAVAILABLE[can.why]));
  return new SafetyView(root, await keyringHere()).start();
}

class SafetyView {
  #root;
  #here;
  #other;

  constructor(root, here) {
    const { other, name } = root.dataset;
    this.#root = root;
    this.#here = here;
    this.#other = { id: Number(other), username: name };
  }

  start() {
    const again = () => this.#root.isConnected ? this.#draw() : document.removeEventListener("mindnet:devices", again);
    document.addEventListener("mindnet:devices", again);
    return this.#draw();
  }

  async #draw(done = "") {
    try {
      const { keyring } = this.#here;
      const link = await keyring.linkFor({ room: Number(this.#root.dataset.room), other: this.#other });
      const safety = await keyring.safety(link), status = h("p", { class: "muted", role: "status", tabindex: "-1" }, done);
      const parts = [this.#troubles(link), safety.number ? this.#compared(link, safety) : this.#missing(link)];
      this.#root.replaceChildren(...parts.flat().filter(Boolean), status);
      if (done) status.focus(); // what was pressed is no longer there
    } catch (error) {
      this.#root.replaceChildren(h("p", { class: "error", role: "alert" }, failedWords(error)));
    }
  }

  #missing(link) {
    const { username } = this.#other, isMine = !link.log(this.#here.me.id).root;
    return [
      h("p", {}, "There is no number yet: ", isMine ? "you have no device." : [bdi(username), " has no device."]),
      isMine && h("p", { class: "actions" }, ownDevices("button")),
    ];
  }

  #troubles(link) {
    const mine = link.person(this.#here.me.id), theirs = link.person(this.#other.id);
    return [
      mine.trouble && warning(h("p", {}, troubleWords(mine.trouble)), h("p", {}, ownDevices())),
      theirs.trouble === "other_root" ? this.#changed(link) : theirs.trouble
        && warning(h("p", {}, troubleWords(theirs.trouble)), h("p", {}, "Nothing is sent until that is settled.")),
    ];
  }

  /** Another root: somebody who has lost everything, or somebody else. */
  #changed(link) {
    const { username } = this.#other;
    return warning(
      h("p", {}, bdi(username), "’s devices begin anew, with another first device, and so does the number. Nothing is sent "
        + "until you decide."),
      h("p", {}, "They may have lost all devices and started over. Or somebody is posing as them. Ask them in another way, "
        + "best with this number."),
      h("p", { class: "actions" }, button(`It is ${username}: go on`, async () => {
        await this.#here.keyring.accept(link, this.#other.id);
        document.dispatchEvent(new CustomEvent("mindnet:changed"));
        await this.#draw("Taken. Messages are sealed for their new devices.");
      }, "small")));
  }

  #compared(link, { number, compared }) {
    const { username } = this.#other, isOpen = link.person(this.#other.id).trouble === "other_root";
    return [
      compared === "other" && warning(h("p", {}, "The number you had compared was another one. Compare again.")),
      h("ol", { class: "digit-groups", "aria-label": "Safety number" }, number.map((five) => h("li", {}, five))),
      picture(number.join("")),
      h("p", {}, "Read it to each other, or hold both screens side by side. A camera that reads the picture shows the same "
        + "digits."),
      !isOpen && (compared === "yes"
        ? h("p", { class: "compared" }, "You have compared it: it is the same for both of you.")
        : h("p", { class: "actions" }, button("We have compared: it is the same", async () => {
          await this.#here.keyring.setCompared(link, number);
          await this.#draw(`Noted in this browser. You will be warned when ${username}’s first device becomes another.`);
        }))),
    ];
  }
}

function ownDevices(kind = null) {
  return h("a", { class: kind, href: "/settings/devices", "data-sheet": true }, "Your devices");
}

/** Black on white with a margin of its own, so that it is read in the dark as well. */
function picture(digits) {
  const modules = qrCode(digits), size = modules.length + 2 * QUIET;
  const drawn = modules.flatMap((row, y) => row.flatMap((isDark, x) => isDark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : []));
  const svg = svgElement("svg", {
    viewBox: `0 0 ${size} ${size}`, class: "digit-picture", role: "img", "aria-label": "The same digits as a QR code",
    "shape-rendering": "crispEdges",
  });
  const ground = svgElement("rect", { width: size, height: size, fill: "#fff" });
  svg.append(ground, svgElement("path", { d: drawn.join(""), fill: "#000" }));
  return svg;
}

function svgElement(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
