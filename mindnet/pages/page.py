"""What every page is made with.

Each view reads through the services and hands its template plain values; each form posts back here and is answered
with a redirect, so that a reload never repeats it. Everything works without JavaScript; what JavaScript needs to go
live from where the page stands is in one element with JSON.
"""

import functools
from http import HTTPStatus
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache

from messaging import broadcasts, unread
from messaging.fields import ATTACHMENTS, TEXT, URGENT_REASON
from mindnet.base import rates
from mindnet.base.errors import DomainError, not_found
from mindnet.base.ids import GREATEST_ID, whole_number
from mindnet.base.rules import most_of
from mindnet.pages.kept_forms import ask_to_sign_in
from mindnet.pages.own_menu import asked as own_menu_asked
from mindnet.pages.own_menu import own_menu
from mindnet.realtime.shapes import to_builtins
from presence import blocks
from presence.fields import NOTE
from presence.models import Status
from presence.signed_in import known
from rooms.models import Kind


def page(view):
    """Sign-in first, never from a cache; what the services refuse becomes a page with the reason and the status.

    A form that comes without a sign-in is kept until there is one.
    """

    @never_cache
    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        if not request.user.is_authenticated:
            is_form = request.method == "POST"
            return ask_to_sign_in(request) if is_form else redirect_to_login(request.get_full_path())
        # Through the lazy one every look at a name or a number goes three calls farther.
        request.user = known(request)
        if kwargs.get("room_id", 0) > GREATEST_ID:
            raise Http404
        try:
            rates.check("PAGE_RATE", request.user.pk)
        except DomainError as error:
            return too_fast(error)
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise Http404 from None
            return render(request, "refused.html", {"sentences": sentences(error)}, status=error.status)

    answer.is_page = True
    return answer


def too_fast(refusal):
    """A page that asks nothing of the database: whoever is refused costs no more."""
    text = render_to_string("429.html", {"detail": refusal.detail})
    return HttpResponse(text, status=refusal.status, headers=refusal.headers)


def sentences(error):
    """What a refusal says, for a person."""
    if error.errors:
        return [text for texts in error.errors.values() for text in texts]
    return [error.detail]


def plain_data(request):
    """For templates: what the script of a page begins with whose view gives it nothing else. The rooms come with
    `hello`."""
    return {
        "data": functools.cache(lambda: client_data(request.user, [])),
        "own_menu": functools.cache(lambda: own_menu(request.user)),
    }


def asked_by_frame(psychic):
    """What is asked for what stands around a page, for `asked_ahead`: by `client_data` and by `own_menu`."""
    return blocks.blocked_by(psychic.pk), broadcasts.asked_of(psychic), own_menu_asked(psychic)


def client_data(psychic, entries):
    """What the script of every live page begins with."""
    return {
        "me": own_presence(psychic),
        "rooms": to_builtins(entries),
        "blocked": blocks.ids_of(psychic),
        "waiting": waiting_data(psychic),
        "away_seconds": settings.LIMITS["AWAY_SECONDS"],
        "most": {
            "message": most_of(TEXT),
            "note": most_of(NOTE),
            "urgent_reason": most_of(URGENT_REASON),
            "files": most_of(ATTACHMENTS),
            "file_bytes": settings.LIMITS["UPLOAD_BYTES"],
        },
    }


def waiting_data(psychic):
    """The broadcasts that wait for one's acknowledgement, newest first. Nothing waits for who meditates."""
    is_quiet = psychic.chosen_status == Status.MEDITATING
    return [] if is_quiet else to_builtins(broadcasts.waiting_for(psychic))


def entries_of(psychic):
    """What `hello` says of my rooms, under the names I know them by."""
    entries = [place.entry for place in unread.places([psychic.pk])[psychic.pk]]
    for entry in entries:
        entry.name = shown_name(entry, psychic)
    return entries


class ListedRoom(NamedTuple):
    """Of an entry what a list of one's rooms shows."""

    id: int
    kind: str
    name: str
    unread: int
    mentions: int


def listed(entries):
    """The list of `entries_of`, to be drawn by `parts/room_entry.html`."""
    return [ListedRoom(one.id, one.kind, one.name, one.unread, one.mentions) for one in entries]


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


def page_number(text):
    """The number in `?before=`, or None for the newest page."""
    if not text:
        return None
    number = whole_number(text)
    if number is None or number < 0:
        raise not_found()
    return number
