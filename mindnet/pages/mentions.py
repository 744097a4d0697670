"""What mentions oneself, newest first, read or not."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from messaging import sync, unread
from messaging.models import Message
from mindnet.pages.page import entries_of, page, page_number, shown_name
from mindnet.pages.room_order import page_of
from rooms.models import Room


@page
@require_GET
def mentions(request):
    psychic = request.user
    before = page_number(request.GET.get("before", ""))
    rows, older = page_of(unread.mentions_of(psychic).only("pk"), before)
    shown = sync.read(Message.objects.filter(pk__in=[row.pk for row in rows]).order_by("-pk"))
    rooms = Room.objects.in_bulk({message.room for message in shown})
    read_to = {entry.id: entry.read_to for entry in entries_of(psychic)}
    context = {
        "mentions": [
            {
                "message": message,
                "room": shown_name(rooms[message.room], psychic),
                "is_unread": message.seq > read_to.get(message.room, message.seq),
            }
            for message in shown
        ],
        "before": before,
        "older": older,
    }
    return render(request, "where/mentions.html", context)
