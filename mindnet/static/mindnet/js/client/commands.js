/* Every command with what it carries and what answers it, as types: see mindnet/socket/commands.py and payloads.py. */

/** @import {
 *   ChosenStatus, DeviceList, Message, Participant, Piece, Presence, PresenceCounts, Psychic, Room, SentType, Session,
 *   SessionState
 * } from "./shapes.js" */

/** @typedef {Record<string, never>} Empty */

/**
 * @typedef {object} RoomPayload
 * @property {number} room
 */

/**
 * @typedef {object} JoinPayload
 * @property {number} room
 * @property {string | null} [invitation]
 */

/**
 * @typedef {object} EnterPayload
 * @property {number | null} room
 */

/**
 * @typedef {object} SendPayload
 * @property {number} room
 * @property {string} content
 * @property {string | null} [nonce]
 * @property {SentType} [message_type]
 * @property {number | null} [reply_to]
 * @property {string[]} [attachments]
 * @property {boolean} [urgent]
 * @property {string | null} [urgent_reason]
 */

/**
 * @typedef {object} EditPayload
 * @property {number} id
 * @property {string} content
 */

/**
 * @typedef {object} MessagePayload
 * @property {number} id
 */

/**
 * @typedef {object} ReactPayload
 * @property {number} id
 * @property {string} emoji
 * @property {boolean} on
 */

/**
 * @typedef {object} WatermarkPayload
 * @property {number} room
 * @property {number} seq
 */

/**
 * @typedef {object} SyncPayload
 * @property {Record<string, number>} rooms
 * @property {string | null} [epoch]
 */

/**
 * @typedef {object} TypingPayload
 * @property {number} room
 * @property {boolean} on
 */

/**
 * @typedef {object} PresencePayload
 * @property {ChosenStatus} status
 * @property {string | null} [note]
 * @property {string | null} [until]
 */

/**
 * @typedef {object} SessionPayload
 * @property {number} room
 * @property {number} guide
 */

/**
 * @typedef {object} BroadcastPayload
 * @property {string} content
 * @property {number[] | null} [rooms]
 * @property {string | null} [nonce]
 * @property {boolean} [require_ack]
 */

/**
 * @typedef {object} PingReply
 * @property {string} server_time
 */

/**
 * @typedef {object} SendReply
 * @property {number} id
 * @property {number} seq
 * @property {string} timestamp
 * @property {string} nonce
 * @property {boolean} duplicate
 * @property {Psychic[]} held_for who meditates, and gets it at the bell
 */

/**
 * @typedef {object} EnterReply
 * @property {Room} room
 * @property {Participant[]} participants
 * @property {Psychic[]} typing
 * @property {Session | null} session
 * @property {PresenceCounts} [counts]
 */

/**
 * @typedef {object} SyncedRoom
 * @property {Message[]} messages
 * @property {number} seq
 * @property {boolean} complete
 * @property {boolean} [reset]
 */

/**
 * @typedef {object} SyncReply
 * @property {Record<string, SyncedRoom>} rooms
 */

/**
 * @typedef {object} BroadcastPlace
 * @property {number} room
 * @property {number} id
 * @property {number} seq
 */

/**
 * @typedef {object} BroadcastReply
 * @property {BroadcastPlace[]} messages
 * @property {number} recipients
 */

/**
 * @typedef {{
 *   "ping": {payload: Empty, reply: PingReply},
 *   "room.join": {payload: JoinPayload, reply: Participant},
 *   "room.leave": {payload: RoomPayload, reply: Empty},
 *   "room.enter": {payload: EnterPayload, reply: EnterReply | Empty},
 *   "message.send": {payload: SendPayload, reply: SendReply},
 *   "message.edit": {payload: EditPayload, reply: Message},
 *   "message.delete": {payload: MessagePayload, reply: Message},
 *   "message.react": {payload: ReactPayload, reply: Message},
 *   "message.delivered": {payload: WatermarkPayload, reply: Empty},
 *   "message.read": {payload: WatermarkPayload, reply: Empty},
 *   "sync": {payload: SyncPayload, reply: SyncReply},
 *   "typing": {payload: TypingPayload, reply: Empty},
 *   "presence.set": {payload: PresencePayload, reply: Presence},
 *   "session.start": {payload: SessionPayload, reply: Session},
 *   "session.end": {payload: RoomPayload, reply: Session},
 *   "session.look": {payload: RoomPayload, reply: SessionState},
 *   "session.sit": {payload: RoomPayload, reply: SessionState},
 *   "session.rise": {payload: RoomPayload, reply: SessionState},
 *   "piece.ask": {payload: RoomPayload, reply: Piece},
 *   "piece.pass": {payload: RoomPayload, reply: Piece},
 *   "broadcast.send": {payload: BroadcastPayload, reply: BroadcastReply},
 *   "broadcast.ack": {payload: MessagePayload, reply: Empty},
 * }} Commands
 */

/**
 * `held`: of a message, whether it waits for a moderator. `lists`: with `device_list_changed`, unless they are long.
 * @typedef {{
 *   code: string, detail: string, retry_after?: number, reason?: string, until?: string | null, held?: boolean,
 *   lists?: DeviceList[],
 * }} Refusal
 */

/** @typedef {{type: "reply", ref: string, ok: true, payload: any}} GrantedReply */
/** @typedef {{type: "reply", ref: string, ok: false, error: Refusal}} RefusedReply */
/** @typedef {GrantedReply | RefusedReply} Reply */

export {};
