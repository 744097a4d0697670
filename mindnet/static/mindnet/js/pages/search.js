/* The page that finds what was said: what the server cannot read, the browser looks through by itself. */

import { find } from "../view/dom.js";
import { livePage, pageData } from "./page.js";

const { client } = livePage(pageData(), { isPlain: true });
client.start();

if (find("[data-sealed-search]")) {
  const { lookThrough } = await import("./sealed_search.js");
  lookThrough(client, JSON.parse(find("#sealed-search").textContent));
}
