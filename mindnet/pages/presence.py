"""The page about how one is here: status, quiet hours, and who gets through. Forms that work without JavaScript."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone as clock
from django.views.decorators.http import require_GET

from messaging import urgent
from mindnet.base.errors import DomainError, invalid
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import own_presence, page, sentences
from mindnet.realtime.shapes import to_builtins
from presence import meditation, quiet_hours
from presence import services as presence
from presence.fields import CLOCK, DAYS, NOTE
from presence.models import Status

STATUSES = [
    (Status.ONLINE, "Online", "People see that you are here."),
    (Status.AWAY, "Away", "Here, but not at the keyboard."),
    (Status.MEDITATING, "Meditating", "Nothing reaches you until the bell."),
    (Status.INVISIBLE, "Invisible", "You see everything, nobody sees you."),
]
LENGTHS = [(15, "15 minutes"), (30, "30 minutes"), (60, "1 hour")]
OTHER_LENGTHS = [("time", "until a time"), ("", "until you end it")]
URGENT_FROM = [
    (meditation.UrgentFrom.NOBODY, "Nobody", "Whatever it is, it waits for the bell."),
    (meditation.UrgentFrom.CHOSEN, "People you choose", "Their urgent messages are shown to you at once."),
    (
        meditation.UrgentFrom.ANYONE_TWICE,
        "Anyone who insists",
        "The second urgent message of the same person within ten minutes is shown to you at once.",
    ),
]
DAY_NAMES = list(zip(DAYS, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], strict=True))
# Rows a form may carry; what is above the service's own limit it refuses by itself.
ROWS_MOST = 50


@page
@require_GET
def show(request):
    return answer(request)


def answer(request, *, wish=None, values=None, errors=(), status=200):
    """What was typed stays where one of the forms was refused: `wish` in that of the status, `values` in the other."""
    kept = to_builtins(meditation.settings_of(request.user))
    values = values or kept
    mine = to_builtins(presence.own_presence(psychic=request.user))
    context = {
        "mine": mine,
        "wish": wish or {"status": own_presence(request.user)["status"], "note": mine["note"]},
        "statuses": STATUSES,
        "lengths": [(str(minutes), words) for minutes, words in LENGTHS] + OTHER_LENGTHS,
        "urgent": URGENT_FROM,
        "days": DAY_NAMES,
        "most_note": NOTE.most,
        "zones": quiet_hours.time_zones(),
        "values": values,
        "rows": [*values["quiet_hours"], {"days": [], "from": "", "to": ""}],
        "zone_is_open": not kept["quiet_hours"] and kept["time_zone"] == "UTC",
        "passed": urgent.count_passes(request.user),
        "errors": errors,
    }
    return render(request, "presence/settings.html", context, status=status)


def status_again(request):
    return answer(request, wish=request.POST.dict())


@page
@takes_form(page="presence_settings", draw=status_again)
def set_status(request):
    status, note = request.POST.get("status", ""), request.POST.get("note", "")
    try:
        until = end_of(request.POST, request.user) if status == Status.MEDITATING else None
        presence.set_presence(psychic=request.user, status=status, note=note, until=until)
    except DomainError as error:
        return answer(request, wish=request.POST.dict(), errors=sentences(error), status=error.status)
    messages.success(request, "Your status is set.")
    return redirect("presence_settings")


def end_of(form, psychic):
    """When a meditation of this form ends: after some minutes, at a time of day, or not by itself."""
    length = form.get("length", "")
    if length == "time":
        return next_time(form.get("time", ""), meditation.settings_of(psychic).time_zone)
    if not length:
        return None
    if length not in [str(minutes) for minutes, _ in LENGTHS]:
        raise invalid("until", "Choose how long.")
    return clock.now() + timedelta(minutes=int(length))


def next_time(text, zone_name):
    """The next moment at which the clocks of this zone show this time of day."""
    if not CLOCK.fits(text):
        raise invalid("until", "Give a time of day, as in 18:00.")
    zone = ZoneInfo(zone_name)
    now = clock.now().astimezone(zone)
    of_day = datetime.strptime(text[:5], "%H:%M").time()  # noqa: DTZ007 (a time of day has no zone)
    moment = datetime.combine(now.date(), of_day, tzinfo=zone)
    if moment <= now:
        moment = datetime.combine(now.date() + timedelta(days=1), moment.time(), tzinfo=zone)
    return moment.astimezone(timezone.utc)


def meditation_again(request):
    return answer(request, values=posted_meditation(request.POST))


def posted_meditation(form):
    return {
        "urgent_from": form.get("urgent_from", ""),
        "chosen": form.get("chosen", "").replace(",", " ").split(),
        "time_zone": form.get("time_zone", ""),
        "quiet_hours": rows_of(form),
    }


@page
@takes_form(page="presence_settings", draw=meditation_again)
def set_meditation(request):
    values = posted_meditation(request.POST)
    hours = [{"days": row["days"], "starts": row["from"], "ends": row["to"]} for row in values["quiet_hours"]]
    try:
        meditation.change_settings(psychic=request.user, **values | {"quiet_hours": hours})
    except DomainError as error:
        return answer(request, values=values, errors=sentences(error), status=error.status)
    messages.success(request, "Kept.")
    return redirect("presence_settings")


def rows_of(form):
    """The quiet hours of a form: without those to be removed, and without rows nobody has filled in."""
    rows = []
    for number in range(ROWS_MOST):
        row = {"days": form.getlist(f"days-{number}"), "from": form.get(f"from-{number}", "")}
        row["to"] = form.get(f"to-{number}", "")
        if any(row.values()) and not form.get(f"remove-{number}"):
            rows.append(row)
    return rows
