"""A room's page: what was said in it, who is in, and a form to say something."""

import functools
import re
import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from messaging import broadcasts, deciding, unread
from messaging import lookups as message_lookups
from messaging import services as messaging
from mindnet.base.errors import DomainError
from mindnet.database.prepared import asked_ahead
from mindnet.pages import own_menu, reading
from mindnet.pages.holding import waiting_for
from mindnet.pages.kept_forms import had_files, takes_form
from mindnet.pages.page import client_data, entries_of, page, shown_name
from mindnet.pages.posted_files import store_files
from mindnet.pages.restrictions import standing
from mindnet.pages.room_parts import parts
from mindnet.pages.said import said_in
from mindnet.pages.sealing import sealing, sealing_data, told
from mindnet.pages.session_bar import session_bar
from mindnet.realtime.shapes import to_builtins
from mindnet.realtime.told import Told
from presence import avatars, blocks
from rooms import crowds, house_rules, lookups
from rooms import services as rooms
from rooms.in_force import prepared as restrictions_in_force
from rooms.invitations import CODE_PATTERN
from rooms.leaving import meaning_of
from rooms.models import Kind

# A browser fills no field for files.
FILES_ONCE_MORE = "Choose the files once more."


def takes_old_invitations(view):
    """Links to closed rooms were addresses of the room once, and are still about: they lead to the invitation's page,
    which asks for no sign-in."""

    @functools.wraps(view)
    def answer(request, room_id):
        code = request.GET.get("invitation", "")
        is_code = re.fullmatch(CODE_PATTERN, code) is not None
        if is_code and not is_in(request.user, room_id):
            return redirect("invite", code)
        return view(request, room_id=room_id)

    return answer


def is_in(psychic, room_id):
    return psychic.is_authenticated and room_id in lookups.participant_room_ids(psychic.pk)


@takes_old_invitations
@page
@require_GET
def room(request, room_id):
    return room_page(request, room_id)


def room_page(request, room_id, **drawn):
    """`drawn`: what a form on it says that was not carried out, and why."""
    with asked_ahead(*asked(request.user, room_id), *reading.asked_for(request, room_id)):
        return draw(request, room_id, **drawn)


def asked(psychic, room_id):
    """What the page of a room asks, as far as it hangs on nothing else. Where the room is not there for the psychic,
    nobody is told what was read."""
    return (
        blocks.blocked_by(psychic.pk),
        crowds.asked(room_id),
        restrictions_in_force(room_id, psychic.pk, timezone.now()),
        lookups.longest_standing(room_id),
        deciding.asked_of(room_id),
        broadcasts.asked_of(psychic),
        own_menu.asked(psychic),
        unread.asked_of(psychic.pk),
    )


def draw(request, room_id, *, draft="", errors=(), nonce=None, session_errors=(), status=200):
    psychic = request.user
    entries = entries_of(psychic)
    entry = next((entry for entry in entries if entry.id == room_id), None)
    people_in = functools.cache(lambda room: counts_and_participants(room, psychic))

    def beside(room, shown):
        _, participants = people_in(room)
        return [avatars.asked(seen_on(shown, participants)), *message_lookups.asked_of(shown)]

    part = reading.part_of(request, room_id, entry, beside)
    room = part.history.room
    # `page.last_seq` was read before the messages: they are never older than the number the page claims to know.
    page = part.history
    # Announcements are the house's, whoever has written them.
    hidden = set() if room.kind == Kind.BROADCAST else set(blocks.ids_of(psychic))
    counts, participants = people_in(room)
    pictures = avatars.keys_of(seen_on(page.messages, participants))
    read_to = entry.read_to if entry else None
    quoted = message_lookups.answered_by(page.messages)
    told, asked = Told(page.messages), broadcasts.answers_to(psychic, page.messages)
    context = {
        "room": room,
        "title": entry.name if entry else shown_name(room, psychic),
        "entry": entry,
        "entries": entries,
        "counts": to_builtins(counts),
        "rules": house_rules.sentences(room),
        "said": said_in(
            told, viewer=psychic, read_seq=read_to, hidden=hidden, quoted=quoted, pictures=pictures, asked=asked
        ),
        "part": part,
        "seen_url": reading.seen_url(psychic, room_id, part.upto) if part.upto else None,
        "older": page.older,
        "newer": page.newer,
        "can_post": bool(entry) and room.is_active and room.kind != Kind.BROADCAST,
        "keeps_order": bool(entry) and room.kind != Kind.PRIVATE and room.my_role in lookups.MODERATING,
        "waiting_count": waiting_for(psychic, room),
        "draft": draft,
        "errors": errors,
        "nonce": nonce or uuid.uuid4(),
        "urgent_reason": request.POST.get("urgent_reason", ""),
        "session_errors": session_errors,
        "has_sessions": False,
    }
    context |= session_bar(room, psychic) | standing(room, psychic)
    context["sealing"] = sealing(room, psychic)
    context["is_link"] = context["sealing"]["other"] is not None
    context["data"] = client_data(psychic, entries)
    context |= parts(
        room, title=context["title"], entries=entries, participants=participants, avatars=pictures,
        may=context["may"], write=context["write"], wait_until=context["wait_until"],
        file_bytes=context["data"]["most"]["file_bytes"], viewer=psychic,
    )  # fmt: skip
    if part.is_live:
        context["data"] |= {
            "room": {
                "id": room.pk,
                "kind": room.kind,
                "is_active": room.is_active,
                "last_seq": page.last_seq,
                "joined": bool(entry),
                "can_post": context["can_post"],
                "may": to_builtins(context["may"]),
                "has_older": page.older is not None,
                "has_newer": page.newer is not None,
                "link": sealing_data(context["sealing"]),
            },
            "messages": told,
            "quoted": quoted,
            "emoji_url": static("mindnet/emoji.json"),
            "participants": participants,
            "counts": context["counts"],
            "avatars": pictures,
            "asked": asked,
        }
    return render(request, "room/room.html", context, status=status)


@page
@require_GET
def seen(request, room_id):
    """What a page without scripts has shown is read. The browser asks for an image, and there is none."""
    reading.mark_seen(request.user, room_id, request.GET.get("upto", ""))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def counts_and_participants(room, psychic):
    """How many are there and how, or who, as far as the viewer may know."""
    counts = crowds.counts_if_crowded(room)
    return counts, [] if counts else lookups.participants_in(room, psychic)


def seen_on(shown, participants):
    """The ids of those whose pictures are seen."""
    return [message.sender.id for message in shown] + [one.psychic.id for one in participants]


def join_again(request, room_id):
    """The room's page, which asks for the key again where it is needed."""
    return redirect(f"{reverse('room', args=[room_id])}?{request.POST.urlencode()}")


@page
@takes_form(page="room", draw=join_again)
def join(request, room_id):
    invitation = request.POST.get("invitation") or None
    rooms.join_room(psychic=request.user, room_id=room_id, invitation=invitation)
    return redirect("room", room_id)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request, room_id):
    """Asks first, with what it means, and again where that has become something else since they were asked."""
    room = lookups.get_room(psychic=request.user, room_id=room_id)
    title = shown_name(room, request.user)
    means = meaning_of(room, request.user)
    is_sure = request.method == "POST" and (means is None or request.POST.get("means") == means.key)
    if means and not is_sure:
        has_changed = "means" in request.POST
        context = {"room": room, "title": title, "means": means, "has_changed": has_changed}
        return render(request, "room/leave.html", context, status=409 if has_changed else 200)
    if not is_sure:
        return redirect("room", room_id)
    rooms.leave_room(psychic=request.user, room_id=room_id)
    messages.success(request, f"You have left {title}.")
    return redirect("home")


def post_again(request, room_id):
    draft, nonce = request.POST.get("content", ""), posted_nonce(request)
    errors = [FILES_ONCE_MORE] if had_files(request) else []
    return room_page(request, room_id, draft=draft, errors=errors, nonce=nonce)


def posted_nonce(request):
    try:
        return uuid.UUID(request.POST.get("nonce", ""))
    except ValueError:
        return uuid.uuid4()


@page
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request, room_id):
    """Of a mind-link one is asked into, which is not there to be looked up: the lobby has the question."""
    if request.method == "POST":
        rooms.leave_room(psychic=request.user, room_id=room_id)
    return redirect("home")


@page
@takes_form(page="room", draw=post_again)
def post(request, room_id):
    """The composer without JavaScript. The form carries a nonce, so that sending it twice posts once."""
    content, nonce = request.POST.get("content", ""), posted_nonce(request)
    # Whoever gives a reason means that it cannot wait.
    reason = request.POST.get("urgent_reason", "").strip() or None
    urgency = {"urgent": reason is not None, "urgent_reason": reason}
    try:
        what = urgency | store_files(request, room_id, nonce)
        messaging.post_message(psychic=request.user, room_id=room_id, content=content, nonce=nonce, **what)
    except DomainError as error:
        if error.code == "not_found":
            raise
        # A nonce that already carries another text cannot carry this one.
        nonce = None if error.code == "nonce_reused" else nonce
        errors = told(error) + ([FILES_ONCE_MORE] if request.FILES else [])
        return room_page(request, room_id, draft=content, errors=errors, nonce=nonce, status=error.status)
    return redirect(f"{reverse('room', args=[room_id])}?newest=1#composer")
