"""What this project's server is asked, and how each of its answers has to look."""

import json
import random
from pathlib import Path
from urllib.parse import quote

import httpx

from benchmarks import village
from benchmarks.web.calls import BROWSER, COOKIE, FROM_BROWSER, NOBODY, PAGE, TOKEN, Call

# A message of a page: its id, and its text as it stands there.
MESSAGES = r'data-id="(\d+)">.*?class="paragraph" dir="auto">(.*?)</div>'
LOBBY = r'href="/room/(\d+)[^>]*><bdi>([^<]*)|class="person-words">\s*<a href="/psychic/([^"]+)"'
DIRECTORY = r'<h2><a href="/psychic/([^"]+)"'
LISTED, LOBBY_OPEN, DIRECTORY_PEOPLE = 50, 30, 24
STYLES = "mindnet/css/mindnet.css"


class Ours:
    """The calls to one server of ours, whose database has the rows of village.py under the ids of `made`."""

    def __init__(self, system, made):
        self.port, self.made = system.port, made
        self.static_root = Path(system.env["DATA_DIR"]) / "static"
        csrf = "c" * 32
        self.signed = {
            COOKIE: {"Cookie": f"sessionid={made['session']}; csrftoken={csrf}", "X-CSRFToken": csrf},
            TOKEN: {"Authorization": f"Token {made['token']}"},
            NOBODY: {},
        }

    def room(self, number):
        return self.made["rooms"][number]

    def message_id(self, room, seq):
        return self.made["first_ids"][room] + seq - 1

    def calls(self):
        """In the order in which they are made: what changes things comes last."""
        return [*self.pages(), *self.reads(), *self.static(), self.post(), self.edit()]

    # Pages

    def pages(self):
        newest = self.history_page("room page", village.READ, [None])
        return [
            newest,
            newest.but("room page, not compressed", headers={"Accept": "text/html"}, coded=False),
            self.history_page("history page", village.READ, places(village.MESSAGES)),
            self.page("lobby", "/", LOBBY, self.lobby()),
            self.page("directory", "/people", DIRECTORY, self.directory()),
        ]

    def long_pages(self, messages):
        """The same of the long room; `messages` are in it."""
        return [
            self.history_page("room page, long room", village.LONG, [None], messages),
            self.history_page("history page, long room", village.LONG, places(messages), messages),
        ]

    def page(self, label, path, pattern, wanted):
        check = {"kind": "marked", "pattern": pattern, "wanted": [wanted], "coded": True}
        return Call(label, [path], check, headers=BROWSER, signed=[COOKIE])

    def history_page(self, label, room, befores, messages=village.MESSAGES):
        """Pages of a room before each of these numbers, or the newest."""
        path = f"/room/{self.room(room)}"
        wanted = [
            [[str(self.message_id(room, seq)), village.text_in_html(seq)] for seq in page_before(before, messages)]
            for before in befores
        ]
        check = {"kind": "marked", "pattern": MESSAGES, "wanted": wanted, "coded": True}
        paths = [f"{path}?before={before}" if before else path for before in befores]
        return Call(label, paths, check, headers=BROWSER, signed=[COOKIE])

    def lobby(self):
        """Own rooms by name, then the open ones by how many are in them and the newest first, then who is online."""
        named = [[str(self.room(n)), village.ROOM_NAMES[n]] for n in range(village.ROOMS)]
        number, name = self.made["everyone"]
        own = sorted([*named[: village.OWN_ROOMS], [str(number), name]], key=lambda room: room[1].lower())
        others = named[village.OWN_ROOMS :][::-1][:LOBBY_OPEN]
        rooms = [[number, name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), ""]
                 for number, name in own + others]  # fmt: skip
        return rooms + [["", "", village.NAMES[person]] for person in village.ONLINE]

    def directory(self):
        return sorted([*self.made["strangers"], *village.NAMES], key=str.lower)[:DIRECTORY_PEOPLE]

    # REST

    def reads(self):
        rooms = [self.made["everyone"], *([self.room(n), village.ROOM_NAMES[n]] for n in range(village.ROOMS))]
        people = [village.NAMES[person] for person in village.participants(village.READ)]
        found = [seq for seq in range(village.MESSAGES, 0, -1) if village.WORD in village.text(seq)]
        return [
            self.read("rooms", "/rooms", ["id", "name"], rooms[:LISTED]),
            self.read("participants", f"/rooms/{self.room(village.READ)}/participants", ["psychic.username"],
                      [[name] for name in people]),
            self.read("online", "/presence/online", ["username"], [[village.NAMES[n]] for n in village.ONLINE]),
            self.messages(),
            self.read("search", f"/messages/search?q={village.WORD}&room={self.room(village.READ)}", ["id", "content"],
                      [[self.message_id(village.READ, seq), village.text(seq)] for seq in found[:LISTED]]),
        ]  # fmt: skip

    def read(self, label, path, members, wanted):
        return Call(label, [path], {"kind": "listed", "members": members, "wanted": [wanted]})

    def messages(self):
        befores = places(village.MESSAGES)
        wanted = [
            [[self.message_id(village.READ, seq), seq, village.text(seq)] for seq in page_before(before)]
            for before in befores
        ]
        paths = [f"/rooms/{self.room(village.READ)}/messages?before={before}" for before in befores]
        return Call("messages", paths, {"kind": "listed", "members": ["id", "seq", "content"], "wanted": wanted})

    # What nobody signs in for

    def static(self):
        named = json.loads((self.static_root / "staticfiles.json").read_text())["paths"][STYLES]
        path, content = f"/static/{quote(named)}", (self.static_root / named).read_text()
        tag = httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=FROM_BROWSER, trust_env=False).headers["etag"]
        styles = Call("static file", [path], {"kind": "text", "wanted": [content]}, headers=FROM_BROWSER,
                      signed=[NOBODY])  # fmt: skip
        return [
            styles,
            styles.but("static file, 304", headers=FROM_BROWSER | {"If-None-Match": tag},
                       check={"kind": "text", "wanted": [""], "status": 304}),
            Call("healthz", ["/healthz"], {"kind": "text", "wanted": ['{"status":"ok"}']}, signed=[NOBODY]),
        ]  # fmt: skip

    # What is written

    def post(self):
        check = {"kind": "said", "status": 201}
        return Call("post", [f"/rooms/{self.room(village.POSTED)}/messages"], check, method="POST", words="post")

    def edit(self):
        paths = [f"/messages/{self.message_id(village.POSTED, seq)}" for seq in range(1, village.EDITED + 1)]
        return Call("edit", paths, {"kind": "said", "status": 200}, method="PATCH", words="edit")


def places(messages):
    """Numbers before which there is a whole page."""
    return random.Random(messages).sample(range(PAGE + 1, messages), k=PAGE)


def page_before(before, messages=village.MESSAGES):
    end = before or messages + 1
    return range(end - PAGE, end)
