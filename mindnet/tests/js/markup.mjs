/* The page's grammar as a program: a text as JSON on each line in, its tree and its plain words on each line out. */

import { createInterface } from "node:readline";

import { parse, plain } from "../../static/mindnet/js/client/markup.js";

for await (const line of createInterface({ input: process.stdin })) {
  const tree = parse(JSON.parse(line));
  process.stdout.write(`${JSON.stringify([tree, plain(tree)])}\n`);
}
