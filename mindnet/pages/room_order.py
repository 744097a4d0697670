"""What was done to keep order in a room: its restrictions for moderators, its log for all who are in."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone

from mindnet.base.errors import DomainError
from mindnet.base.ids import whole_number
from mindnet.pages.keeping_words import TOLD, length_words
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, page_number, sentences, shown_name
from rooms import log, lookups, restrictions
from rooms.models import Kind, LogEntry, Restriction

PAGE_ROWS = 30
# In force at once, of all who were restricted: beyond that nobody reads a list, and REST has the rest.
LISTED_IN_FORCE = 200
UNDONE = "Undone. Who was put out is not brought back in: they may come back themselves."


def undo(request, room_id, back):
    """Lifts what the form names, and leads back to the page that has it."""
    number = whole_number(request.POST.get("restriction", "")) or 0
    try:
        restrictions.lift(psychic=request.user, room_id=room_id, restriction_id=number)
        messages.success(request, UNDONE)
    except DomainError as error:
        if error.code == "not_found":
            messages.info(request, "That was undone already.")
        else:
            messages.error(request, " ".join(sentences(error)))
    return redirect(back, room_id)


@page
@takes_form()
def room_restrictions(request, room_id):
    if request.method == "POST":
        return undo(request, room_id, "room_restrictions")
    rows = restrictions.all_restrictions(psychic=request.user, room_id=room_id)
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    before = page_number(request.GET.get("before", ""))
    standing = rows.in_force()
    over = rows.exclude(pk__in=standing.values("pk"))
    shown, older = page_of(over, before)
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "tab": "restrictions",
        "standing": [] if before else [(one, length_words(one)) for one in standing.order_by("-pk")[:LISTED_IN_FORCE]],
        "over": [(one, length_words(one)) for one in shown],
        "before": before,
        "older": older,
    }
    return render(request, "room/restrictions.html", context)


def page_of(rows, before):
    """(a page of rows, newest first, and the number from which the older ones go on or None)."""
    rows = rows.order_by("-pk")
    rows = list((rows.filter(pk__lt=before) if before is not None else rows)[: PAGE_ROWS + 1])
    return rows[:PAGE_ROWS], rows[PAGE_ROWS - 1].pk if len(rows) > PAGE_ROWS else None


@page
@takes_form()
def room_log(request, room_id):
    if request.method == "POST":
        return undo(request, room_id, "room_log")
    entries = log.list_entries(psychic=request.user, room_id=room_id)
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    before = page_number(request.GET.get("before", ""))
    shown, older = page_of(entries, before)
    may_undo = room.my_role in lookups.MODERATING and room.is_active and room.kind != Kind.PRIVATE
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "tab": "log",
        "entries": [as_told(entry, request.user, may_undo) for entry in shown],
        "before": before,
        "older": older,
    }
    return render(request, "room/log.html", context)


def as_told(entry, viewer, may_undo):
    """An entry with its words, who undid it, and whether the viewer may."""
    put_on = entry.restriction if entry.deed in Restriction.Kind.values else None
    is_open = put_on is not None and put_on.lifted_at is None and entry.undone_at is None
    return {
        "entry": entry,
        "words": TOLD[LogEntry.Deed(entry.deed)],
        "undone_by": put_on.lifted_by if put_on and entry.undone_at else None,
        "may_undo": may_undo and is_open and is_standing(put_on) and entry.psychic_id != viewer.pk,
    }


def is_standing(restriction):
    """In force, or a kick: that one is over as it is done, and taking it back is a word about it."""
    return restriction.kind == Restriction.Kind.KICK or restriction.until is None or restriction.until > timezone.now()
