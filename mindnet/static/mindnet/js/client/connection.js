/* One WebSocket to /connect, kept alive.

     const connection = new Connection("wss://host/connect");
     connection.on("state", (state) => …);     // {name, …}, see below
     connection.on("hello", (payload) => …);   // once for every new socket, before any other event of it
     connection.on("event", (event) => …);     // {type, room?, seq?, payload}
     connection.start();
     const reply = await connection.request("message.send", {room: 12, content: "hello"});

   States: `idle`, `connecting`, `live`, `waiting` (for `retryAt`, in ms of Date.now), `stopped` (with `code` and
   `reason`: the server said not to come back, or the sign-in is gone). `start()` leaves `stopped` again.

   A request is answered exactly once: with the reply's payload, or with a CommandError whose `code` is the server's
   word for it or `connection_lost`, which says that the outcome is unknown. There is no queue here: what must not be
   lost belongs into the outbox.

   Reconnecting takes full jitter from 0.5 s doubling to 20 s, so that a thousand clients of a restarted server do not
   come back in one moment. When the network or the tab comes back it tries at once. */

import { ServerClock } from "./clock.js";
import { Emitter } from "./emitter.js";

/** @import { Commands, Refusal, Reply } from "./commands.js" */
/** @import { Bye, Hello, ServerEvent } from "./events.js" */

const FIRST_DELAY_SECONDS = 0.5;
const LONGEST_DELAY_SECONDS = 20;
const HANDSHAKE_SECONDS = 15;
const ANSWER_SECONDS = 10;
// The server answers every command within 10 s; a little more for the way.
const COMMAND_SECONDS = 15;
// A socket that lived this long was a good one: the next loss starts with the short delay again.
const STEADY_SECONDS = 10;
// Between the pings that measure the clock: one after the other, so that they do not wait for each other.
const MEASURE_PAUSE_MS = 120;
const RESTART = 1012;
const SESSION_ENDED = 4501;

/** @typedef {{name: "idle"} | {name: "connecting"} | {name: "live"}} GoingState */
/** @typedef {{name: "waiting", retryAt: number, isRestart: boolean}} WaitingState */
/** @typedef {{name: "stopped", code: number, reason: string, until?: string | null}} StoppedState */
/** @typedef {GoingState | WaitingState | StoppedState} ConnectionState */
/** @typedef {{state: [ConnectionState], hello: [Hello], event: [ServerEvent], heartbeat: []}} ConnectionEvents */
/** @typedef {{resolve: (payload: any) => void, reject: (error: CommandError) => void, timer: number}} Pending */

// Refusals that pass by themselves. Everything else is the server's last word.
const PASSING = new Set(["connection_lost", "rate_limited", "overloaded", "unavailable"]);

// A sign-in has run out or changed: the next one, in another tab, brings others.
const OF_SIGN_IN = new Set(["not_authenticated", "csrf_failed"]);

export class CommandError extends Error {
  /** @param {Refusal} refusal */
  constructor({ code, detail, retry_after: retryAfter, reason, until, held, lists }) {
    super(detail);
    this.code = code;
    this.retry_after = retryAfter;
    this.reason = reason;
    this.until = until;
    this.held = held;
    this.lists = lists;
  }

  get isOfSignIn() {
    return OF_SIGN_IN.has(this.code);
  }

  /** Whether the same may be taken later. */
  get isPassing() {
    return PASSING.has(this.code);
  }
}

/**
 * Full jitter: anything up to the delay of this attempt.
 * @param {number} attempt counted from 0
 */
export function backoffSeconds(attempt, random = Math.random) {
  return random() * Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** attempt);
}

/** @param {number} code of the close */
export function mayReconnect(code) {
  return !(code >= 4500 && code < 5000);
}

/** @extends {Emitter<ConnectionEvents>} */
export class Connection extends Emitter {
  /** @type {ConnectionState} */
  state = { name: "idle" };
  heartbeatSeconds = 25;
  lastHeard = 0;
  #url;
  #signedIn;
  #openSocket;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  #ref = 0;
  #attempt = 0;
  /** @type {Bye | null} */
  #bye = null;
  #openedAt = 0;
  #notBefore = 0;
  #retryTimer = 0;
  #pingTimer = 0;
  #answerTimer = 0;
  #clock = new ServerClock();

  /**
   * `signedIn` is asked after a refused handshake: the browser does not tell why a socket did not open. `openSocket`
   * is for whom cookies do not make known.
   * @param {string} url
   * @param {{signedIn?: () => Promise<boolean>, openSocket?: (url: string) => WebSocket}} options
   */
  constructor(url, { signedIn = async () => true, openSocket = (address) => new WebSocket(address) } = {}) {
    super();
    this.#url = url;
    this.#signedIn = signedIn;
    this.#openSocket = openSocket;
  }

  get isLive() {
    return this.state.name === "live";
  }

  /** The server's time in ms. */
  now() {
    return this.#clock.now();
  }

  /** Asks for the server's time several times, for who has to be in step with others. */
  async measure(pings = 6) {
    for (let ping = 0; ping < pings && this.isLive; ping++) {
      await this.#ping(ANSWER_SECONDS);
      await new Promise((resolve) => setTimeout(resolve, MEASURE_PAUSE_MS));
    }
  }

  start() {
    if (["connecting", "live"].includes(this.state.name)) return;
    this.#attempt = 0;
    this.#notBefore = 0;
    this.#connect();
  }

  stop(reason = "", code = 0) {
    this.#drop();
    clearTimeout(this.#retryTimer);
    this.#setState({ name: "stopped", reason, code });
  }

  /** The network or the tab is back: connect at once, or look whether the link still answers. */
  wake() {
    if (this.state.name === "waiting" && Date.now() >= this.#notBefore) this.#connect();
    else if (this.isLive) this.#ping(ANSWER_SECONDS / 2);
  }

  /**
   * @template {keyof Commands} Type
   * @param {Type} type
   * @param {Commands[Type]["payload"]} payload
   * @returns {Promise<Commands[Type]["reply"]>}
   */
  request(type, payload) {
    const socket = this.#socket;
    if (!socket || !this.isLive) return Promise.reject(lost());
    const ref = String(++this.#ref);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#lose("no reply"), COMMAND_SECONDS * 1000);
      this.#pending.set(ref, { resolve, reject, timer });
      socket.send(JSON.stringify({ type, ref, payload }));
    });
  }

  /** @param {ConnectionState} state */
  #setState(state) {
    this.state = state;
    this.emit("state", state);
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    this.#bye = null;
    this.#openedAt = 0;
    this.#setState({ name: "connecting" });
    const socket = this.#openSocket(this.#url);
    this.#socket = socket;
    this.#answerTimer = setTimeout(() => this.#lose("no answer"), HANDSHAKE_SECONDS * 1000);
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#closed(code, reason);
  }

  /** @param {string} data */
  #heard(data) {
    this.lastHeard = Date.now();
    for (const line of data.split("\n")) {
      if (line) this.#take(JSON.parse(line));
    }
  }

  /** @param {Reply | ServerEvent | {type: "hello", payload: Hello}} object */
  #take(object) {
    if (object.type === "reply") return this.#reply(object);
    if (object.type === "hello") return this.#hello(object.payload);
    if (object.type === "bye") this.#bye = object.payload;
    this.emit("event", object);
  }

  /** @param {Hello} payload */
  #hello(payload) {
    clearTimeout(this.#answerTimer);
    this.#openedAt = Date.now();
    this.heartbeatSeconds = payload.heartbeat_seconds;
    this.#clock.restart(Date.parse(payload.server_time));
    this.#pingTimer = setInterval(() => this.#ping(ANSWER_SECONDS), this.heartbeatSeconds * 1000);
    // `hello` before `state`: whoever hears "live" may already ask about rooms.
    this.state = { name: "live" };
    this.emit("hello", payload);
    this.#setState(this.state);
    this.#ping(ANSWER_SECONDS);
  }

  /** @param {Reply} reply */
  #reply(reply) {
    const request = this.#pending.get(reply.ref);
    if (!request) return;
    this.#pending.delete(reply.ref);
    clearTimeout(request.timer);
    if (reply.ok) request.resolve(reply.payload);
    else request.reject(new CommandError(reply.error));
  }

  /** @param {number} answerSeconds */
  async #ping(answerSeconds) {
    const socket = this.#socket;
    const sent = this.#clock.local();
    const timer = setTimeout(() => socket === this.#socket && this.#lose("no answer"), answerSeconds * 1000);
    try {
      const { server_time: time } = await this.request("ping", {});
      this.#clock.learn(Date.parse(time), sent, this.#clock.local());
      this.emit("heartbeat");
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Closes a socket that no longer answers, without waiting for it to agree.
   * @param {string} reason
   */
  #lose(reason) {
    this.#closed(1006, reason);
  }

  #drop() {
    clearInterval(this.#pingTimer);
    clearTimeout(this.#answerTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of pending) {
      clearTimeout(timer);
      reject(lost());
    }
  }

  /**
   * @param {number} code
   * @param {string} closeReason
   */
  #closed(code, closeReason) {
    const opened = this.#openedAt;
    const bye = this.#bye;
    this.#drop();
    const reason = bye?.reason || closeReason;
    if (bye ? bye.reconnect === false : !mayReconnect(code)) {
      return this.#setState({ name: "stopped", code: bye?.code ?? code, reason, until: bye?.until });
    }
    if (opened && Date.now() - opened > STEADY_SECONDS * 1000) this.#attempt = 0;
    const floor = (bye?.retry_after ?? 0) * 1000;
    this.#notBefore = Date.now() + floor;
    this.#wait(floor + backoffSeconds(this.#attempt++) * 1000, (bye?.code ?? code) === RESTART);
    if (!opened) this.#askWhy();
  }

  /**
   * @param {number} delay in ms
   * @param {boolean} isRestart
   */
  #wait(delay, isRestart) {
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    this.#setState({ name: "waiting", retryAt: Date.now() + delay, isRestart });
  }

  async #askWhy() {
    if (!(await this.#signedIn()) && this.state.name !== "live") this.stop("signed out", SESSION_ENDED);
  }
}

function lost() {
  const detail = "There is no connection right now. Try again in a moment.";
  return new CommandError({ code: "connection_lost", detail });
}
