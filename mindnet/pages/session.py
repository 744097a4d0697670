"""Beginning and ending a guided session from its room's page."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mindnet.base.errors import DomainError
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences
from mindnet.pages.room import room_page
from rooms import lookups, sessions


@page
@takes_form(page="room")
def begin_session(request, room_id):
    text = request.POST.get("guide", "")
    guide_id = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    try:
        sessions.start_session(psychic=request.user, room_id=room_id, guide_id=guide_id)
    except DomainError as error:
        return with_refusal(request, room_id, error)
    return redirect("room", room_id)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request, room_id):
    """Asks first: it ends for all who sit, and there is no way back."""
    if request.method != "POST":
        room = lookups.get_room(psychic=request.user, room_id=room_id)
        session = lookups.session_in(room)
        if session is None:
            return redirect("room", room_id)
        return render(request, "meditation/end.html", {"room": room, "session": session})
    try:
        sessions.end_session(psychic=request.user, room_id=room_id)
    except DomainError as error:
        if error.code != "not_found":
            return with_refusal(request, room_id, error)
        lookups.get_room(psychic=request.user, room_id=room_id)  # there is the room, and the session has ended already
    return redirect("room", room_id)


def with_refusal(request, room_id, error):
    """The room as it is, with what was refused in the session bar."""
    return room_page(request, room_id, session_errors=sentences(error), status=error.status)
