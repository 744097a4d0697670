"""Messages as elements: whatever people have typed stays text, and pages that overlap share what was drawn."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.template import Context, engines
from msgspec.structs import replace

from mindnet.base.pieces import Kept, Pieces
from mindnet.pages.said import said_in
from mindnet.realtime.told import Told
from mindnet.socket.manual import DELETED, EDITED, MESSAGE
from mindnet.templatetags import drawn, messages

EVIL = "</bdi><script>alert(1)</script>\"'&"
READER = SimpleNamespace(pk=7, username=EVIL)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(drawn, "kept_drawn", Kept(drawn.KEPT_BYTES))


def page_of(shown, *, hidden=(), quoted=(), asked=None, pieces=None):
    more = {"hidden": set(hidden), "quoted": list(quoted), "pictures": {}, "asked": asked or {}}
    said = said_in(Told(shown), viewer=READER, read_seq=0, **more)
    request = SimpleNamespace(pieces=pieces, get_full_path=lambda: f"/room/12?{EVIL}")
    context = Context({"request": request, "csrf_token": "secret"})
    context.template = SimpleNamespace(engine=engines["django"].engine)
    return messages.message_entries(context, said)


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.names += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.words.append(data)


def test_nothing_typed_is_an_element():
    sender = replace(MESSAGE.sender, username=EVIL)
    file = replace(MESSAGE.attachments[0], name=EVIL)
    said = replace(MESSAGE, sender=sender, content=f"{EVIL} @{EVIL}", reactions={EVIL: [9]}, attachments=[file])
    answer = replace(said, id=95, seq=95, reply_to=said.id, mentions=[READER.pk], edited_at=said.timestamp)
    text = page_of([said, answer], asked={answer.id: False})
    found = Elements(text)
    assert "script" not in found.names
    assert "".join(found.words).count("alert(1)") >= 6
    assert text.count("csrfmiddlewaretoken") == 1
    assert EVIL not in text


@pytest.mark.parametrize(
    "message, there, not_there",
    [
        (MESSAGE, ["files", "bubble", "/room/12/message/91"], ["gone", ">edited<", "reactions"]),
        (EDITED, [">edited<"], ["gone"]),
        (DELETED, ['<p class="gone">Deleted</p>'], ["noscript", ">edited<"]),
        (replace(MESSAGE, message_type="sealed"), ["Sealed: only"], ["candles", "files"]),
        (replace(MESSAGE, urgent=True), ["urgent"], []),
        (replace(MESSAGE, mentions=[READER.pk]), ["mentions-me"], []),
        (replace(MESSAGE, reply_to=3), ["blockquote"], ["?message="]),
        (replace(MESSAGE, reactions={"👁": [9]}, reaction_counts={"👁": 120}), ["👁 120"], []),
    ],
)
def test_what_is_said_of_a_message(message, there, not_there):
    text = page_of([message])
    assert [words for words in there if words not in text] == []
    assert [words for words in not_there if words in text] == []


def test_what_comes_from_the_blocked_is_put_together():
    text = page_of([replace(MESSAGE, id=number, seq=number) for number in (91, 92)], hidden={MESSAGE.sender.id})
    assert "2 messages from people you have blocked" in text
    assert re.findall(r'data-id="(\d+)"', text) == ["91", "92"]


def test_pages_that_overlap_share_what_was_drawn():
    said = [replace(MESSAGE, id=number, seq=number) for number in range(1, 101)]
    first, second = Pieces(), Pieces()
    page_of(said[:80], pieces=first)
    page_of(said[20:], pieces=second)
    first_bytes, second_bytes = ({part.data for held in each.held for part in held} for each in (first, second))
    assert len(first_bytes & second_bytes) == 3, "from 33 to 80, in stretches of sixteen"
    changed = Pieces()
    page_of([*said[:40], replace(said[40], content="Another"), *said[41:80]], pieces=changed)
    assert len(first_bytes - {part.data for held in changed.held for part in held}) == 1
