/* A meditation room: the room as any other, and the guided session on top of it. */

import { SessionPanel } from "../view/session_panel.js";
import { page } from "./room.js";

if (page.isJoined) new SessionPanel(page);
