// What @asyncapi/parser has to say about asyncapi.json, as JSON.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync("asyncapi.json", "utf8"));
const complaints = diagnostics
  // What 3.1 adds is not used, and more tools read 3.0.
  .filter(({ code }) => code !== "asyncapi-latest-version")
  .map(({ code, path, message }) => `${path.join(".")}: ${message} (${code})`);
console.log(JSON.stringify({ complaints, messages: document.allMessages().all().map((message) => message.id()) }));
