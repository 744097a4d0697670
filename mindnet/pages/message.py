"""What one can do with a message, for browsers without scripts: on a room's live page its menu does it."""

import uuid

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging import edits, markers, services, sync
from messaging.models import Message, MessageType
from mindnet.base.errors import DomainError, not_found
from mindnet.base.ids import is_id
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences, shown_name
from mindnet.pages.room import posted_nonce
from rooms import lookups
from rooms.models import Kind


@page
@takes_form()
def room_message(request, room_id, message_id):
    if request.method != "POST":
        return message_page(request, room_id, message_id)
    message_of(request.user, room_id, message_id)
    try:
        services.delete_message(psychic=request.user, message_id=message_id)
    except DomainError as error:
        return message_page(request, room_id, message_id, errors=sentences(error), status=error.status)
    messages.success(request, "The message is deleted.")
    return redirect("room", room_id)


def answer_again(request, room_id, message_id):
    written = {"answer": request.POST.get("content", ""), "nonce": posted_nonce(request)}
    return message_page(request, room_id, message_id, written=written)


@page
@takes_form(page="room_message", draw=answer_again)
def answer_message(request, room_id, message_id):
    """The form carries a nonce, so that sending it twice answers once."""
    message_of(request.user, room_id, message_id)
    content, nonce = request.POST.get("content", ""), posted_nonce(request)
    try:
        services.post_message(psychic=request.user, room_id=room_id, content=content, nonce=nonce, reply_to=message_id)
    except DomainError as error:
        written = {"answer": content, "nonce": uuid.uuid4() if error.code == "nonce_reused" else nonce}
        return message_page(request, room_id, message_id, errors=sentences(error), written=written, status=error.status)
    return redirect(f"{reverse('room', args=[room_id])}?newest=1#composer")


def edit_again(request, room_id, message_id):
    return message_page(request, room_id, message_id, written={"edit": request.POST.get("content", "")})


@page
@takes_form(page="room_message", draw=edit_again)
def edit_message(request, room_id, message_id):
    message_of(request.user, room_id, message_id)
    content = request.POST.get("content", "")
    try:
        edits.edit_message(psychic=request.user, message_id=message_id, content=content)
    except DomainError as error:
        written = {"edit": content}
        return message_page(request, room_id, message_id, errors=sentences(error), written=written, status=error.status)
    return redirect(f"{reverse('room', args=[room_id])}?message={message_id}#m{message_id}")


@page
@takes_form(page="room_message")
def mark_unread(request, room_id, message_id):
    """From this message on. To the lobby from there: a room that is shown is read."""
    _, message = message_of(request.user, room_id, message_id)
    markers.mark_unread(psychic=request.user, room_id=room_id, seq=message.seq)
    messages.success(request, "Unread from there on. The room begins there when you go in again.")
    return redirect("home")


def message_of(psychic, room_id, message_id):
    """The room, and the message if it is in there."""
    room = lookups.get_room(psychic=psychic, room_id=room_id)
    found = sync.read(Message.objects.filter(pk=message_id, room=room)) if is_id(message_id) else []
    if not found:
        raise not_found()
    return room, found[0]


def message_page(request, room_id, message_id, *, errors=(), written=None, status=200):
    """`written`: what a form on it says that was not carried out, by its deed."""
    room, message = message_of(request.user, room_id, message_id)
    is_own = message.sender.id == request.user.pk
    is_moderated = room.my_role in lookups.MODERATING and room.kind != Kind.PRIVATE
    is_said = room.is_active and room.my_role and room.kind != Kind.BROADCAST and not message.deleted
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "message": message,
        "is_own": is_own,
        # What is asked for all the same, the service refuses.
        "may_answer": is_said,
        "may_edit": is_said and is_own and message.message_type == MessageType.TEXT,
        "may_delete": room.is_active and room.my_role and not message.deleted and (is_own or is_moderated),
        "errors": errors,
        "written": {"nonce": uuid.uuid4(), **(written or {})},
    }
    return render(request, "room/one_message.html", context, status=status)
