/* The own picture: chosen, it is sent at once, so that what stands unsaved in the form beside it is not lost. */

import { showPicture } from "./avatar.js";

const OWN = "/psychics/me/avatar";

export class PictureForm {
  #form;
  #remove;
  #file;
  #error;
  #status;
  #preview;

  constructor({ form, remove, preview }) {
    this.#form = form;
    this.#remove = remove;
    this.#preview = preview.querySelector(".avatar");
    this.#file = form.querySelector("input[type=file]");
    this.#error = form.querySelector("[data-picture-error]");
    this.#status = form.querySelector("[data-picture-status]");
    form.querySelector("[data-picture-send]").hidden = true;
    this.#file.addEventListener("change", () => this.#file.files.length && this.#upload(this.#file.files[0]));
    remove.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send("DELETE", null, "The picture is gone.");
    });
  }

  #upload(file) {
    if (file.size > Number(this.#file.dataset.most)) return this.#fail("This file is too large.");
    const body = new FormData();
    body.append("file", file);
    this.#send("PUT", body, "This is your picture now.");
  }

  async #send(method, body, words) {
    this.#show("", "One moment…");
    this.#form.setAttribute("aria-busy", "true");
    try {
      const token = this.#form.querySelector("[name=csrfmiddlewaretoken]").value;
      const headers = { Accept: "application/json", "X-CSRFToken": token };
      const response = await fetch(OWN, { method, body, headers, credentials: "same-origin" });
      const answer = response.status === 204 ? { avatar_url: null } : await response.json();
      if (!response.ok) return this.#fail(answer.errors?.file?.[0] ?? answer.detail);
      this.#draw(answer);
      this.#show("", words);
    } catch {
      this.#fail("The server is not reached. Try again.");
    } finally {
      this.#form.removeAttribute("aria-busy");
      this.#file.value = "";
    }
  }

  #draw({ avatar_url: url }) {
    if (!url && this.#remove.contains(document.activeElement)) this.#file.focus();
    this.#remove.hidden = !url;
    showPicture(this.#preview, url);
    const inHeader = document.querySelector("header.site .avatar");
    showPicture(inHeader, url && `${url}&small=1`);
  }

  #fail(words) {
    this.#file.setAttribute("aria-invalid", "true");
    this.#file.value = "";
    this.#show(words, "");
  }

  #show(error, status) {
    if (!error) this.#file.removeAttribute("aria-invalid");
    this.#error.textContent = error;
    this.#error.hidden = !error;
    this.#status.textContent = status;
  }
}
