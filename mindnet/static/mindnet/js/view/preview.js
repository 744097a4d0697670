/* A small picture of a file that is not sent yet. */

import { h, icon } from "./dom.js";

// What every browser draws. Anything else has a sign in its place.
const DRAWN = /^image\/(avif|gif|jpeg|png|webp)$/;

/** A place for it, that is filled once `blob`, or what it promises, is there. The address is given back at once: what
    has been drawn stays drawn. */
export function preview(type, blob) {
  const place = h("span", { class: "preview", "aria-hidden": "true" }, icon("file"));
  if (DRAWN.test(type)) Promise.resolve(blob).then((found) => found && draw(place, found));
  return place;
}

function draw(place, blob) {
  const url = URL.createObjectURL(blob);
  const image = h("img", { alt: "", onload: () => place.replaceChildren(image) });
  for (const type of ["load", "error"]) image.addEventListener(type, () => URL.revokeObjectURL(url));
  image.src = url;
}
