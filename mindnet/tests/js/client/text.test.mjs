/* Addresses in a text, and one line of it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { codePoints, isSameEmoji, linkParts, snippet } from "../../../static/mindnet/js/client/text.js";

const hrefs = (text) => linkParts(text).filter(({ href }) => href).map(({ href }) => href);

test("only http and https become links", () => {
  const good = ["http://a.example", "https://b.example", "HTTPS://C.example"];
  assert.deepEqual(hrefs(good.join(" ")), good);
  assert.deepEqual(hrefs("javascript:alert(1) data:text/html,x www.example.org ftp://x.example mailto:a@b.c"), []);
});

test("the sentence's own punctuation stays outside the link", () => {
  assert.deepEqual(hrefs("See https://a.example/x."), ["https://a.example/x"]);
  assert.deepEqual(hrefs("(https://a.example/x)"), ["https://a.example/x"]);
  assert.deepEqual(hrefs("https://a.example/x_(y)"), ["https://a.example/x_(y)"]);
  assert.deepEqual(hrefs('<a href="https://a.example/">'), ["https://a.example/"]);
});

test("no letter is lost between the parts", () => {
  for (const text of ["", "plain", "a https://b.example, c https://d.example.", "x\nhttps://a.example\ny"]) {
    assert.equal(linkParts(text).map((part) => part.text).join(""), text);
  }
});

test("a snippet is one line, short, and never half a character", () => {
  assert.equal(snippet({ deleted: false, content: "a\n b\t c " }), "a b c");
  assert.equal(snippet({ deleted: true, content: "" }), "deleted");
  const long = snippet({ deleted: false, content: "👁".repeat(300) });
  assert.equal(codePoints(long), 120);
  assert.ok(long.isWellFormed?.() ?? true);
});

test("a heart in colours and one without are the same reaction", () => {
  assert.ok(isSameEmoji("❤\uFE0F", "❤"));
  assert.ok(isSameEmoji("🏳\u200D🌈", "🏳\uFE0F\u200D🌈"));
  assert.ok(!isSameEmoji("❤", "💜"));
});
