CREATE TABLE users (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, salt BLOB, password BLOB, status TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT ''
);
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, csrf TEXT NOT NULL, expires_at INTEGER NOT NULL
);
CREATE TABLE tokens (
    digest BLOB PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, expires_at INTEGER NOT NULL
);
CREATE TABLE rooms (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL,
    max_participants INTEGER NOT NULL, created_by INTEGER REFERENCES users, created_at TEXT NOT NULL,
    is_active INTEGER NOT NULL DEFAULT 1, last_seq INTEGER NOT NULL DEFAULT 0, participant_count INTEGER NOT NULL
);
CREATE TABLE participants (
    id INTEGER PRIMARY KEY, room_id INTEGER NOT NULL REFERENCES rooms, user_id INTEGER NOT NULL REFERENCES users,
    role TEXT NOT NULL, joined_at TEXT NOT NULL, is_active INTEGER NOT NULL DEFAULT 1,
    delivered_seq INTEGER NOT NULL DEFAULT 0, read_seq INTEGER NOT NULL DEFAULT 0, UNIQUE (room_id, user_id)
);
CREATE INDEX participants_user ON participants (user_id);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, room_id INTEGER NOT NULL REFERENCES rooms, sender_id INTEGER NOT NULL REFERENCES users,
    content TEXT NOT NULL, timestamp TEXT NOT NULL, edited_at TEXT, deleted_at TEXT, seq INTEGER NOT NULL,
    changed_seq INTEGER NOT NULL, nonce TEXT NOT NULL, reply_to INTEGER REFERENCES messages,
    has_reactions INTEGER NOT NULL DEFAULT 0,
    UNIQUE (room_id, seq), UNIQUE (room_id, changed_seq), UNIQUE (sender_id, nonce)
);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES messages, content TEXT NOT NULL, edited_at TEXT
);
CREATE INDEX versions_message ON versions (message_id);
CREATE TABLE reactions (
    id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES messages, user_id INTEGER NOT NULL REFERENCES users,
    emoji TEXT NOT NULL, UNIQUE (message_id, user_id, emoji)
);
