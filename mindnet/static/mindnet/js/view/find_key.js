/* The key / leads to the search: in a room to that of the room, elsewhere to that of everything. */

const TYPES_INTO = "input, textarea, select, [contenteditable]";

/** The link that stands last leads nearest. */
export function takeFindKey(links = () => document.querySelectorAll("[data-find]")) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (/** @type {Element} */ (event.target).closest(TYPES_INTO) || document.querySelector("dialog[open]")) return;
    const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-find-field]"));
    const link = Array.from(links()).at(-1);
    if (!field && !link) return;
    event.preventDefault();
    if (field) field.focus();
    else location.assign(link.getAttribute("href"));
  });
}
