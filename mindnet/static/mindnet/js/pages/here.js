/* A page that shows nothing live of its own. Whoever looks at it is here all the same: online to others, told how the
   connection is, with what waits going out and what is urgent coming in. Other scripts of such a page import this. */

import { livePage, pageData } from "./page.js";

livePage(pageData(), { isPlain: true }).client.start();
