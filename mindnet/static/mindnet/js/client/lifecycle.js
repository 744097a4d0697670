/* What whoever runs the client lives through, as far as the client has to know. This one is always in sight and nothing
   ever happens to it: it does for a bot. A page tells of itself, see pages/lifecycle.js.

   Events: `active`, the person has touched something; `visible` and `hidden`; `network`, it has gone or come back;
   `storage` with a key, another tab has changed what is kept; `leaving`, this may be the last moment. */

import { Emitter } from "./emitter.js";

/**
 * @typedef {{
 *   active: [],
 *   visible: [],
 *   hidden: [],
 *   network: [],
 *   storage: [key: string | null],
 *   leaving: [],
 * }} LifecycleEvents
 */

/** @extends {Emitter<LifecycleEvents>} */
export class Lifecycle extends Emitter {
  get isVisible() {
    return true;
  }
}
