/* A psychic's initial in their colour, and over it their picture where there is one. The template tag does the same. */

import { Pictures } from "../client/pictures.js";
import { Rest } from "../client/rest.js";
import { h, hue } from "./dom.js";

const SIDE = 34;

const rest = new Rest(location.origin);

export const pictures = new Pictures((ids) => rest.psychics(ids));

pictures.on("known", (psychic) => {
  for (const face of document.querySelectorAll(`.avatar[data-psychic="${Number(psychic.id)}"]`)) {
    showPicture(face, pictures.url(psychic));
  }
});

export function avatar(psychic) {
  const { id, username } = psychic;
  const face = h("span", { class: `avatar ${hue(id)}`, "aria-hidden": "true", "data-psychic": id },
    username.slice(0, 1).toUpperCase());
  showPicture(face, pictures.url(psychic));
  return face;
}

/** Puts a picture over an initial, or takes it away (`url` null). Its size is fixed by the style sheet. */
export function showPicture(face, url) {
  const image = face.querySelector("img");
  if (!url) return image?.remove();
  if (image) image.src = url;
  else face.append(h("img", { loading: "lazy", src: url, width: SIDE, height: SIDE, alt: "", decoding: "async" }));
}
