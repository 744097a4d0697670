/* What the keys do to a selection, and where Enter is a new line. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { formatted, isInCode } from "../../../static/mindnet/js/view/formatting.js";

/* The selection stands between two angles: "a ‹b› c". */
function press(key, marked) {
  const start = marked.indexOf("‹"), end = marked.indexOf("›") - 1;
  const text = marked.replace(/[‹›]/g, "");
  const { from, to, by, select } = formatted(text, start, end, key);
  const after = text.slice(0, from) + by + text.slice(to);
  return `${after.slice(0, select[0])}‹${after.slice(...select)}›${after.slice(select[1])}`;
}

test("a mark goes around what is selected, and off again", () => {
  for (const [key, mark] of [["b", "**"], ["i", "*"], ["e", "`"], ["X", "~~"]]) {
    assert.equal(press(key, "a ‹b› c"), `a ${mark}‹b›${mark} c`);
    assert.equal(press(key, `a ${mark}‹b›${mark} c`), "a ‹b› c");
    assert.equal(press(key, "a ‹›"), `a ${mark}‹›${mark}`);
  }
});

test("bold and slanted do not take each other's asterisks", () => {
  assert.equal(press("i", "**‹a›**"), "***‹a›***");
  assert.equal(press("b", "*‹a›*"), "***‹a›***");
  assert.equal(press("i", "***‹a›***"), "**‹a›**");
  assert.equal(press("b", "***‹a›***"), "*‹a›*");
});

test("spaces at the edges stay outside, lines of code get a block", () => {
  assert.equal(press("b", "‹ a b ›c"), " **‹a b›** c");
  assert.equal(press("e", "‹a\nb›"), "```\n‹a\nb›\n```");
});

test("a link asks for what is missing", () => {
  assert.equal(press("k", "see ‹this›"), "see [this](‹https://›)");
  assert.equal(press("k", "‹https://x.org/a›"), "[‹›](https://x.org/a)");
});

test("other keys do nothing", () => {
  for (const key of ["a", "B", "x", "Enter"]) assert.equal(formatted("a", 0, 1, key), null);
});

test("a block of code is open until its fence", () => {
  for (const text of ["```", "```py\na", "a\n````\n```\nb", "```\na\n```\n```\nb"]) assert.ok(isInCode(text), text);
  for (const text of ["", "``` a ```", "```\na\n```", "a\n```b\nc\n````\n"]) assert.ok(!isInCode(text), text);
});
