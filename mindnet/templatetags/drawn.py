"""A message in a room's page, who is in it and who is online are drawn once and kept, for all who see the same.

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
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from mindnet.realtime.events import encoder
from rooms.models import Kind

register = template.Library()

MESSAGE, PARTICIPANT, ONLINE = "room/message.html", "room/participant.html", "lobby/online.html"
# Where the reader's own comes.
CSRF_MARK = "\x00token\x00"
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
    """`{% message_entry item %}`: an item of `mindnet.pages.room.as_items` as MESSAGE draws it."""
    if item["message"].id in context["asked"]:  # with a form of this reader's
        with context.push(item=item):
            return context.template.engine.get_template(MESSAGE).render(context)
    return drawn_once(context, MESSAGE, what_is_seen(item, context["user"], context["avatars"]))


@register.simple_tag(takes_context=True)
def participant_entry(context, one):
    """`{% participant_entry one %}`: somebody who is in the room, a ParticipantOut, as PARTICIPANT draws them."""
    psychic = one.psychic
    seen = {"id": psychic.id, "username": psychic.username, "status": psychic.status, "note": psychic.note}
    values = {
        "one": {"room": one.room, "role": one.role, "psychic": seen},
        "has_page": context["room"].kind != Kind.BROADCAST,
        "avatars": {psychic.id: context["avatars"].get(psychic.id, "")},
    }
    return drawn_once(context, PARTICIPANT, values)


@register.simple_tag(takes_context=True)
def online_entry(context, person):
    """`{% online_entry person %}`: somebody who is online, a PresenceOut, as ONLINE draws them, with a form of the
    reader's."""
    values = {
        "person": {"id": person.id, "username": person.username, "status": person.status, "note": person.note},
        "avatars": {person.id: context["avatars"].get(person.id, "")},
        "csrf_token": CSRF_MARK,
    }
    text = drawn_once(context, ONLINE, values)
    return mark_safe(text.replace(CSRF_MARK, conditional_escape(context["csrf_token"])))  # noqa: S308 (both are escaped)


def drawn_once(context, name, values):
    """The template of this name. Nothing but the values is at hand while it is drawn, and they are what it is kept
    under."""
    digest = hashlib.blake2b(encoder.encode((name, values)), digest_size=20).digest()
    text = kept.get(digest)
    if text is None:
        text = context.template.engine.get_template(name).render(context.new(values))
        if not settings.DEBUG:  # where templates change while one looks at them
            kept.put(digest, text)
    return text


def what_is_seen(item, reader, avatars):
    """What MESSAGE has while it draws, with no more of the reader than they see in it: without a mention of theirs
    a message is the same for everybody but its sender."""
    message = item["message"]
    is_meant = reader.pk in message.mentions
    return {
        "item": item if not item["is_quote_hidden"] else item | {"quote": None},
        "user": Reader(reader.pk, reader.username) if is_meant else NOBODY,
        "avatars": {message.sender.id: avatars.get(message.sender.id, "")},
        "asked": {},
    }
