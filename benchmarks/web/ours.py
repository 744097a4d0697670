"""What this project's server is asked, and how each of its answers has to look."""

import json
from pathlib import Path
from urllib.parse import quote

import httpx

from benchmarks import village
from benchmarks.web.calls import BROWSER, COOKIE, FROM_BROWSER, NOBODY, TOKEN, Call
from benchmarks.web.shared import LISTED, Shared, places

LOBBY = r'href="/room/(\d+)[^>]*><bdi>([^<]*)|class="person-words">\s*<a href="/psychic/([^"]+)"'
DIRECTORY = r'<h2><a href="/psychic/([^"]+)"'
LOBBY_OPEN, DIRECTORY_PEOPLE = 30, 24
STYLES = "mindnet/css/mindnet.css"
CSRF = "c" * 32


class Ours(Shared):
    def __init__(self, system, made):
        signed = {
            COOKIE: {"Cookie": f"sessionid={made['session']}; csrftoken={CSRF}", "X-CSRFToken": CSRF},
            TOKEN: {"Authorization": f"Token {made['token']}"},
            NOBODY: {},
        }
        super().__init__(system.port, made, signed)
        self.static_root = Path(system.env["DATA_DIR"]) / "static"

    def calls(self, messages):
        """In the order in which they are made: what changes things comes last. `messages` are in the long room."""
        return [*self.pages(messages), *self.reads(), *self.static(), self.healthz(), self.post(), self.edit()]

    def pages(self, messages):
        return [
            *self.room_pages(),
            self.history_page("room page, long room", village.LONG, [None], messages),
            self.history_page("history page, long room", village.LONG, places(messages), messages),
            self.page("lobby", "/", LOBBY, self.lobby()),
            self.page("directory", "/people", DIRECTORY, self.directory()),
        ]

    def reads(self):
        return [self.rooms(), self.participants(), self.online(), self.messages(), self.search()]

    def page(self, label, path, pattern, wanted):
        check = {"kind": "marked", "pattern": pattern, "wanted": [wanted], "coded": True}
        return Call(label, [path], check, headers=BROWSER, signed=[COOKIE])

    def lobby(self):
        """Own rooms by name, then the open ones by how many are in them and the newest first, then who is online."""
        named = [[str(self.room(n)), village.ROOM_NAMES[n]] for n in range(village.ROOMS)]
        number, name = self.made["everyone"]
        own = sorted([*named[: village.OWN_ROOMS], [str(number), name]], key=lambda room: room[1].lower())
        others = named[village.OWN_ROOMS :][::-1][:LOBBY_OPEN]  # TALK, the fullest, is the newest as well
        rooms = [[number, village.in_html(name), ""] for number, name in own + others]
        return rooms + [["", "", village.NAMES[person]] for person in village.ONLINE]

    def directory(self):
        return sorted([*self.made["strangers"], *village.NAMES], key=str.lower)[:DIRECTORY_PEOPLE]

    def online(self):
        return self.read("online", "/presence/online", ["username"], [[village.NAMES[n]] for n in village.ONLINE])

    def search(self):
        found = [seq for seq in range(village.MESSAGES, 0, -1) if village.WORD in village.text(seq)]
        wanted = [[self.message_id(village.READ, seq), village.text(seq)] for seq in found[:LISTED]]
        path = f"/messages/search?q={village.WORD}&room={self.room(village.READ)}"
        return self.read("search", path, ["id", "content"], wanted)

    def static(self):
        """A file, and the same for who has it already."""
        named = json.loads((self.static_root / "staticfiles.json").read_text())["paths"][STYLES]
        path, content = f"/static/{quote(named)}", (self.static_root / named).read_text()
        tag = httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=FROM_BROWSER, trust_env=False).headers["etag"]
        check = {"kind": "text", "wanted": [content], "coded": True}
        whole = Call("static file", [path], check, headers=FROM_BROWSER, signed=[NOBODY])
        check = {"kind": "text", "wanted": [""], "status": 304}
        return [whole, whole.but("304", headers=FROM_BROWSER | {"If-None-Match": tag}, check=check)]

    def healthz(self):
        return Call("healthz", ["/healthz"], {"kind": "text", "wanted": ['{"status":"ok"}']}, signed=[NOBODY])
