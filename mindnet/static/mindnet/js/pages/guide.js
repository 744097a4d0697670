/* The editor of a guide: moves, adds and removes rows without asking the server, and adds up the length. The same
   buttons post the form where there are no scripts. */

import { lengthWords } from "../client/timeline.js";
import "./here.js";

const form = document.querySelector("[data-guide-form]");
const list = form.querySelector("[data-steps]");
const total = form.querySelector("[data-total]");
const LENGTH = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,5}(?:\.\d{1,3})?)$/;

function secondsOf(row) {
  const match = LENGTH.exec(row.querySelector("[name=length]").value.trim());
  if (!match || !row.querySelector("[name=kind]").value) return 0;
  const [, hours = 0, minutes = 0, seconds] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function addUp() {
  const sum = [...list.children].reduce((seconds, row) => seconds + secondsOf(row), 0);
  total.textContent = `${lengthWords(sum)} in all`;
}

/** Numbers the rows anew: what a button does, and what it is called, follows the place of its row. */
function renumber() {
  [...list.children].forEach((row, index) => {
    for (const field of row.querySelectorAll("select, input")) {
      row.querySelector(`label[for="${field.id}"]`).htmlFor = field.id = `${field.name}-${index}`;
    }
    const words = [`Step ${index + 1} up`, `Step ${index + 1} down`, `Remove step ${index + 1}`];
    row.querySelectorAll("[name=do]").forEach((button, position) => {
      button.value = button.value.replace(/\d+$/, String(index));
      button.querySelector(".hidden-text").textContent = words[position];
    });
  });
  addUp();
}

function add() {
  const row = list.lastElementChild.cloneNode(true);
  row.classList.remove("wrong");
  row.querySelector(".error")?.remove();
  for (const field of row.querySelectorAll("select, input")) {
    field.value = "";
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  list.append(row);
  renumber();
  row.querySelector("select").focus();
}

function remove(row) {
  if (list.children.length === 1) return;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  renumber();
  next.querySelector("select").focus();
}

function move(row, button, up) {
  if (up) row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  renumber();
  button.focus();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[name=do]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest(".step-row");
  if (button.value === "add") add();
  else if (button.value.startsWith("remove")) remove(row);
  else move(row, button, button.value.startsWith("up"));
});
form.addEventListener("input", addUp);
