// The same room page, reads and posts as an Express application: sessions and tokens from their tables, who may do what
// from the participants, EJS, compression, better-sqlite3.
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const compression = require("compression");
const express = require("express");
const rows = require("./rows.js");

const PAGE = 50;
const PAGE_MOST = 100;
const LISTED_PARTICIPANTS = 500;
const CONTENT_MOST = 4000;
const GROUP_MS = 300_000;

// What stands around the moving parts of the page, and beside them in its data: the same words as on ours.
const frame = JSON.parse(fs.readFileSync(process.env.FRAME, "utf8"));

const app = express();
app.set("view engine", "ejs");
app.set("views", path.join(__dirname, "views"));
app.set("etag", false);
app.disable("x-powered-by");
app.use((request, response, next) => {
  // gzip, as ours: nobody compares it with Brotli.
  if (request.headers["accept-encoding"]?.includes("gzip")) request.headers["accept-encoding"] = "gzip";
  next();
});
const isPage = (request, response) => String(response.getHeader("Content-Type")).startsWith("text/html");
app.use(compression({ filter: isPage }));
app.use(express.json());

class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

// Who asks

const cookie = (request, name) => {
  const found = request.headers.cookie?.split("; ").find((part) => part.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
};

function signedIn(request, response, next) {
  const [scheme, token] = request.headers.authorization?.split(" ") ?? [];
  const session = scheme ? undefined : cookie(request, "sessionid");
  request.user = scheme === "Token" ? rows.byToken(token) : session && rows.bySession(session);
  if (!request.user) throw new Refused(401, "Sign in first.");
  const isSafe = request.method === "GET" || request.method === "HEAD";
  const isForged = session && !isSafe && request.headers["x-csrftoken"] !== request.user.csrf;
  if (isForged) throw new Refused(403, "CSRF failed.");
  next();
}

app.post("/login", async (request, response) => {
  const user = await rows.signIn(request.body.username, request.body.password);
  if (!user) throw new Refused(403, "Wrong name or password.");
  const session = rows.beginSession(user);
  response.cookie("sessionid", session.id, { httpOnly: true, sameSite: "lax" }).json({ csrf: session.csrf });
});

app.post("/auth/token", async (request, response) => {
  const user = await rows.signIn(request.body.username, request.body.password);
  if (!user) throw new Refused(403, "Wrong name or password.");
  response.json({ token: rows.makeToken(user) });
});

// May they

function roomOf(request) {
  const room = rows.room(request.user, Number(request.params.room));
  if (!room) throw new Refused(404, "There is no such room.");
  return room;
}

function mayWrite(room) {
  if (!room.is_active) throw new Refused(403, "This room has ended.");
  if (!room.my_role) throw new Refused(403, "Join this room first.");
}

function content(request) {
  const text = request.body?.content;
  if (typeof text !== "string" || !text.trim()) throw new Refused(400, "A message must not be empty.");
  if ([...text].length > CONTENT_MOST) throw new Refused(400, `A message has at most ${CONTENT_MOST} characters.`);
  return text;
}

function number(request, name) {
  const text = request.query[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new Refused(400, "This must be a whole number.");
  return Number(text);
}

const limit = (request) => Math.max(1, Math.min(PAGE_MOST, number(request, "limit") ?? PAGE));
const listing = (results, more) => ({ next: null, previous: null, results, ...more });

// The page

const never = "max-age=0, no-cache, no-store, must-revalidate, private";
const escaped = { "<": "\\u003C", ">": "\\u003E", "&": "\\u0026" };
const asScript = (data) => JSON.stringify(data).replace(/[<>&]/g, (letter) => escaped[letter]);

/** Messages with what stands beside each: the day, whether it begins a group, what it answers. */
function items(messages, quoted) {
  const held = new Map([...messages, ...quoted].map((message) => [message.id, message]));
  let previous = null;
  return messages.map((message) => {
    const day = previous?.timestamp.slice(0, 10) === message.timestamp.slice(0, 10) ? null : message.timestamp;
    const isNear = previous && Date.parse(message.timestamp) - Date.parse(previous.timestamp) <= GROUP_MS;
    const first = day !== null || previous.sender.id !== message.sender.id || !isNear;
    previous = message;
    return { message, day, first, quote: held.get(message.reply_to) };
  });
}

app.get("/room/:room", signedIn, (request, response) => {
  const room = roomOf(request);
  const entries = rows.entries(request.user);
  const before = number(request, "before");
  const page = rows.history(room, { before, limit: PAGE });
  const quoted = rows.answeredBy(page.messages);
  const participants = rows.participants(room.id, LISTED_PARTICIPANTS);
  const { id, username, status, note } = request.user;
  const data = { me: { id, username, status, note, until: null }, ...frame.data, rooms: entries };
  if (before === undefined) {
    Object.assign(data, {
      room: { ...frame.room, id: room.id, last_seq: page.lastSeq, has_older: page.older !== null },
      messages: page.messages, quoted, participants,
    });
  }
  response.set("Cache-Control", never);
  response.render("room", {
    frame: frame.parts, room, entries, participants, me: id, items: items(page.messages, quoted), older: page.older,
    newer: page.newer, data: asScript(data),
  });
});

// REST

app.get("/rooms", signedIn, (request, response) => {
  response.json(listing(rows.rooms(request.user, limit(request))));
});

app.get("/rooms/:room/participants", signedIn, (request, response) => {
  response.json(listing(rows.participants(roomOf(request).id, limit(request))));
});

app.get("/rooms/:room/messages", signedIn, (request, response) => {
  const page = rows.history(roomOf(request), {
    before: number(request, "before"), after: number(request, "after"), limit: limit(request),
  });
  response.json(listing(page.messages, { first_seq: page.firstSeq, last_seq: page.lastSeq }));
});

app.post("/rooms/:room/messages", signedIn, (request, response) => {
  const room = roomOf(request);
  mayWrite(room);
  const nonce = request.body.nonce ?? crypto.randomUUID();
  const { id, isNew } = rows.post(request.user, room.id, content(request), nonce);
  response.status(isNew ? 201 : 200).json(rows.messageOf(id));
});

function messageOf(request) {
  const message = rows.messageOf(Number(request.params.message));
  const room = message && rows.room(request.user, message.room);
  if (!room) throw new Refused(404, "There is no such message.");
  return { message, room };
}

app.get("/messages/:message", signedIn, (request, response) => {
  response.json(messageOf(request).message);
});

app.patch("/messages/:message", signedIn, (request, response) => {
  const { message, room } = messageOf(request);
  mayWrite(room);
  if (message.sender.id !== request.user.id || message.deleted) throw new Refused(403, "Only one's own messages.");
  rows.edit(message, content(request));
  response.json(rows.messageOf(message.id));
});

app.use((error, request, response, next) => {
  if (!(error instanceof Refused)) console.error(error);
  response.status(error.status ?? 500).json({ detail: error.message });
});

app.listen(Number(process.env.PORT), "127.0.0.1");
