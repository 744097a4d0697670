/* Which folder may know what: client/ nothing of a browser, client/sealed/ nothing but bytes, view/ nothing of pages. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../static/mindnet/js/", import.meta.url);
const BROWSER = /\b(document|window|self|navigator|localStorage|sessionStorage|location|alert|matchMedia)\b/g;
const OUTSIDE = /\b(fetch|XMLHttpRequest|WebSocket|indexedDB|caches|setTimeout|Date)\b/g;
const IMPORT = /^(?:import|export)\b[^;]*?\bfrom ["']([^"']+)["'];/gm;
// Folder -> where its modules may import from.
const ALLOWED = {
  "client/sealed": /^\.\/\w+\.js$/,
  client: /^\.\/(sealed\/)?\w+\.js$/,
  view: /^(\.|\.\.\/client(\/sealed)?)\/\w+\.js$/,
  pages: /^(\.|\.\.\/client|\.\.\/view)\/\w+\.js$/,
};

const namesIn = (folder) => readdirSync(new URL(`${folder}/`, ROOT)).filter((name) => name.endsWith(".js"));
const source = (path) => readFileSync(new URL(path, ROOT), "utf8");
const code = (path) => source(path).replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
const matches = (folder, pattern) => namesIn(folder).flatMap((name) =>
  [...code(`${folder}/${name}`).matchAll(pattern)].map((match) => `${folder}/${name}: ${match[1]}`));

test("the client asks for nothing that only a page has", () => {
  assert.deepEqual(matches("client", BROWSER), []);
  assert.ok(matches("pages", BROWSER).includes("pages/lifecycle.js: window"), "the search finds what it looks for");
});

test("what seals asks for nothing but its arguments: no page, no network, no storage, no clock", () => {
  assert.deepEqual([...matches("client/sealed", BROWSER), ...matches("client/sealed", OUTSIDE)], []);
  assert.ok(matches("client", OUTSIDE).includes("client/rest.js: fetch"), "the search finds what it looks for");
});

test("imports point down: pages, view, client", () => {
  for (const [folder, allowed] of Object.entries(ALLOWED)) {
    const found = matches(folder, IMPORT);
    assert.ok(found.length > 0, folder);
    assert.deepEqual(found.filter((line) => !allowed.test(line.split(": ")[1])), []);
  }
});

test("pages and views import modules one by one, not the entry", () => {
  const found = [...matches("pages", IMPORT), ...matches("view", IMPORT)];
  assert.deepEqual(found.filter((line) => line.endsWith("/index.js")), []);
});

test("the entry exports whatever a module of the client does", async () => {
  const entry = await import(new URL("client/index.js", ROOT));
  for (const name of namesIn("client")) {
    for (const [key, value] of Object.entries(await import(new URL(`client/${name}`, ROOT)))) {
      assert.equal(entry[key], value, `${key} of ${name}`);
    }
  }
});

test("no module is longer than 400 lines", () => {
  for (const folder of Object.keys(ALLOWED)) {
    for (const name of namesIn(folder)) {
      assert.ok(source(`${folder}/${name}`).split("\n").length <= 401, `${folder}/${name}`);
    }
  }
});
