"""Lists whose entries are drawn once each and kept, and so are stretches of the lists: rooms, people, who is online.

As in `mindnet.templatetags.drawn` everything is kept under what it is drawn from. A stretch that is as it was costs one
digest, and is there compressed; one in which something is new costs one for each entry, and the drawing of that one.

A stretch ends where an id is a multiple of STRETCH, which is as good as by chance. So whoever comes or goes changes the
stretch that they stand in, and no other, and two readers who are both online, each of whom is missing in their own
list, have all the others in common.
"""

import functools
import itertools

from django import template
from django.utils.safestring import SafeString

from mindnet.templatetags.drawn import MARKED, digest_of, drawn_once, in_pieces, in_place, once
from presence.shapes import Here, as_seen

register = template.Library()

# So long is a stretch on average. Shorter ones are compressed worse, longer ones are drawn anew more often.
STRETCH = 16


@register.simple_tag(takes_context=True)
def entries_of(context, rows, name, shape=None):
    """`{% entries_of rows "lobby/open_room.html" %}`: each of the rows, tuples with their ids first, as the
    template of this name draws it, which has nothing but it, as `entry`. `shape`: what makes the entry of a row, and
    of nothing but it."""

    def draw(stretch):
        entries = map(shape, stretch) if shape else stretch
        return in_pieces("".join([drawn_once(context, name, {"entry": one, **MARKED}) for one in entries]))

    return SafeString("".join([  # drawn by templates
        in_place(context, once(digest_of(f"{name} of each", each), functools.partial(draw, each)))
        for each in stretches(rows)
    ]))  # fmt: skip


@register.simple_tag(takes_context=True)
def online_entries(context, rows):
    """`{% online_entries rows %}`: who is online, in rows of the columns of `presence.shapes.Here`."""
    return entries_of(context, rows, "lobby/online.html", lambda row: as_seen(Here._make(row)))


def stretches(rows):
    """The rows, in lists."""
    ends = [place for place, row in enumerate(rows, 1) if row[0] % STRETCH == 0]
    return [rows[start:end] for start, end in itertools.pairwise(dict.fromkeys([0, *ends, len(rows)]))]
