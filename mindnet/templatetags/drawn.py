"""What pages are made of is drawn once and kept, for all who see the same of it: `{% kept "room/side.html" … %}`.

What it is kept under is everything that it is drawn from: the template has nothing but the values that the tag names,
as they were just read for whoever asks. So a change is another entry, nothing has to be thrown away, and nobody gets
what was drawn for somebody else who may see more: permissions were asked before, when the values were read.

    {% kept "room/side.html" rooms=side_rooms here=room.pk %}

The values are plain: texts, numbers, moments, shapes, named tuples, lists and dictionaries of these. A row of the
database, or a text that is marked as safe, is refused. A kept template takes nothing from the clock; what it asks
beside its values must be the same as long as the process lives (static files, addresses, settings). It begins with
`{% load … %}` as any other, and knows no `user` and no `messages`. What differs with every request is put in
afterwards (FILLINGS): `{% csrf_token %}` works, `{{ nonce }}` is the page's, and of `request` there is
`{{ request.get_full_path }}`. What somebody has typed and is given back, such as a draft, belongs in no kept template:
it would be kept for nothing.
"""

import functools
import hashlib
import re
from typing import NamedTuple

import msgspec
from django import template
from django.conf import settings
from django.template import Context
from django.urls import get_script_prefix
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from mindnet.base.pieces import PROCESS, Kept, Piece
from mindnet.base.turns import first, pause
from mindnet.realtime.told import Told
from rooms.models import Kind

register = template.Library()

PARTICIPANT = "room/participant.html"
# What differs by request, of the page's context.
FILLINGS = {
    "csrf_token": lambda context: str(context["csrf_token"]),
    "nonce": lambda context: context["nonce"],
    "full_path": lambda context: context["request"].get_full_path(),
    "csp_nonce": lambda context: str(getattr(context.get("request"), "csp_nonce", "")),
}
# Where it comes, and under which names a kept template has that. The policy's nonce no kept template needs.
MARKS = {name: f"\x00{PROCESS}:{name}\x00" for name in FILLINGS}
MARK = re.compile(f"\x00{PROCESS}:({'|'.join(MARKS)})\x00")
MARKED = {
    "csrf_token": MARKS["csrf_token"],
    "nonce": MARKS["nonce"],
    "request": {"get_full_path": MARKS["full_path"]},
}
# All rooms together: some ten thousand messages, and some two hundred pages of them.
KEPT_BYTES = 32 * 1024 * 1024
# What is smaller is compressed better with what stands around it.
PIECE_LEAST = 600


class Reader(NamedTuple):
    pk: int | None
    username: str


NOBODY = Reader(None, "")


class Account(NamedTuple):
    """Who has signed in, as the menu on every page has them."""

    id: int
    username: str
    avatar: str
    is_staff: bool


kept_drawn = Kept(KEPT_BYTES)


@register.simple_tag(takes_context=True)
def kept(context, name, **values):
    """`{% kept "folder/name.html" one=… another=… %}`: see above."""
    part = once(digest_of(name, values), lambda: in_pieces(draw(context, name, values | MARKED)))
    return in_place(context, part)


def digest_of(name, values):
    """Addresses depend on where the server says it lies."""
    # What a template names is a SafeString, which would be refused; the sum is a text.
    return hashlib.sha256(own_encoder.encode((name + "", get_script_prefix(), values))).digest()


def known(value):
    """What stands for a value that is none of JSON's."""
    if isinstance(value, Told):
        return value.digest
    raise TypeError(f"{value!r}: nothing is kept under what is no plain value.")


own_encoder = msgspec.json.Encoder(enc_hook=known)


def draw(context, name, values):
    """The template of this name. Nothing but the values is at hand while it is drawn."""
    return context.template.engine.get_template(name).render(Context(values))


def once(digest, make):
    """What is kept under a digest; what `make` gives where there is nothing: a text, or a list as `in_pieces`."""
    if first.until:  # a page has hundreds of parts, and mostly nothing goes first
        pause()
    found = kept_drawn.get(digest)
    if found is None:
        found = make()
        if not settings.DEBUG:  # where templates change while one looks at them
            kept_drawn.put(digest, found, weight(found))
    return found


def weight(drawn):
    """In bytes, at most: a text of any script takes up to four a character."""
    if isinstance(drawn, list):
        return sum(map(len, drawn)) + 500
    return len(drawn) * (1 if drawn.isascii() else 4) + 300


def in_pieces(text):
    """The text without its marks: Pieces, and between them names of FILLINGS."""
    parts = MARK.split(text)
    return [each if number % 2 else Piece(each.encode()) for number, each in enumerate(parts)]


def in_place(context, part):
    """What a part's place in the page gets: itself, or, where the answer is put together of pieces, what stands for
    it. It is drawn by a template, and filled with what is escaped."""
    fill, pieces = functools.partial(filling, context), getattr(context.get("request"), "pieces", None)
    if pieces is None:
        return SafeString("".join([fill(one) if isinstance(one, str) else one.data.decode() for one in part]))
    if len(part) == 1 and len(part[0].data) < PIECE_LEAST:
        return SafeString(part[0].data.decode())
    return SafeString(pieces.hold([pieces.secret(one, fill) if isinstance(one, str) else one for one in part]))


def filling(context, name):
    return conditional_escape(FILLINGS[name](context))


@register.filter
def account(user):
    """The Account of a psychic."""
    return Account(user.pk, user.username, user.avatar, user.is_staff)


# What is kept under less than it is given


@register.simple_tag(takes_context=True)
def participant_entry(context, one):
    """`{% participant_entry one %}`: somebody who is in the room, as PARTICIPANT draws them: a PresenceOut, the role
    and the key of the picture."""
    (psychic, role, key), room = one, context["room"]
    values = {"one": psychic, "role": role, "avatars": {psychic.id: key}}
    return drawn_once(context, PARTICIPANT, values | {"room_id": room.pk, "has_page": room.kind != Kind.BROADCAST})


def drawn_once(context, name, values):
    """As `kept`, for what is a small part of a page: a text, with the marks that the values have."""
    return once(digest_of(name, values), lambda: draw(context, name, values))
