"""Lists whose entries are drawn once each and kept, and the newest lists as a whole: who is online, rooms, people.

As in `mindnet.templatetags.drawn` everything is kept under what it is drawn from. A list that is as it was costs one
digest; one in which somebody came or changed costs one for each entry, and the drawing of the one that is new.
"""

import hashlib

from django import template
from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

from mindnet.realtime.events import encoder
from mindnet.templatetags.drawn import CSRF_MARK, Kept, drawn_once
from presence.shapes import as_seen

register = template.Library()

# Between the entries of a list. Names and notes have no control characters.
SEPARATOR = "\x00next\x00"
# Lists as a whole: some dozens of long ones. They cost their entries' length again, so a few will do.
KEPT_LISTS_BYTES = 2 * 1024 * 1024

kept_lists = Kept(KEPT_LISTS_BYTES)


@register.simple_tag(takes_context=True)
def entries_of(context, rows, name):
    """`{% entries_of rows "lobby/open_room.html" %}`: each of the rows as the template of this name draws it, which has
    nothing but it, as `entry`, and the reader's CSRF token."""
    # Templates pass a SafeString, which is no str to the encoder; the sum is one.
    return for_reader(context, texts_once(context, "" + name, rows))


@register.simple_tag(takes_context=True)
def online_entries(context, rows, hidden):
    """`{% online_entries rows hidden %}`: who is online, each a `presence.shapes.Here`, but for those whose ids are
    hidden from the reader: so the list is kept once for all, though each of them is missing in their own."""
    texts = texts_once(context, "lobby/online.html", rows, as_seen)
    return for_reader(context, [text for row, text in zip(rows, texts, strict=True) if row.id not in hidden])


def texts_once(context, name, rows, shape=None):
    """What the template of this name draws of each row. `shape` makes of a row what the template has as `entry`, out of
    the row alone."""
    if not rows:
        return []
    digest = hashlib.blake2b(encoder.encode((name, rows)), digest_size=20).digest()
    text = kept_lists.get(digest)
    if text is None:
        shown = map(shape, rows) if shape else rows
        text = SEPARATOR.join([drawn_once(context, name, {"entry": one, "csrf_token": CSRF_MARK}) for one in shown])
        if not settings.DEBUG:  # as for the entries
            kept_lists.put(digest, text)
    return text.split(SEPARATOR)


def for_reader(context, texts):
    """The entries one after the other, with the reader's own token in their forms."""
    text = "".join(texts)
    if CSRF_MARK in text:
        text = text.replace(CSRF_MARK, conditional_escape(context["csrf_token"]))
    return mark_safe(text)  # noqa: S308 (drawn by templates, and the token is escaped)
