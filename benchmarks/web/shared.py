"""What ours and the peer are asked alike: the pages of a room, lists by REST, posts and edits."""

import random

from benchmarks import village
from benchmarks.web.calls import BROWSER, COOKIE, PAGE, Call

# A message of a page: its id, and its text as it stands there.
MESSAGES = r'data-id="(\d+)">.*?class="paragraph" dir="auto">(.*?)</div>'
LISTED = 50


class Shared:
    """The calls to one server whose database has the rows of village.py under the ids of `made`, which is what
    benchmarks/seed_http.py has said. `signed`: the headers of who has signed in, by how they did."""

    def __init__(self, port, made, signed):
        self.port, self.made, self.signed = port, made, signed

    def room(self, number):
        return self.made["rooms"][number]

    def message_id(self, room, seq):
        return self.made["first_ids"][room] + seq - 1

    @staticmethod
    def in_html(text):
        return village.in_html(text)

    # Pages

    def room_pages(self):
        newest = self.history_page("room page", village.READ, [None])
        return [
            newest,
            newest.but("room page, not compressed", headers={"Accept": "text/html"}, coded=False),
            self.history_page("history page", village.READ, places(village.MESSAGES)),
        ]

    def history_page(self, label, room, befores, messages=village.MESSAGES):
        """Pages of a room with so many messages, before each of these numbers or the newest."""
        path = f"/room/{self.room(room)}"
        wanted = [
            [
                [str(self.message_id(room, seq)), self.in_html(village.text(seq))]
                for seq in page_before(before, messages)
            ]
            for before in befores
        ]
        check = {"kind": "marked", "pattern": MESSAGES, "wanted": wanted, "coded": True}
        paths = [f"{path}?before={before}" if before else path for before in befores]
        return Call(label, paths, check, headers=BROWSER, signed=[COOKIE])

    def drawn(self, room, seq):
        return [str(self.message_id(room, seq)), self.in_html(village.text(seq))]

    # REST

    def rooms(self):
        rooms = [self.made["everyone"], *([self.room(n), village.ROOM_NAMES[n]] for n in range(village.ROOMS))]
        return self.read("rooms", "/rooms", ["id", "name"], rooms[:LISTED])

    def participants(self):
        names = [[village.NAMES[person]] for person in village.participants(village.READ)]
        return self.read(
            "participants", f"/rooms/{self.room(village.READ)}/participants", ["psychic.username"], names[:LISTED]
        )

    def messages(self):
        befores = places(village.MESSAGES)
        wanted = [
            [[self.message_id(village.READ, seq), seq, village.text(seq)] for seq in page_before(before)]
            for before in befores
        ]
        paths = [f"/rooms/{self.room(village.READ)}/messages?before={before}" for before in befores]
        return Call("messages", paths, {"kind": "listed", "members": ["id", "seq", "content"], "wanted": wanted})

    def read(self, label, path, members, wanted):
        return Call(label, [path], {"kind": "listed", "members": members, "wanted": [wanted]})

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
