"""The page of an invitation's link: for whoever holds it, signed in or not.

Nothing happens by looking. Who presses its button without a sign-in is remembered in the session, goes through signing
in or up, and is in the room when that leads back here.
"""

import time

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from mindnet.base.addresses import counted_address
from mindnet.base.errors import DomainError
from mindnet.pages.page import sentences
from rooms import invitations
from rooms import services as rooms

# In the session: the code, and when the button was pressed.
SESSION_KEY = "invitation"
# Somebody looks for their password meanwhile. The next one at the same machine comes later.
TAKEN_UP_SECONDS = 4 * 3600
DOORS = {"sign_up": "account_signup", "sign_in": "account_login"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request, code):
    try:
        return answer(request, code)
    except DomainError as error:
        if error.code == "not_found":
            return no_way_in(request, code)
        return refused(request, error)


# A form that was loaded before the last sign-in comes back here like that of any page (kept_forms.py).
invite.is_page = True


def answer(request, code):
    is_asked = request.method == "POST"
    if request.user.is_authenticated and (is_asked or take_up(request, code)):
        return go_in(request, code)
    invitation = invitations.look_up(code=code, address=counted_address(request.META))
    if is_asked:
        request.session[SESSION_KEY] = [code, time.time()]
        door = DOORS.get(request.POST.get("by", ""), "account_login")
        return redirect(f"{reverse(door)}?{urlencode({'next': request.path})}")
    return invite_page(request, invitation)


def take_up(request, code):
    """Whether the button was pressed in this browser before the sign-in. Once only."""
    if request.method != "GET":
        return False
    held, at = request.session.get(SESSION_KEY, (None, 0))
    if held != code:
        return False
    del request.session[SESSION_KEY]
    return time.time() - at < TAKEN_UP_SECONDS


def go_in(request, code):
    """Into the room, or back to the page with the reason why not."""
    invitation = invitations.look_up(code=code, address=counted_address(request.META))
    try:
        rooms.join_room(psychic=request.user, room_id=invitation.room_id, invitation=code)
    except DomainError as error:
        if error.code == "not_found":
            raise
        return invite_page(request, invitation, errors=reasons(error), status=error.status)
    return redirect("room", invitation.room_id)


def reasons(error):
    """With what a ban says of itself."""
    until, why = error.extra.get("until"), error.extra.get("reason")
    ends = [f"Until {until:%d %B %Y, %H:%M} UTC."] if until else []
    return [*sentences(error), *ends, *([f"The reason given: {why}"] if why else [])]


def invite_page(request, invitation, *, errors=(), status=200):
    room, psychic = invitation.room, request.user
    is_in = psychic.is_authenticated and room.participant_rows.active().filter(psychic=psychic).exists()
    if psychic.is_authenticated and invitation.psychic_id not in (None, psychic.pk):
        return no_way_in(request, invitation.code)
    context = {
        "invitation": invitation,
        "room": room,
        "is_in": is_in,
        "errors": errors,
    }
    return render(request, "invitations/invite.html", context, status=status)


def no_way_in(request, code):
    """One page for all: it does not say whether there ever was such an invitation. Who is in is not kept out by it."""
    room_id = invitations.room_of_code(psychic=request.user, code=code) if request.user.is_authenticated else None
    if room_id is not None:
        return redirect("room", room_id)
    request.session.pop(SESSION_KEY, None)
    return render(request, "invitations/no_way_in.html", status=404)


def refused(request, error):
    response = render(request, "refused.html", {"sentences": sentences(error)}, status=error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response
