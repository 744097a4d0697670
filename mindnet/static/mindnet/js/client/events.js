/* Every event with its payload, as types: see mindnet/realtime/events.py. */

/** @import {
 *   Circle, Message, Participant, Piece, Presence, PresenceCounts, Psychic, Room, RoomEntry, Session
 * } from "./shapes.js" */

/**
 * @typedef {object} Hello
 * @property {number} protocol
 * @property {string} epoch
 * @property {string} connection_id
 * @property {Psychic} psychic
 * @property {number} heartbeat_seconds
 * @property {string} server_time
 * @property {Record<string, number>} limits
 * @property {RoomEntry[]} rooms
 */

/**
 * @typedef {object} Bye
 * @property {number} code
 * @property {string} reason
 * @property {boolean} reconnect
 * @property {number | null} retry_after
 * @property {string | null} until
 */

/**
 * @typedef {object} RoomGap
 * @property {number} room
 * @property {number} after
 * @property {number} last_seq
 */

/**
 * @typedef {object} RoomRemoval
 * @property {number} room
 * @property {"left" | "kick" | "ban" | "closed"} kind
 * @property {string | null} reason
 * @property {string | null} until
 */

/**
 * @typedef {object} Receipt
 * @property {number} room
 * @property {Psychic} psychic
 * @property {number} delivered_seq
 * @property {number} read_seq
 */

/**
 * What of a room is unread for oneself.
 * @typedef {object} UnreadChange
 * @property {number} room
 * @property {number} unread
 * @property {number} mentions
 * @property {number | null} unread_from
 */

/**
 * @typedef {object} TypingChange
 * @property {number} room
 * @property {Psychic[]} psychics
 */

/**
 * @typedef {object} PresenceChange
 * @property {number} room
 * @property {Presence[]} changes
 * @property {PresenceCounts} [counts]
 */

/**
 * @typedef {object} DevicesChange
 * @property {Psychic} psychic
 * @property {string} head of their device log, as it is now
 */

/**
 * @typedef {object} BroadcastReminder
 * @property {Message} message
 * @property {string} at
 */

/**
 * @typedef {{
 *   "hello": Hello,
 *   "message.created": Message,
 *   "message.updated": Message,
 *   "message.urgent": Message,
 *   "participant.joined": Participant,
 *   "participant.left": Participant,
 *   "participant.updated": Participant,
 *   "room.updated": Room,
 *   "room.added": RoomEntry,
 *   "room.removed": RoomRemoval,
 *   "room.gap": RoomGap,
 *   "receipt.updated": Receipt,
 *   "unread.updated": UnreadChange,
 *   "typing.changed": TypingChange,
 *   "presence.changed": PresenceChange,
 *   "session.started": Session,
 *   "session.ended": Session,
 *   "circle.changed": Circle,
 *   "piece.changed": Piece,
 *   "broadcast.reminder": BroadcastReminder,
 *   "devices.changed": DevicesChange,
 *   "bye": Bye,
 * }} Events
 */

/** @typedef {"message.created" | "message.updated"} NumberedType */
/** @typedef {{type: NumberedType, room: number, seq: number, payload: Message}} NumberedEvent */
/** @typedef {{type: "message.urgent", room: number, reason: string, payload: Message}} UrgentEvent */
/** @typedef {Exclude<keyof Events, "hello" | "message.urgent" | NumberedType>} OtherType */
/** @typedef {{[Type in OtherType]: {type: Type, room?: number, payload: Events[Type]}}[OtherType]} OtherEvent */

/**
 * What comes after `hello`, which a connection tells of by itself.
 * @typedef {NumberedEvent | UrgentEvent | OtherEvent} ServerEvent
 */

/**
 * An event as two values.
 * @typedef {{[Type in keyof Events]: [type: Type, payload: Events[Type]]}[keyof Events]} News
 */

export {};
