/* Every noun that crosses the wire, as a type. No code: no page loads this module.

   Named as in mindnet/realtime/shapes.py; a test compares the fields. Times are ISO 8601 in UTC. */

/** @typedef {"online" | "away" | "meditating" | "invisible"} ChosenStatus */
/** @typedef {ChosenStatus | "offline"} Status */
/** @typedef {"owner" | "moderator" | "participant"} Role */
/** @typedef {"open" | "closed" | "private" | "meditation" | "broadcast"} RoomKind */
/** @typedef {"text" | "image" | "file" | "sealed"} SentType */
/** @typedef {SentType | "system" | "broadcast"} MessageType */

/**
 * @typedef {object} Psychic
 * @property {number} id
 * @property {string} username
 */

/**
 * A psychic where presence is meant.
 * @typedef {object} Presence
 * @property {number} id
 * @property {string} username
 * @property {Status} status
 * @property {string} note
 * @property {string | null} until
 * @property {string | null} last_online
 */

/**
 * @typedef {object} Attachment
 * @property {string} id
 * @property {string} name
 * @property {string} media_type
 * @property {number} size in bytes
 * @property {number | null} width
 * @property {number | null} height
 * @property {number | null} seconds
 * @property {string} url
 * @property {string | null} thumbnail_url
 */

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {number} room
 * @property {number} seq
 * @property {number} changed_seq
 * @property {Psychic} sender
 * @property {MessageType} message_type
 * @property {string} content
 * @property {string} timestamp
 * @property {string | null} edited_at
 * @property {boolean} deleted
 * @property {number | null} reply_to
 * @property {Attachment[]} attachments
 * @property {Record<string, number[]>} reactions emoji -> ids of psychics, the first 100
 * @property {string} nonce
 * @property {boolean} urgent
 * @property {number[]} mentions ids of the psychics whom the text means
 * @property {Record<string, number>} [reaction_counts] emoji -> how many, where not all are named
 */

/**
 * @typedef {object} Room
 * @property {number} id
 * @property {string} name
 * @property {string} description
 * @property {RoomKind} kind
 * @property {number} max_participants
 * @property {number} participants
 * @property {Psychic | null} created_by
 * @property {string} created_at
 * @property {boolean} is_active
 * @property {number} slow_mode_seconds
 * @property {number} last_seq
 * @property {Role | null} [my_role] left out in events, which are the same for everybody
 */

/**
 * @typedef {object} Participant
 * @property {number} room
 * @property {Presence} psychic
 * @property {Role} role
 * @property {string} joined_at
 * @property {number} delivered_seq
 * @property {number} read_seq
 */

/**
 * One room in `hello`, and the payload of `room.added`.
 * @typedef {object} RoomEntry
 * @property {number} id
 * @property {string} name
 * @property {RoomKind} kind
 * @property {Role} role
 * @property {number} last_seq
 * @property {number} delivered_seq
 * @property {number} read_seq
 * @property {number} unread
 * @property {number} mentions how many of the unread messages mean oneself
 * @property {number | null} unread_from where one's own marker stands
 */

/**
 * How many look at a room in which way, where they are too many to be named.
 * @typedef {object} PresenceCounts
 * @property {number} online
 * @property {number} away
 * @property {number} meditating
 * @property {number} offline
 */

/**
 * @typedef {object} Step
 * @property {number} at seconds from the start
 * @property {"bell" | "prompt" | "breath" | "silence" | "sharing"} kind
 * @property {string} text
 * @property {number} seconds
 */

/**
 * @typedef {object} Session
 * @property {number} id
 * @property {number} room
 * @property {number | null} guide
 * @property {string} started_at
 * @property {string | null} ended_at
 * @property {Step[]} steps
 */

/**
 * @typedef {object} Circle
 * @property {number} room
 * @property {number} session
 * @property {string} name
 * @property {Psychic | null} leader
 * @property {number} sitting
 */

/**
 * @typedef {object} Piece
 * @property {number} room
 * @property {number} session
 * @property {Psychic | null} holder
 * @property {string | null} until
 * @property {Psychic[]} queue
 */

/**
 * @typedef {object} Sitting
 * @property {number} id
 * @property {number} session
 * @property {number} room
 * @property {string} name
 * @property {Psychic} psychic
 * @property {string} joined_at
 * @property {string | null} left_at
 * @property {number} seconds
 */

/**
 * A running session as one psychic finds it.
 * @typedef {object} SessionState
 * @property {Session} session
 * @property {Circle} circle
 * @property {Piece} piece
 * @property {Sitting | null} sitting
 * @property {Presence} presence
 */

/**
 * A device for sealed mind-links: its card, signed by itself, and what stands in it.
 * @typedef {object} Device
 * @property {string} id
 * @property {"device" | "recovery"} kind
 * @property {string} name
 * @property {string} card
 * @property {string} signature
 */

/**
 * @typedef {object} DeviceLogEntry
 * @property {string} statement
 * @property {string} signature
 */

/**
 * @typedef {object} DeviceList
 * @property {Psychic} psychic
 * @property {DeviceLogEntry[]} log
 * @property {string | null} head
 * @property {Device[]} devices those that are live
 */

export {};
