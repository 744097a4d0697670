"""The page about meditation: rooms for it, guides, and one's own sittings."""

from django.db.models import Sum
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from mindnet.pages.guide_form import spoken_length
from mindnet.pages.page import page, page_number
from mindnet.pages.session_bar import own_first
from rooms import lookups as rooms
from rooms import sittings
from rooms.models import Kind, Session
from rooms.timeline import length

LISTED_ROOMS = 30
LISTED_SITTINGS = 20


@page
@require_GET
def meditation(request):
    psychic = request.user
    before = page_number(request.GET.get("before"))
    sat = sittings.own_sittings(psychic=psychic)
    rows = list((sat.filter(pk__lt=before) if before is not None else sat).order_by("-pk")[: LISTED_SITTINGS + 1])
    for row in rows:
        row.length = spoken_length(row.seconds)
    seconds = sat.aggregate(total=Sum("seconds"))["total"]
    context = {
        "rooms": meditation_rooms(psychic),
        "guides": [with_strip(one) for one in own_first(psychic)],
        "sittings": rows[:LISTED_SITTINGS],
        "older": rows[LISTED_SITTINGS - 1].pk if len(rows) > LISTED_SITTINGS else None,
        "total": spoken_length(seconds) if seconds else "",
    }
    return render(request, "meditation/meditation.html", context)


def meditation_rooms(psychic):
    """Those where something happens first, then one's own, then the fullest."""
    found = rooms.list_rooms(psychic=psychic, kind=Kind.MEDITATION, is_active=True)
    found = list(found.order_by("-participant_count", "-pk")[:LISTED_ROOMS])
    running = Session.objects.running().filter(room__in=found, ends_at__gt=timezone.now())
    running = {session.room_id: session for session in running}
    for room in found:
        room.session = running.get(room.pk)
    return sorted(found, key=lambda room: (room.session is None, room.my_role is None))


def with_strip(guide):
    """`strip`: [(kind, from, width)] in percent, to see at a glance how much of it is silence."""
    percent = 100 / length(guide.steps)
    parts = [(step["kind"], step["at"] * percent, step["seconds"] * percent) for step in guide.steps]
    guide.strip = [(kind, f"{start:.2f}", f"{width:.2f}") for kind, start, width in parts if width]
    return guide
