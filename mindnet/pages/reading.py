"""The part of a room's history that its page shows, and what is new above it, in it and below it.

A page opens at the first unread message, however far up that is, or at the one that its address names. With scripts,
read is what was in sight for a moment, which the script finds out. Without them it is what was shown: the page then
loads an image whose signed address says up to where. Who merely fetches the page ahead loads no image, and nobody
else's address counts.
"""

from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from messaging import lookups, sync, watermarks
from messaging.unread import count_unread, first_unread
from messaging.watermarks import Watermark
from mindnet.base.errors import not_found
from mindnet.base.ids import GREATEST_ID
from mindnet.pages.page import page_number

PAGE_MESSAGES = 50
SALT = "mindnet.pages.reading"


@dataclass
class Part:
    """`before`, `after`: where somebody pages without scripts; otherwise the page is live. `upto`: what is read once
    this part was shown, None where nothing is, since something unread lies above it. `is_missed`: the message that the
    address names is not in this room."""

    history: sync.History
    before: int | None
    after: int | None
    new_above: int
    new_below: int
    upto: int | None
    is_missed: bool = False

    @property
    def is_live(self):
        return self.before is None and self.after is None


def asked_for(request, room_id):
    """What `part_of` asks first, as far as the address says it. Where more is unread than the newest page has, it asks
    once more."""
    if request.GET.get("message"):
        return []
    before, after = page_number(request.GET.get("before")), page_number(request.GET.get("after"))
    return sync.asked_for(request.user, room_id, before=before, after=after, limit=PAGE_MESSAGES)


def part_of(request, room_id, entry, beside=None):
    """What `?message=`, `?before=`, `?after=` and `?newest=` ask for; without any, where what is unread begins. `entry`
    is None for who only looks in: they have read nothing, and nothing is new to them. `beside` as for `history`."""
    message_id = page_number(request.GET.get("message"))
    around = None if message_id is None else lookups.seq_of(message_id, room_id=room_id)
    part = part_around(request, room_id, entry, around, beside)
    part.is_missed = message_id is not None and around is None
    return part


def part_around(request, room_id, entry, around, beside):
    """The same, where the address names the number `around`, or none."""
    before, after = page_number(request.GET.get("before")), page_number(request.GET.get("after"))
    has_unread = bool(entry and entry.unread)
    is_open = before is None and after is None and around is None and "newest" not in request.GET
    first = first_unread(request.user, room_id, entry.read_to) if has_unread and is_open else None
    # More are unread than the newest page has messages: it begins at the first of them.
    start = first if first is not None and entry.unread > PAGE_MESSAGES else around
    where = {"psychic": request.user, "room_id": room_id, "limit": PAGE_MESSAGES, "beside": beside}
    history = sync.history(before=before, after=after, around=start, **where)
    if not has_unread:
        return Part(history, before, after, 0, 0, None)
    is_cut = first is not None and bool(history.messages) and history.messages[0].seq > first
    if is_cut and start is None:
        history = sync.history(around=first, **where)
    return measured(request.user, entry, history, before, after)


def measured(psychic, entry, history, before, after):
    """The part, with what of the unread messages lies around it."""
    if not history.messages:
        return Part(history, before, after, 0, 0, None)
    start, end = history.messages[0].seq, history.messages[-1].seq
    upwards, downwards = (entry.read_to, start - 1), (max(end, entry.read_to), GREATEST_ID)
    above, below = count_unread(psychic, entry.id, upwards, downwards)
    upto = end if history.newer is not None else max(end, history.last_seq)
    return Part(history, before, after, above, below, None if above else upto)


def seen_url(psychic, room_id, upto):
    """Where it is told, without scripts, that this psychic was shown everything up to a number."""
    token = signing.Signer(salt=SALT).sign_object([psychic.pk, room_id, upto])
    return f"{reverse('seen', args=[room_id])}?upto={token}"


def mark_read(psychic, marks):
    """Marks rooms as read up to a number each: {room id: number}."""
    watermarks.advance([Watermark(psychic.pk, room_id, upto, upto) for room_id, upto in marks.items()])


def mark_seen(psychic, room_id, token):
    """Raises not_found for an address that was not made for this psychic and room."""
    try:
        owner, room, upto = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        raise not_found() from None
    if (owner, room) != (psychic.pk, room_id):
        raise not_found()
    mark_read(psychic, {room_id: upto})
