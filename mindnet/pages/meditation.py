"""The pages about meditation: guides and their editor, one's own sittings, and beginning and ending a session."""

from django.contrib import messages
from django.db.models import Sum
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mindnet.base.errors import DomainError
from mindnet.pages import room
from mindnet.pages.guide_form import (
    CHOICES,
    KIND_WORDS,
    blank_rows,
    length_words,
    posted_rows,
    rearranged,
    rows_of,
    spoken_length,
    steps_of,
    total_of,
)
from mindnet.pages.room import page, page_number, sentences
from mindnet.pages.session_bar import own_first, with_length
from rooms import guides as guide_services
from rooms import services as rooms
from rooms import sessions, sittings
from rooms.models import Kind, Session
from rooms.timeline import length

LISTED_ROOMS = 30
LISTED_SITTINGS = 20


# Meditation


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
    return render(request, "mindnet/meditation.html", context)


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


# Guides


@page
@require_http_methods(["GET", "POST"])
def new_guide(request):
    if request.method == "POST":
        return save_guide(request, None)
    copied = page_number(request.GET.get("from"))
    if copied is None:
        rows = [{"kind": "bell", "length": "0:05", "text": "Find your seat."}, *blank_rows()]
        return editor(request, None, {"name": "", "description": "", "shared": False}, rows)
    source = guide_services.get_guide(psychic=request.user, guide_id=copied)
    values = {"name": source.name, "description": source.description, "shared": False}
    return editor(request, None, values, rows_of(source.steps))


@page
@require_http_methods(["GET", "POST"])
def guide(request, guide_id):
    found = guide_services.get_guide(psychic=request.user, guide_id=guide_id)
    if request.method == "POST":
        return save_guide(request, found)
    if found.owner_id != request.user.pk:
        return render(request, "mindnet/guide_read.html", {"guide": with_length(found), "steps": read_steps(found)})
    values = {"name": found.name, "description": found.description, "shared": found.is_shared}
    return editor(request, found, values, rows_of(found.steps))


def read_steps(guide):
    return [
        step | {
            "at": length_words(step["at"]),
            "length": length_words(step["seconds"]) if step["seconds"] else "",
            "name": KIND_WORDS[step["kind"]],
        }
        for step in guide.steps
    ]  # fmt: skip


def save_guide(request, found):
    values = {name: request.POST.get(name, "").strip() for name in ("name", "description")}
    values["shared"] = "shared" in request.POST
    rows = posted_rows(request.POST)
    wish = request.POST.get("do", "")
    if wish:
        return editor(request, found, values, rearranged(rows, wish))
    steps, is_good = steps_of(rows)
    if not is_good:
        errors = {"steps": ["Some steps have no length that could be read."]}
        return editor(request, found, values, rows, errors=errors, status=400)
    try:
        if found is None:
            guide_services.create_guide(psychic=request.user, steps=steps, **values)
        else:
            guide_services.update_guide(psychic=request.user, guide_id=found.pk, steps=steps, **values)
    except DomainError as error:
        errors = error.errors or {"other": [error.detail]}
        return editor(request, found, values, rows, errors=errors, status=error.status)
    messages.success(request, f"“{values['name']}” is saved.")
    return redirect("meditation")


def editor(request, found, values, rows, *, errors=None, status=200):
    context = {
        "guide": found,
        "heading": "Your guide" if found else "A new guide",
        "action": request.path,
        "values": values,
        "rows": rows or blank_rows(1),
        "kinds": CHOICES,
        "total": length_words(total_of(rows)),
        "errors": errors or {},
    }
    return render(request, "mindnet/guide.html", context, status=status)


@page
@require_POST
def delete_guide(request, guide_id):
    guide_services.delete_guide(psychic=request.user, guide_id=guide_id)
    messages.success(request, "The guide is deleted.")
    return redirect("meditation")


# A session in its room


@page
@require_POST
def begin_session(request, room_id):
    text = request.POST.get("guide", "")
    guide_id = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    try:
        sessions.start_session(psychic=request.user, room_id=room_id, guide_id=guide_id)
    except DomainError as error:
        return with_refusal(request, room_id, error)
    return redirect("room", room_id)


@page
@require_POST
def end_session(request, room_id):
    try:
        sessions.end_session(psychic=request.user, room_id=room_id)
    except DomainError as error:
        if error.code != "not_found":
            return with_refusal(request, room_id, error)
        rooms.get_room(psychic=request.user, room_id=room_id)  # there is the room, and the session has ended already
    return redirect("room", room_id)


def with_refusal(request, room_id, error):
    """The room as it is, with what was refused in the session bar."""
    return room.room_page(request, room_id, session_errors=sentences(error), status=error.status)
