"""What was put on oneself, in whatever room, and the form that answers it; what keeps one from writing in a room."""

from django.contrib import messages
from django.shortcuts import redirect, render

from messaging.permissions import HELD_BACK, verdicts
from messaging.shapes import permissions_out
from messaging.slow_mode import seconds_for
from mindnet.base.errors import DomainError
from mindnet.base.ids import whole_number
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, sentences
from rooms import answers
from rooms.fields import ANSWER
from rooms.in_force import restrictions_on
from rooms.models import Restriction

# More than anybody has: the newest are shown.
LISTED = 100
# What keeps one from writing without being a restriction, for a person.
WORDS = {
    "slow_mode": "Slow mode: everybody waits between two messages here.",
    "silence": "This room is silent now. What you write can wait.",
    "talking_piece": "One voice at a time: ask for the talking piece.",
}
# What keeps one waiting between two messages: the room, or a restriction, which says so itself.
SLOW = ("slow_mode", "slow")


def draw(request):
    return own_page(request)


@page
@takes_form(draw=draw)
def own_restrictions(request):
    if request.method != "POST":
        return own_page(request)
    number = whole_number(request.POST.get("restriction", "")) or 0
    try:
        answers.answer(psychic=request.user, restriction_id=number, text=request.POST.get("text", ""))
    except DomainError as error:
        if error.code == "not_found":
            raise
        return own_page(request, errors=sentences(error), status=error.status)
    messages.success(request, "Your answer is kept with the restriction: the moderators of the room read it there.")
    room_id = whole_number(request.POST.get("room", ""))
    return redirect("room", room_id) if room_id else redirect("own_restrictions")


def own_page(request, *, errors=(), status=200):
    rows = list(answers.own_restrictions(request.user).order_by("-pk")[:LISTED])
    in_force = set(answers.own_restrictions(request.user).in_force().values_list("pk", flat=True))
    context = {
        "now": [row for row in rows if row.pk in in_force],
        "over": [row for row in rows if row.pk not in in_force],
        "most_answer": ANSWER.most,
        "errors": errors,
        "sent": request.POST.get("restriction"),
        "text": request.POST.get("text", ""),
    }
    return render(request, "restrictions/restrictions.html", context, status=status)


def standing(room, psychic):
    """For a room's page: the restrictions that are on the psychic there, and what else keeps them from writing, if
    anything `is_limited`.
    `slow_seconds` is how long they wait after each message, 0 where they need not; `wait_until` when the wait after the
    last one is over, None where it is."""
    said = verdicts(room, psychic)
    write = said["write"]
    mine = [one for one in restrictions_on(room.pk, psychic.pk) if one.kind != Restriction.Kind.KICK][::-1]
    own_seconds = max((one.seconds for one in mine if one.kind == Restriction.Kind.SLOW), default=0)
    slow_seconds = seconds_for(room.kind, room.slow_mode_seconds, room.my_role, own_seconds)
    return {
        "is_limited": bool(mine or slow_seconds or not write.allowed or write.rule == HELD_BACK),
        "restrictions": mine,
        "may": permissions_out(room.my_role, said).may,
        "write": write,
        "waits": None if write.allowed else WORDS.get(write.rule),
        "wait_until": write.until if write.rule in SLOW else None,
        "slow_seconds": slow_seconds,
        "most_answer": ANSWER.most,
    }
