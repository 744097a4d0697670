/* A broadcast's page: how many have acknowledged it, as it goes on. */

import { find } from "../view/dom.js";
import { livePage, pageData } from "./page.js";

const ASK_MS = 3000;

const box = find("[data-progress]");

async function ask() {
  if (document.visibilityState !== "visible") return;
  let response;
  try {
    response = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
  } catch {
    return; // the connection line says that the server is not reached
  }
  if (!response.ok || response.redirected) return;
  const { acknowledged, recipients } = await response.json(), bar = box.querySelector("progress");
  find("[data-acknowledged]").textContent = acknowledged;
  find("[data-recipients]").textContent = recipients;
  bar.max = recipients || 1;
  bar.value = acknowledged;
}

livePage(pageData(), { isPlain: true }).client.start();
if (box) setInterval(ask, ASK_MS);
