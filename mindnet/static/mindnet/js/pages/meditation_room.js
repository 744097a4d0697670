/* A meditation room: the room as any other, and the guided session on top of it. */

import { page } from "./room.js";
import { SessionPanel } from "../view/session_panel.js";

if (page.isJoined) new SessionPanel(page);
