// A stranger's program on the types that openapi-typescript made of /schema. Prints what it found as JSON.
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

type Message = components["schemas"]["Message"];

declare const process: { argv: string[] };

const [, , url, username, password] = process.argv as [string, string, string, string, string];
const anonymous = createClient<paths>({ baseUrl: url });

function got<T>(answer: { data?: T; error?: { code: string; detail: string } }): T {
  if (answer.data === undefined) throw new Error(answer.error?.detail ?? "no answer");
  return answer.data;
}

got(await anonymous.POST("/psychics", { body: { username, password } }));
const { token } = got(await anonymous.POST("/auth/token", { body: { username, password } }));
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Token ${token}` } });

const room = got(await client.POST("/rooms", { body: { name: "Attic", kind: "closed" } }));
const path = { room_id: room.id };
const posted: Message = got(
  await client.POST("/rooms/{room_id}/messages", { params: { path }, body: { content: "The candles are lit." } }),
);
const listed = got(await client.GET("/rooms/{room_id}/messages", { params: { path, query: { limit: 10 } } }));
const found = got(await client.GET("/messages/search", { params: { query: { q: "candles", room: room.id } } }));
const refused = await client.GET("/rooms/{room_id}", { params: { path: { room_id: 0 } } });

const reactions: number[] = Object.values(posted.reactions).flat();
const files: string[] = posted.attachments.map((attachment) => `${attachment.name} ${attachment.size}`);
console.log(
  JSON.stringify({
    posted: posted.content,
    listed: listed.results.map((message) => message.id === posted.id && message.sender.username === username),
    found: found.results.map((message) => message.content),
    nothing: [...reactions, ...files],
    refused: refused.error?.code,
  }),
);

// @ts-expect-error: no such kind of room
await client.POST("/rooms", { body: { name: "Cellar", kind: "secret" } }).catch(() => undefined);
