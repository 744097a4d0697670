"""The pages people open in a browser.

Each view reads through the services and hands its template plain values; each form posts back here and is answered
with a redirect, so that a reload never repeats it. Everything works without JavaScript; what JavaScript needs to go
live from where the page stands is in one `json_script` element.
"""

import functools
import uuid
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from messaging import services as messaging
from messaging import sync
from mindnet.base.errors import DomainError, not_found
from mindnet.pages.session_bar import session_bar
from mindnet.realtime.shapes import to_builtins
from presence import avatars
from presence import services as presence
from rooms import crowds
from rooms import services as rooms
from rooms.models import PUBLIC_KINDS, Kind

PAGE_MESSAGES = 50
LISTED_OPEN_ROOMS = 30
# Two messages of one sender stand in one group when they are no further apart than this.
GROUP_SECONDS = 300
# Ids are 64-bit in the database; a longer number in a path names nothing.
GREATEST_ID = 2**63 - 1
ROOM_KINDS = [
    (Kind.OPEN, "Open", "Anybody may find it, read it and join."),
    (Kind.CLOSED, "Closed", "By invitation; for others it does not exist."),
    (Kind.MEDITATION, "Meditation", "Open, made for being quiet together."),
]


def page(view):
    """Sign-in first, never from a cache; what the services refuse becomes a page with the reason and the status."""

    @never_cache
    @login_required
    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        if kwargs.get("room_id", 0) > GREATEST_ID:
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise Http404 from None
            return render(request, "mindnet/refused.html", {"sentences": sentences(error)}, status=error.status)

    return answer


def sentences(error):
    """What a refusal says, for a person."""
    if error.errors:
        return [text for texts in error.errors.values() for text in texts]
    return [error.detail]


@never_cache
@require_safe
def home(request):
    if not request.user.is_authenticated:
        return render(request, "mindnet/welcome.html")
    return lobby(request)


def lobby(request, *, values=None, errors=None, status=200):
    """My rooms, rooms to join, people online, a form for a new room."""
    psychic = request.user
    entries = entries_of(psychic)
    entries.sort(key=lambda entry: (entry.unread == 0, entry.name.lower(), entry.id))
    open_rooms = rooms.list_rooms(psychic=psychic, mine=False, is_active=True).filter(kind__in=PUBLIC_KINDS)
    others = open_rooms.order_by("-participant_count", "-pk")[:LISTED_OPEN_ROOMS]
    people = [one for one in presence.online_psychics(viewer=psychic) if one.id != psychic.pk]
    keys = avatars.keys_of(one.id for one in people)
    context = {
        "entries": entries,
        "others": others,
        "people": to_builtins(people),
        "avatars": keys,
        "kinds": ROOM_KINDS,
        "values": values or {"kind": Kind.OPEN},
        "errors": errors or {},
        "data": client_data(psychic, entries) | {"avatars": keys},
    }
    return render(request, "mindnet/lobby.html", context, status=status)


def client_data(psychic, entries):
    """What the script of every live page begins with."""
    return {
        "me": own_presence(psychic),
        "rooms": to_builtins(entries),
        "away_seconds": settings.LIMITS["AWAY_SECONDS"],
    }


def entries_of(psychic):
    """What `hello` says of my rooms, under the names I know them by."""
    entries = sync.entries([psychic.pk])[psychic.pk]
    for entry in entries:
        entry.name = shown_name(entry, psychic)
    return entries


def shown_name(room, psychic):
    """A mind-link is named after its two; each of them sees the other."""
    if room.kind != Kind.PRIVATE:
        return room.name
    others = [name for name in room.name.split(" & ") if name != psychic.username]
    return " & ".join(others) or room.name


def own_presence(psychic):
    """The signed-in psychic as the scripts know them: what they have chosen, not what connections add up to."""
    until = psychic.until.isoformat().replace("+00:00", "Z") if psychic.until else None
    return {
        "id": psychic.pk,
        "username": psychic.username,
        "status": psychic.chosen_status or "online",
        "note": psychic.note,
        "until": until,
    }


@page
@require_POST
def create_room(request):
    values = {name: request.POST.get(name, "").strip() for name in ("name", "description", "kind")}
    try:
        room, _ = rooms.create_room(psychic=request.user, **values)
    except DomainError as error:
        errors = error.errors or {"name": [error.detail]}
        return lobby(request, values=values, errors=errors, status=error.status)
    return redirect("room", room.pk)


@page
@require_POST
def open_private(request):
    username = request.POST.get("username", "").strip()
    try:
        room, _ = rooms.create_room(psychic=request.user, name="", kind=Kind.PRIVATE, with_username=username)
    except DomainError as error:
        text = " ".join(sentences(error))
        values = {"kind": Kind.OPEN, "username": username}
        return lobby(request, values=values, errors={"username": [text]}, status=error.status)
    return redirect("room", room.pk)


@page
@require_GET
def room(request, room_id):
    try:
        return room_page(request, room_id)
    except DomainError as error:
        if error.code != "not_found" or "invitation" not in request.GET:
            raise
        # A closed room does not exist for the invited yet, so this page says nothing about it.
        return render(request, "mindnet/invited.html", {"room_id": room_id, "code": request.GET["invitation"]})


def room_page(request, room_id, *, draft="", errors=(), nonce=None, session_errors=(), status=200):
    psychic = request.user
    before = page_number(request.GET.get("before"))
    room = rooms.get_room(psychic=psychic, room_id=room_id)
    entries = entries_of(psychic)
    entry = next((entry for entry in entries if entry.id == room_id), None)
    # `page.last_seq` was read before the messages: they are never older than the number the page claims to know.
    page = sync.history(psychic=psychic, room_id=room_id, before=before, limit=PAGE_MESSAGES)
    counts = crowds.counts_if_crowded(room_id)
    participants = [] if counts else participants_or_none(psychic, room_id)
    seen = [message.sender.id for message in page.messages] + [one.psychic.id for one in participants]
    context = {
        "room": room,
        "title": entry.name if entry else shown_name(room, psychic),
        "entry": entry,
        "entries": entries,
        "participants": participants,
        "counts": to_builtins(counts),
        "meditators": [one.psychic for one in participants if is_meditating(one.psychic, psychic)],
        "avatars": avatars.keys_of(seen),
        "items": list(as_items(page.messages, viewer=psychic, read_seq=entry.read_seq if entry else None)),
        "before": before,
        "older": page.messages[0].seq if page.has_older else None,
        "can_post": bool(entry) and room.is_active and room.kind != Kind.BROADCAST,
        "draft": draft,
        "errors": errors,
        "nonce": nonce or uuid.uuid4(),
        "session_errors": session_errors,
    } | session_bar(room, psychic)
    if before is None:
        context["data"] = client_data(psychic, entries) | {
            "room": {
                "id": room.pk,
                "kind": room.kind,
                "last_seq": page.last_seq,
                "joined": bool(entry),
                "can_post": context["can_post"],
                "has_older": page.has_older,
            },
            "messages": to_builtins(page.messages),
            "participants": to_builtins(participants),
            "counts": context["counts"],
            "avatars": context["avatars"],
        }
    return render(request, "mindnet/room.html", context, status=status)


def is_meditating(one, viewer):
    return one.status == "meditating" and one.id != viewer.pk


def page_number(text):
    """The number in `?before=`, or None for the newest page."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text[:30]) > GREATEST_ID:
        raise not_found()
    return int(text)


def participants_or_none(psychic, room_id):
    """Who is in, as far as the viewer may know."""
    try:
        return rooms.list_participants(psychic=psychic, room_id=room_id)
    except DomainError:
        return []


def as_items(shown, *, viewer, read_seq):
    """Messages with what the template needs beside each: day and new-message lines, grouping, the quoted one."""
    held = {message.id: message for message in shown}
    previous = None
    line_drawn = read_seq is None
    for message in shown:
        day = None if previous and previous.timestamp.date() == message.timestamp.date() else message.timestamp
        own = message.sender.id == viewer.pk
        is_line = not line_drawn and not own and message.seq > read_seq
        line_drawn = line_drawn or is_line
        yield {
            "message": message,
            "day": day,
            "line": is_line,
            "own": own,
            "first": bool(day) or is_line or not same_group(previous, message),
            "quote": held.get(message.reply_to),
        }
        previous = message


def same_group(previous, message):
    apart = (message.timestamp - previous.timestamp).total_seconds()
    return previous.sender.id == message.sender.id and apart <= GROUP_SECONDS


@page
@require_POST
def join(request, room_id):
    invitation = request.POST.get("invitation") or None
    rooms.join_room(psychic=request.user, room_id=room_id, invitation=invitation)
    return redirect("room", room_id)


@page
@require_POST
def leave(request, room_id):
    left = rooms.get_room(psychic=request.user, room_id=room_id)
    rooms.leave_room(psychic=request.user, room_id=room_id)
    messages.success(request, f"You have left {shown_name(left, request.user)}.")
    return redirect("home")


@page
@require_POST
def post(request, room_id):
    """The composer without JavaScript. The form carries a nonce, so that sending it twice posts once."""
    content = request.POST.get("content", "")
    try:
        nonce = uuid.UUID(request.POST.get("nonce", ""))
    except ValueError:
        nonce = uuid.uuid4()
    # Whoever gives a reason means that it cannot wait.
    reason = request.POST.get("urgent_reason", "").strip() or None
    urgency = {"urgent": reason is not None, "urgent_reason": reason}
    try:
        messaging.post_message(psychic=request.user, room_id=room_id, content=content, nonce=nonce, **urgency)
    except DomainError as error:
        if error.code == "not_found":
            raise
        # A nonce that already carries another text cannot carry this one.
        nonce = None if error.code == "nonce_reused" else nonce
        return room_page(request, room_id, draft=content, errors=sentences(error), nonce=nonce, status=error.status)
    return redirect(f"{reverse('room', args=[room_id])}#composer")
