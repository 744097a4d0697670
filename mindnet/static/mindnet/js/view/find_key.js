/* The key / leads to the search: in a room to that of the room, elsewhere to that of everything. */

const TYPES_INTO = "input, textarea, select, [contenteditable]";

/** Of the links on the page the last one leads nearest. A page with the search itself has its field. */
export function takeFindKey() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest(TYPES_INTO)) return;
    if (document.querySelector("dialog[open]")) return;
    const field = document.querySelector("[data-find-field]");
    const link = Array.from(document.querySelectorAll("[data-find]")).at(-1);
    if (field instanceof HTMLElement) field.focus();
    else if (link instanceof HTMLAnchorElement) location.assign(link.href);
    else return;
    event.preventDefault();
  });
}
