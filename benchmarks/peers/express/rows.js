// The database: who asks, may they, and what is there. better-sqlite3 with statements prepared once.
const crypto = require("node:crypto");
const Database = require("better-sqlite3");

const SESSION_MS = 14 * 24 * 3600 * 1000;

const db = new Database(process.env.DATABASE, { fileMustExist: true });
db.pragma("journal_mode = WAL");
// As ours is set: a commit survives the death of the process, a power failure may take the last ones with it.
db.pragma("synchronous = NORMAL");
db.pragma("foreign_keys = ON");

const MESSAGE = `SELECT m.id, m.room_id, m.seq, m.changed_seq, m.sender_id, u.username, m.content, m.timestamp,
    m.edited_at, m.deleted_at, m.reply_to, m.has_reactions, m.nonce
    FROM messages m JOIN users u ON u.id = m.sender_id`;
// Rooms that somebody may see, and their role in each.
const ROOM = `SELECT r.*, CASE r.kind WHEN 'broadcast' THEN 'participant' ELSE p.role END AS my_role,
    u.username AS created_by_name FROM rooms r
    LEFT JOIN participants p ON p.room_id = r.id AND p.user_id = :user AND p.is_active
    LEFT JOIN users u ON u.id = r.created_by
    WHERE (p.id IS NOT NULL OR r.kind = 'broadcast' OR r.kind = 'open' AND r.is_active)`;

const sql = {
  user: db.prepare("SELECT * FROM users WHERE username = ?"),
  session: db.prepare(`SELECT u.id, u.username, u.status, u.note, s.csrf FROM sessions s
    JOIN users u ON u.id = s.user_id WHERE s.id = ? AND s.expires_at > ?`),
  token: db.prepare(`SELECT u.id, u.username, u.status, u.note FROM tokens t JOIN users u ON u.id = t.user_id
    WHERE t.digest = ? AND t.expires_at > ?`),
  addSession: db.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?)"),
  addToken: db.prepare("INSERT INTO tokens VALUES (?, ?, ?)"),
  room: db.prepare(`${ROOM} AND r.id = :room`),
  rooms: db.prepare(`${ROOM} ORDER BY r.id LIMIT :limit`),
  entries: db.prepare(`SELECT r.id, r.name, r.kind, p.role, r.last_seq, p.delivered_seq, p.read_seq,
    CASE WHEN p.read_seq >= r.last_seq THEN 0 ELSE (SELECT COUNT(*) FROM (SELECT 1 FROM messages m
      WHERE m.room_id = r.id AND m.seq > p.read_seq AND m.sender_id <> p.user_id AND m.deleted_at IS NULL
      LIMIT 1000)) END AS unread, 0 AS mentions, NULL AS unread_from
    FROM participants p JOIN rooms r ON r.id = p.room_id WHERE p.user_id = ? AND p.is_active AND r.is_active
    ORDER BY r.id`),
  everyone: db.prepare(`SELECT id, name, kind, 'participant' AS role, last_seq, 0 AS delivered_seq, 0 AS read_seq,
    0 AS unread, 0 AS mentions, NULL AS unread_from FROM rooms WHERE kind = 'broadcast'`),
  participants: db.prepare(`SELECT p.room_id, p.role, p.joined_at, p.delivered_seq, p.read_seq, u.id, u.username,
    u.status, u.note FROM participants p JOIN users u ON u.id = p.user_id WHERE p.room_id = ? AND p.is_active
    ORDER BY p.id LIMIT ?`),
  before: db.prepare(`${MESSAGE} WHERE m.room_id = ? AND m.seq < ? ORDER BY m.seq DESC LIMIT ?`),
  after: db.prepare(`${MESSAGE} WHERE m.room_id = ? AND m.seq > ? ORDER BY m.seq LIMIT ?`),
  messages: db.prepare(`${MESSAGE} WHERE m.id IN (SELECT value FROM json_each(?))`),
  reactions: db.prepare(`SELECT message_id, emoji, user_id FROM reactions
    WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY id`),
  firstSeq: db.prepare("SELECT MIN(seq) AS seq FROM messages WHERE room_id = ?"),
  nextSeq: db.prepare("UPDATE rooms SET last_seq = last_seq + 1 WHERE id = ? AND is_active RETURNING last_seq"),
  sent: db.prepare("SELECT id, content FROM messages WHERE sender_id = ? AND nonce = ?"),
  addMessage: db.prepare(`INSERT INTO messages (room_id, sender_id, content, timestamp, seq, changed_seq, nonce)
    VALUES (:room, :user, :content, :now, :seq, :seq, :nonce)`),
  addVersion: db.prepare("INSERT INTO versions (message_id, content, edited_at) VALUES (?, ?, ?)"),
  edit: db.prepare("UPDATE messages SET content = ?, edited_at = ?, changed_seq = ? WHERE id = ?"),
};

// Who asks

const digest = (token) => crypto.createHash("sha512").update(token).digest();

async function signIn(username, password) {
  const user = sql.user.get(username);
  if (!user || !user.salt) return null;
  const derived = await new Promise((resolve, reject) => {
    crypto.scrypt(password, user.salt, 64, (error, key) => (error ? reject(error) : resolve(key)));
  });
  return crypto.timingSafeEqual(derived, user.password) ? user : null;
}

function beginSession(user) {
  const [id, csrf] = [24, 24].map((bytes) => crypto.randomBytes(bytes).toString("base64url"));
  sql.addSession.run(id, user.id, csrf, Date.now() + SESSION_MS);
  return { id, csrf };
}

function makeToken(user) {
  const token = crypto.randomBytes(32).toString("hex");
  sql.addToken.run(digest(token), user.id, Date.now() + SESSION_MS);
  return token;
}

const bySession = (id) => sql.session.get(id, Date.now());
const byToken = (token) => sql.token.get(digest(token), Date.now());

// What is there

function shapeOf(row, reactions) {
  return {
    id: row.id, room: row.room_id, seq: row.seq, changed_seq: row.changed_seq,
    sender: { id: row.sender_id, username: row.username }, message_type: "text",
    content: row.deleted_at ? "" : row.content, timestamp: row.timestamp, edited_at: row.edited_at,
    deleted: row.deleted_at !== null, reply_to: row.reply_to, attachments: [], reactions: reactions ?? {},
    nonce: row.nonce, urgent: false, mentions: [],
  };
}

/** Rows of messages as they go out, with who has reacted: another query where somebody has. */
function shapes(rows) {
  const reacted = rows.filter((row) => row.has_reactions).map((row) => row.id);
  const found = new Map();
  if (reacted.length) {
    for (const { message_id, emoji, user_id } of sql.reactions.all(JSON.stringify(reacted))) {
      if (!found.has(message_id)) found.set(message_id, {});
      (found.get(message_id)[emoji] ??= []).push(user_id);
    }
  }
  return rows.map((row) => shapeOf(row, found.get(row.id)));
}

/** A page of a room, oldest first, and from where it goes on; `after` or `before` a number, or the newest. */
function history(room, { before, after, limit }) {
  const rows = after !== undefined ? sql.after.all(room.id, after, limit + 1)
    : sql.before.all(room.id, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
  const hasMore = rows.length > limit;
  const page = rows.slice(0, limit);
  if (after === undefined) page.reverse();
  const messages = shapes(page);
  const first = messages.at(0)?.seq, last = messages.at(-1)?.seq;
  return {
    messages,
    older: (after === undefined ? hasMore : messages.length > 0) ? first : null,
    newer: (after !== undefined ? hasMore : before !== undefined) ? last : null,
    firstSeq: sql.firstSeq.get(room.id).seq,
    lastSeq: room.last_seq,
  };
}

/** Those that these answer and that are not among them. */
function answeredBy(messages) {
  const held = new Set(messages.map((message) => message.id));
  const missing = messages.map((message) => message.reply_to).filter((id) => id !== null && !held.has(id));
  return missing.length ? shapes(sql.messages.all(JSON.stringify(missing))) : [];
}

const messageOf = (id) => shapes(sql.messages.all(JSON.stringify([id])))[0];

const participants = (roomId, limit) => sql.participants.all(roomId, limit).map((row) => ({
  room: row.room_id,
  psychic: { id: row.id, username: row.username, status: row.status, note: row.note, until: null, last_online: null },
  role: row.role, joined_at: row.joined_at, delivered_seq: row.delivered_seq, read_seq: row.read_seq,
}));

const roomShape = (row) => ({
  id: row.id, name: row.name, description: row.description, kind: row.kind, max_participants: row.max_participants,
  participants: row.participant_count,
  created_by: row.created_by === null ? null : { id: row.created_by, username: row.created_by_name },
  created_at: row.created_at, is_active: row.is_active === 1, slow_mode_seconds: 0, last_seq: row.last_seq,
  my_role: row.my_role,
});

// What is written

/** The id of the message, and whether it is new: one nonce is one message. */
const post = db.transaction((user, roomId, content, nonce) => {
  const sent = sql.sent.get(user.id, nonce);
  if (sent) return { id: sent.id, isNew: false };
  const { last_seq: seq } = sql.nextSeq.get(roomId);
  const now = new Date().toISOString();
  const { lastInsertRowid } = sql.addMessage.run({ room: roomId, user: user.id, content, now, seq, nonce });
  return { id: Number(lastInsertRowid), isNew: true };
});

const edit = db.transaction((message, content) => {
  const { last_seq: seq } = sql.nextSeq.get(message.room);
  sql.addVersion.run(message.id, message.content, message.edited_at ?? message.timestamp);
  sql.edit.run(content, new Date().toISOString(), seq, message.id);
});

module.exports = {
  signIn, beginSession, makeToken, bySession, byToken, history, answeredBy, messageOf, participants, roomShape,
  room: (user, id) => sql.room.get({ user: user.id, room: id }),
  rooms: (user, limit) => sql.rooms.all({ user: user.id, limit }).map(roomShape),
  entries: (user) => [...sql.everyone.all(), ...sql.entries.all(user.id)],
  post: post.immediate,
  edit: edit.immediate,
};
