"""Broadcasts: writing one, how far one has got, and acknowledging one. The first two are for who may broadcast."""

import uuid

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from messaging import broadcasts
from messaging.fields import BROADCAST_ROOMS, TEXT
from messaging.services import checked_content
from mindnet.base.errors import DomainError, invalid
from mindnet.base.ids import whole_number
from mindnet.base.rules import most_of
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, page_number, sentences

LISTED_ROOMS = 20
LISTED_SILENT = 50
# Of the form's buttons, what each asks for.
FIND, CHANGE, PREVIEW, SEND = "find", "change", "preview", "send"


# Writing one


def compose_again(request):
    return compose_page(request, posted(request))


@page
@takes_form(draw=compose_again)
def compose(request):
    """Write, look at what it will be, send. Without a step the page is the form, and what was sent."""
    if request.method != "POST":
        return compose_page(request, {"nonce": str(uuid.uuid4()), "to": "everyone", "rooms": []})
    broadcasts.require_operator(request.user)
    values, step = posted(request), request.POST.get("step")
    if step in (FIND, CHANGE):
        return compose_page(request, values)
    try:
        return send(request, values) if step == SEND else preview_page(request, values)
    except DomainError as error:
        if error.code == "nonce_reused":
            values["nonce"] = str(uuid.uuid4())
        return compose_page(request, values, errors=told(error), status=error.status)


def posted(request):
    """What the form says. A room's id that is no number is no room's."""
    numbers = [whole_number(text) for text in request.POST.getlist("rooms")]
    return {
        "content": request.POST.get("content", ""),
        "to": "rooms" if request.POST.get("to") == "rooms" else "everyone",
        "rooms": [number for number in numbers if number is not None][: BROADCAST_ROOMS.most + 1],
        "require_ack": bool(request.POST.get("require_ack")),
        "nonce": known_nonce(request.POST.get("nonce", "")),
        "q": " ".join(request.POST.get("q", "").split())[:100],
    }


def known_nonce(text):
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


def told(error):
    if error.code == "not_found":
        return ["One of these rooms is not there any more. Choose again."]
    return sentences(error)


def chosen_rooms(values):
    """None for everyone."""
    if values["to"] == "everyone":
        return None
    if not values["rooms"]:
        raise invalid("rooms", "Choose at least one room, or send it to everyone.")
    if len(values["rooms"]) > BROADCAST_ROOMS.most:
        raise invalid("rooms", f"Choose {BROADCAST_ROOMS.most} rooms at most.")
    return values["rooms"]


def compose_page(request, values, *, errors=(), status=200):
    sent = broadcasts.page_of_sent(psychic=request.user, before=page_number(request.GET.get("before")))
    rooms = broadcasts.rooms_to_choose()
    found = broadcasts.rooms_to_choose(values.get("q", "")).exclude(pk__in=values["rooms"])
    context = {
        "values": values,
        "errors": errors,
        "chosen": rooms.filter(pk__in=values["rooms"]),
        "found": found[:LISTED_ROOMS],
        "has_more": found.count() > LISTED_ROOMS,
        "most": most_of(TEXT),
        "sent": sent,
    }
    return render(request, "broadcasts/broadcasts.html", context, status=status)


def preview_page(request, values):
    content = checked_content(values["content"])
    targets = broadcasts.broadcast_targets(chosen_rooms(values))
    context = {
        "values": values | {"content": content},
        "targets": targets,
        "recipients": broadcasts.recipients(targets),
    }
    return render(request, "broadcasts/preview.html", context)


def send(request, values):
    """Twice under the same nonce posts once, and leads to the same page."""
    reply = broadcasts.broadcast(
        psychic=request.user,
        content=values["content"],
        rooms=chosen_rooms(values),
        nonce=uuid.UUID(values["nonce"]),
        require_ack=values["require_ack"],
    )
    people = "1 person" if reply.recipients == 1 else f"{reply.recipients} people"
    messages.success(request, f"Sent to {people}.")
    return redirect("broadcast", min(place.id for place in reply.messages))


# How far one has got


@page
@require_GET
def show(request, message_id):
    sent = broadcasts.find_sent(psychic=request.user, message_id=message_id)
    return show_page(request, sent)


def show_page(request, sent, *, errors=(), status=200):
    offset = page_number(request.GET.get("from")) or 0
    people = list(broadcasts.silent_of(sent)[offset : offset + LISTED_SILENT + 1]) if sent.first.require_ack else []
    context = {
        "sent": sent,
        "first": sent.first,
        "errors": errors,
        "silent": people[:LISTED_SILENT],
        "next": offset + LISTED_SILENT if len(people) > LISTED_SILENT else None,
        "offset": offset,
        "left": max(0, sent.silent - offset - LISTED_SILENT),
    }
    return render(request, "broadcasts/broadcast.html", context, status=status)


@page
@require_GET
def progress(request, message_id):
    """What the page asks for while somebody looks at it."""
    sent = broadcasts.find_sent(psychic=request.user, message_id=message_id)
    return JsonResponse({"acknowledged": sent.acknowledged, "recipients": sent.recipients})


@page
@takes_form()
def remind(request, message_id):
    """Asks once, and says how many it will reach."""
    sent = broadcasts.find_sent(psychic=request.user, message_id=message_id)
    if request.method != "POST":
        return render(request, "broadcasts/remind.html", {"sent": sent, "first": sent.first})
    try:
        count = broadcasts.remind(psychic=request.user, message_id=message_id, whole=True)
    except DomainError as error:
        context = {"sent": sent, "first": sent.first, "errors": sentences(error)}
        return render(request, "broadcasts/remind.html", context, status=error.status)
    messages.success(request, f"Reminded {'1 person' if count == 1 else f'{count} people'}.")
    return redirect("broadcast", sent.first.pk)


# Acknowledging one


@page
@takes_form()
def acknowledge(request, message_id):
    """The button beside a broadcast leads here, and back to where it was pressed."""
    if request.method != "POST":
        shown = broadcasts.read_broadcast(psychic=request.user, message_id=message_id)
        is_given = broadcasts.answers_to(request.user, [shown]).get(shown.id)
        return render(request, "broadcasts/acknowledge.html", {"message": shown, "is_given": is_given})
    broadcasts.acknowledge(psychic=request.user, message_id=message_id)
    messages.success(request, "Acknowledged.")
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else "home")
