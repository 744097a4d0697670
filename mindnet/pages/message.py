"""What one can do with a message, for browsers without scripts: on a room's live page its menu does it."""

from django.contrib import messages
from django.shortcuts import redirect, render

from messaging import services, sync
from messaging.models import Message
from mindnet.base.errors import DomainError, not_found
from mindnet.base.ids import is_id
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences, shown_name
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


def message_of(psychic, room_id, message_id):
    """The room, and the message if it is in there."""
    room = lookups.get_room(psychic=psychic, room_id=room_id)
    found = sync.read(Message.objects.filter(pk=message_id, room=room)) if is_id(message_id) else []
    if not found:
        raise not_found()
    return room, found[0]


def message_page(request, room_id, message_id, *, errors=(), status=200):
    room, message = message_of(request.user, room_id, message_id)
    is_own = message.sender.id == request.user.pk
    is_moderated = room.my_role in lookups.MODERATING and room.kind != Kind.PRIVATE
    context = {
        "room": room,
        "title": shown_name(room, request.user),
        "message": message,
        "is_own": is_own,
        # What is asked for all the same, the service refuses.
        "may_delete": room.is_active and room.my_role and not message.deleted and (is_own or is_moderated),
        "errors": errors,
    }
    return render(request, "room/one_message.html", context, status=status)
