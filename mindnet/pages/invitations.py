"""Inviting, on the page of a room's invitations and from a profile; and saying no to one, from the lobby."""

from dataclasses import dataclass

import segno
from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from mindnet.base.errors import DomainError
from mindnet.base.ids import whole_number
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences
from mindnet.pages.profile import profile_page
from presence.fields import USERNAME
from rooms import invitations, lookups
from rooms.models import Invitation

LISTED_INVITATIONS = 100
USES = [(1, "One person"), (5, "5 people"), (25, "25 people"), (100, "100 people")]
HOURS = [(1, "An hour"), (24, "A day"), (7 * 24, "A week"), (30 * 24, "A month"), (90 * 24, "90 days")]
DEFAULTS = {"username": "", "max_uses": "1", "hours": str(invitations.INVITATION_HOURS_DEFAULT)}


@dataclass
class Open:
    """An open invitation, as its page shows it: a link with its address and that as a picture."""

    row: Invitation
    url: str = ""
    picture: str = ""

    @property
    def uses_left(self):
        return self.row.max_uses - self.row.uses


def invitations_again(request, room_id):
    return invitations_page(request, room_id, values=posted_invitation(request))


def posted_invitation(request):
    return {name: request.POST.get(name, default).strip() for name, default in DEFAULTS.items()}


@page
@takes_form(draw=invitations_again)
def room_invitations(request, room_id):
    if request.method != "POST":
        return invitations_page(request, room_id)
    values = posted_invitation(request)
    by_name = "username" in request.POST
    wanted = {"username": values["username"]} if by_name else {"max_uses": number(values["max_uses"])}
    try:
        made = invitations.invite(psychic=request.user, room_id=room_id, hours=number(values["hours"]), **wanted)
    except DomainError as error:
        if error.code in ("not_found", "not_participant", "room_closed"):
            raise
        field = "username" if by_name else "link"
        return invitations_page(request, room_id, values=values, errors={field: sentences(error)}, status=error.status)
    said = f"{made.psychic.username} is invited." if by_name else "The link is made. Copy it, or show its picture."
    messages.success(request, said)
    return redirect("room_invitations", room_id)


def number(text):
    """What the service refuses, where it is no number: 0 of anything."""
    return whole_number(text) or 0


def invitations_page(request, room_id, *, values=None, errors=None, status=200):
    rows = invitations.list_invitations(psychic=request.user, room_id=room_id).order_by("-pk")
    context = {
        "room": lookups.get_room(psychic=request.user, room_id=room_id),
        "open": [shown(request, row) for row in rows[:LISTED_INVITATIONS]],
        "values": values or DEFAULTS,
        "errors": errors or {},
        "uses": [(str(count), words) for count, words in USES],
        "hours": [(str(count), words) for count, words in HOURS],
        "most_username": USERNAME.most,
    }
    return render(request, "invitations/room.html", context, status=status)


def shown(request, row):
    if row.psychic_id:
        return Open(row)
    url = request.build_absolute_uri(reverse("invite", args=[row.code]))
    return Open(row, url, picture_of(url))


def picture_of(url):
    """The address as a QR code: black on white with a margin of its own, so that it is read in the dark as well."""
    drawn = segno.make(url, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr"
    )
    return mark_safe(drawn)  # noqa: S308 (numbers of segno's own; the address is only drawn)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request, room_id, invitation_id):
    if request.method != "POST":
        return redirect("room_invitations", room_id)
    invitations.withdraw_invitation(psychic=request.user, room_id=room_id, invitation_id=invitation_id)
    messages.success(request, "Withdrawn. It lets nobody in any more.")
    return redirect("room_invitations", room_id)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request, invitation_id):
    """An invitation is shown in the lobby, and answered there."""
    if request.method == "POST":
        invitations.decline(psychic=request.user, invitation_id=invitation_id)
        messages.success(request, "You have declined. Whoever asked cannot invite you by name again.")
    return redirect("home")


def profile_again(request, username):
    return profile_page(request, username, invite_room=request.POST.get("room", ""))


@page
@takes_form(page="profile", draw=profile_again)
def invite_psychic(request, username):
    """From a profile, to one of the rooms where the viewer may invite."""
    chosen = request.POST.get("room", "")
    try:
        made = invitations.invite(psychic=request.user, room_id=number(chosen), username=username)
    except DomainError as error:
        if error.code == "not_found":
            raise
        errors = sentences(error)
        return profile_page(request, username, invite_room=chosen, invite_errors=errors, status=error.status)
    messages.success(request, f"{made.psychic.username} is invited to {made.room.name}.")
    return redirect("profile", username)
