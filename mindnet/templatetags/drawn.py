"""A message in a room's page is drawn once and kept, for all who see the same.

What it is kept under is everything that it is drawn from: the message itself, as it was just read for whoever asks,
with its files and reactions, what it answers, the picture of its sender, and what of it is otherwise for this reader.
So a change is another entry, nothing has to be thrown away, and nobody gets what was drawn for somebody else who may
see more: permissions were asked before, when the message was read.
"""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from django import template
from django.conf import settings

from mindnet.realtime.events import encoder

register = template.Library()

TEMPLATE = "room/message.html"
# All rooms together: some ten thousand messages.
KEPT_BYTES = 16 * 1024 * 1024


class Reader(NamedTuple):
    pk: int | None
    username: str


NOBODY = Reader(None, "")


class Kept:
    """Texts under digests, as many as `most_bytes` hold; those that nobody wanted for the longest time go first."""

    def __init__(self, most_bytes):
        self.most_bytes = most_bytes
        self.bytes = 0
        self.texts = OrderedDict()
        self.lock = Lock()

    def get(self, digest):
        with self.lock:
            text = self.texts.get(digest)
            if text is not None:
                self.texts.move_to_end(digest)
            return text

    def put(self, digest, text):
        with self.lock:
            if digest not in self.texts:
                self.bytes += weight(digest, text)
                self.texts[digest] = text
            while self.bytes > self.most_bytes:
                self.bytes -= weight(*self.texts.popitem(last=False))


def weight(digest, text):
    """In bytes, at most: a text of any script takes up to four a character."""
    return len(digest) + len(text) * (1 if text.isascii() else 4) + 200


kept = Kept(KEPT_BYTES)


@register.simple_tag(takes_context=True)
def message_entry(context, item):
    """`{% message_entry item %}`: an item of `mindnet.pages.room.as_items` as TEMPLATE draws it."""
    drawing = context.template.engine.get_template(TEMPLATE)
    if item["message"].id in context["asked"]:  # with a form of this reader's
        with context.push(item=item):
            return drawing.render(context)
    seen = what_is_seen(item, context["user"], context["avatars"])
    digest = hashlib.blake2b(encoder.encode(seen), digest_size=20).digest()
    text = kept.get(digest)
    if text is None:
        # Nothing else of the page is at hand while it is drawn.
        text = drawing.render(context.new({name: seen[name] for name in ("item", "user", "avatars", "asked")}))
        if not settings.DEBUG:  # where templates change while one looks at them
            kept.put(digest, text)
    return text


def what_is_seen(item, reader, avatars):
    """What TEMPLATE has while it draws, with no more of the reader than they see in it: without a mention of theirs
    a message is the same for everybody but its sender."""
    message = item["message"]
    is_meant = reader.pk in message.mentions
    return {
        "item": item if not item["is_quote_hidden"] else item | {"quote": None},
        "user": Reader(reader.pk, reader.username) if is_meant else NOBODY,
        "avatars": {message.sender.id: avatars.get(message.sender.id, "")},
        "asked": {},
    }
