/* The guided session of one room as this page knows it: what the server told, and where it is by the server's clock.

     const session = new RoomSession(client, roomId);
     session.on("changed", () => …);        // another session, another leader, piece or sitting of one's own
     session.on("over", (ended) => …);      // it has ended; `ended.sat` is one's own sitting, or null
     session.at();                          // the moment: see timeline.js; null where nothing runs

   The page asks with `session.look` when it comes in and when a session begins; the rest arrives as events. */

import { CommandError } from "./connection.js";
import { Emitter } from "./emitter.js";
import { Timeline } from "./timeline.js";

/** @import { Client } from "./client.js" */
/** @import { News } from "./events.js" */
/** @import { Circle, Piece, Session, SessionState, Sitting } from "./shapes.js" */

const MEASURE_EVERY_MS = 60_000;
const ASK_AGAIN_MS = 1000;
const ASK_TIMES = 6;

/** @typedef {Session & {sat: Sitting | null}} EndedSession */

/** @extends {Emitter<{changed: [], over: [EndedSession]}>} */
export class RoomSession extends Emitter {
  /** @type {Session | null} */
  session = null;
  /** @type {Circle | null} */
  circle = null;
  /** @type {Piece | null} */
  piece = null;
  /** @type {Sitting | null} */
  sitting = null;
  /** @type {Timeline | null} */
  timeline = null;
  #client;
  #room;
  #measureTimer = 0;

  /**
   * @param {Client} client
   * @param {number} room
   */
  constructor(client, room) {
    super();
    this.#client = client;
    this.#room = room;
    client.rooms.on("event", (...news) => this.#event(news));
  }

  get isSitting() {
    return Boolean(this.sitting && !this.sitting.left_at);
  }

  get holdsPiece() {
    return this.piece?.holder?.id === this.#client.me.id;
  }

  get waitsForPiece() {
    return Boolean(this.piece?.queue.some(({ id }) => id === this.#client.me.id));
  }

  get mayLead() {
    return this.circle?.leader?.id === this.#client.me.id;
  }

  /** Where the session is now. */
  at() {
    return this.timeline ? this.timeline.at(this.#client.connection.now()) : null;
  }

  /**
   * The reply to room.enter says whether one runs.
   * @param {Session | null} session
   */
  async entered(session) {
    if (!session) return this.session ? this.#over({ ...this.session, ended_at: null }) : this.emit("changed");
    if (this.session && this.session.id !== session.id) this.#over(this.session);
    await this.#look();
  }

  /** @param {number} guide */
  start(guide) {
    return this.#client.request("session.start", { room: this.#room, guide });
  }

  end() {
    return this.#client.request("session.end", { room: this.#room });
  }

  async sit() {
    this.#take(await this.#client.request("session.sit", { room: this.#room }));
  }

  async rise() {
    this.#take(await this.#client.request("session.rise", { room: this.#room }));
  }

  async ask() {
    this.#setPiece(await this.#client.request("piece.ask", { room: this.#room }));
  }

  async pass() {
    this.#setPiece(await this.#client.request("piece.pass", { room: this.#room }));
  }

  /**
   * Who sat and for how long; only who did is told.
   * @param {number} id a session
   * @returns {Promise<Sitting[]>}
   */
  async sitters(id) {
    return (await this.#client.rest.getJson(`/sessions/${id}/sittings`, { limit: 100 })).results;
  }

  async #look() {
    try {
      this.#take(await this.#client.request("session.look", { room: this.#room }));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.code === "not_found" && this.session) this.#over(this.session);
    }
  }

  /** @param {SessionState} state */
  #take({ session, circle, piece, sitting, presence }) {
    Object.assign(this, { session, circle, piece, sitting, timeline: new Timeline(session) });
    this.#client.takePresence(presence);
    this.#keepInStep();
    this.emit("changed");
  }

  /** @param {News} news */
  #event([type, payload]) {
    if (type === "session.started" && payload.id !== this.session?.id) this.#began(payload);
    else if (type === "session.ended" && payload.id === this.session?.id) this.#over(payload);
    else if (type === "circle.changed") this.#setCircle(payload);
    else if (type === "piece.changed") this.#setPiece(payload);
  }

  /** @param {Session} session */
  #began(session) {
    if (this.session) this.#over(this.session);
    // What is sure already is shown at once; leader and piece come with the answer.
    Object.assign(this, { session, circle: null, piece: null, sitting: null, timeline: new Timeline(session) });
    this.#keepInStep();
    this.emit("changed");
    this.#look();
  }

  /** @param {Circle} circle */
  #setCircle(circle) {
    if (circle.session !== this.session?.id) return;
    this.circle = circle;
    this.emit("changed");
  }

  /** @param {Piece} piece */
  #setPiece(piece) {
    if (piece.session !== this.session?.id) return;
    this.piece = piece;
    this.emit("changed");
  }

  /** @param {Session} ended */
  #over(ended) {
    const sat = this.sitting;
    Object.assign(this, { session: null, circle: null, piece: null, sitting: null, timeline: null });
    clearInterval(this.#measureTimer);
    this.#measureTimer = 0;
    this.emit("over", { ...ended, sat });
    if (sat) this.#backFromMeditation();
  }

  /** In step with the others: the clock is measured at once, and again from time to time. */
  #keepInStep() {
    if (this.#measureTimer) return;
    const measure = () => this.#client.connection.measure();
    this.#measureTimer = setInterval(measure, MEASURE_EVERY_MS);
    measure();
  }

  /** The server rings the bell right after the end: until it has, one is asked for a few times. */
  async #backFromMeditation(times = ASK_TIMES) {
    if (this.#client.me.status !== "meditating" || !times) return;
    const presence = await this.#client.rest.ownPresence().catch(() => null);
    if (presence && presence.status !== "meditating") return this.#client.takePresence(presence);
    setTimeout(() => this.#backFromMeditation(times - 1), ASK_AGAIN_MS);
  }
}
