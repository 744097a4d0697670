"""What did I miss: all that is unread, room by room, and a way to have read it."""

from django.contrib import messages
from django.shortcuts import redirect, render

from messaging import sync
from messaging.unread import unread_messages
from mindnet.base.ids import GREATEST_ID, whole_number
from mindnet.pages import reading
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import entries_of, page
from presence.models import Status
from rooms.models import Room

ROOMS_SHOWN = 20
MESSAGES_SHOWN = 8
# Of one form. Nobody is in so many rooms.
MARKS_MOST = 2000


@page
@takes_form()
def missed(request):
    if request.method == "POST":
        return mark_read(request)
    psychic = request.user
    entries = by_interest([entry for entry in entries_of(psychic) if entry.unread])
    context = {
        "entries": entries,
        "more_rooms": entries[ROOMS_SHOWN:],
        "rooms": [as_shown(psychic, entry) for entry in entries[:ROOMS_SHOWN]],
        "is_meditating": psychic.chosen_status == Status.MEDITATING,
    }
    return render(request, "where/missed.html", context)


def by_interest(entries):
    """Rooms with mentions first, then those in which something was said last."""
    rooms = Room.objects.filter(pk__in=[entry.id for entry in entries]).order_by("-last_sent_at", "-pk")
    place = {room_id: number for number, room_id in enumerate(rooms.values_list("pk", flat=True))}
    return sorted(entries, key=lambda entry: (entry.mentions == 0, place.get(entry.id, len(place))))


def as_shown(psychic, entry):
    """A room with its first unread messages, and how many there are besides."""
    found = sync.read(unread_messages(psychic, entry.id, entry.read_to)[:MESSAGES_SHOWN])
    return {"entry": entry, "messages": found, "more": max(0, entry.unread - len(found))}


def mark_read(request):
    """Each room up to where it stood when the page was drawn: nothing is read that was not offered."""
    if request.user.chosen_status == Status.MEDITATING:
        messages.info(request, "While you meditate nothing is marked as read.")
        return redirect("missed")
    reading.mark_read(request.user, dict(filter(None, map(as_mark, request.POST.getlist("upto")[:MARKS_MOST]))))
    messages.success(request, "Marked as read.")
    return redirect("missed")


def as_mark(text):
    """(room id, number) of a field like "12:57", or None where it is none."""
    room_id, _, seq = text.partition(":")
    mark = whole_number(room_id), whole_number(seq)
    return mark if all(number is not None and 0 < number <= GREATEST_ID for number in mark) else None
