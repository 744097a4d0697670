/* Elements out of names, attributes and children. Text goes in as text: nothing here parses HTML. */

const SVG = "http://www.w3.org/2000/svg";
const HUES = 8;

export const find = (selector) => document.querySelector(selector);

/** h("p", {class: "text", onclick: …}, "hello", child). Attributes that are null or false are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** What a person typed: isolated, so that its writing direction does not leak into the sentence around it. */
export const bdi = (text, attributes = {}) => h("bdi", attributes, text);

export const hue = (id) => `hue-${id % HUES}`;

/** Whether a click on a link asks for no other tab or window. */
export function isPlain(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

/** Calls at most once a frame; in a hidden tab, where there are no frames, within a quarter of a second. */
export function batched(work) {
  let isPlanned = false;
  const run = () => {
    isPlanned = false;
    work();
  };
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    if (document.visibilityState === "visible") requestAnimationFrame(run);
    else setTimeout(run, 250);
  };
}
