/* What is begun at the caret, and what fits it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { best, completed, fit, nameAt, wordAt } from "../../../static/mindnet/js/client/completion.js";

/** With the caret where the bar is. */
const at = (marked, find = wordAt) => find(marked.replace("|", ""), marked.indexOf("|"));
const begun = (marked) => {
  const found = at(marked);
  return found && found.sign + found.word;
};

test("a word begins with its sign, where no other word goes on", () => {
  for (const [marked, word] of [
    ["@|", "@"], ["hello @pa|", "@pa"], ["@pa| and so on", "@pa"], ["(@a.b|", "@a.b"], ["so\n@pa|", "@pa"],
    [":sm|", ":sm"], ["a :smi| b", ":smi"], ["👁:eye|", ":eye"], [":+1|", ":+1"],
  ]) assert.equal(begun(marked), word, marked);
});

test("what only looks like one is none", () => {
  for (const marked of [
    "|", "pa|", "ada@exa|", "https://host/@pa|", "@pa|ul", "@ |", "@p a|", "@@pa|",
    ":|", ":s|", "10:30|", "see:this|", "http://ho|", "::ab|", ":sm|ile", ":sm ile|",
  ]) assert.equal(begun(marked), null, marked);
});

test("a name between two colons is one that was written out", () => {
  assert.deepEqual(at("so :smile:|", nameAt), { sign: ":", word: "smile", start: 3, end: 10 });
  for (const marked of ["10:30:|", ":smile: |", ":a b:|", "::|"]) assert.equal(at(marked, nameAt), null, marked);
});

test("what is chosen takes the place of what was begun, with one space behind it", () => {
  assert.deepEqual(completed("so @pa", at("so @pa|"), "@paul"), { text: "so @paul ", caret: 9 });
  assert.deepEqual(completed("so @pa and", at("so @pa| and"), "@paul"), { text: "so @paul and", caret: 9 });
  assert.deepEqual(completed(":sm!", at(":sm|!"), "😄"), { text: "😄 !", caret: 3 });
});

test("the best fit comes first, among equals the given order", () => {
  assert.deepEqual(["smile", "Smiley", "cat-smile", "besmirched", "frown"].map((name) => fit(name, "sm")), [1, 1, 2, 3, null]);
  const names = ["x_sm", "asm", "smith", "SM", "smart", "none"];
  assert.deepEqual(best(names, "Sm", (name) => [name], 4), ["SM", "smith", "smart", "x_sm"]);
  assert.deepEqual(best([["one", "two"], ["three"]], "t", (one) => one, 9), [["one", "two"], ["three"]]);
  assert.deepEqual(best(names, "", (name) => [name], 2), ["x_sm", "asm"]);
});
