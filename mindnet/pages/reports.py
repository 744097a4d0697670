"""Reporting something to the operators, and what came of one's reports."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from messaging import reports as service
from messaging.fields import REPORT_REASON
from messaging.models import Report
from mindnet.base.errors import DomainError, not_found
from mindnet.base.ids import whole_number
from mindnet.pages.kept_forms import takes_form
from mindnet.pages.page import page, page_number, sentences

LISTED_REPORTS = 30
SENT = "Your report is with the operators. Under “Your reports” you find what comes of it."
SENT_BEFORE = "You have reported this before, and the operators have not answered yet."


def asked_for(fields):
    """What the address or the form says is to be reported, as the services take it."""
    if username := fields.get("username"):
        return {"username": username}
    numbers = {name: fields[name] for name in ("message", "room", "invitation") if name in fields}
    found = {name: whole_number(text) for name, text in numbers.items()}
    if len(found) != 1 or None in found.values():
        raise not_found()
    return found


def report_again(request):
    return report_page(request, request.POST)


@page
@takes_form(draw=report_again)
def report(request):
    if request.method != "POST":
        return report_page(request, request.GET)
    what = asked_for(request.POST)
    try:
        made, is_new = service.report(psychic=request.user, reason=request.POST.get("reason", ""), **what)
    except DomainError as error:
        if not (error.errors and "reason" in error.errors) and error.code != "rate_limited":
            raise
        return report_page(request, request.POST, errors=sentences(error), status=error.status)
    if is_new:
        messages.success(request, SENT)
    else:
        messages.info(request, SENT_BEFORE)
    return redirect(way_back(made))


def report_page(request, fields, *, errors=(), status=200):
    """The form, with what is reported as it is now; without it where that was reported before."""
    what = asked_for(fields)
    reported = service.find_reported(psychic=request.user, **what)
    context = {
        "what": what,
        "told": reported.tell(),
        "open_report": service.open_report(request.user, reported),
        "reason": fields.get("reason", ""),
        "most_reason": REPORT_REASON.most,
        "errors": errors,
        "back": way_back(Report(**{reported.column: reported.row})),
    }
    return render(request, "reports/report.html", context, status=status)


def way_back(report):
    """The address of the page that shows what was reported."""
    if report.message is not None:
        return reverse("room", args=[report.message.room_id])
    if report.psychic is not None:
        return reverse("profile", args=[report.psychic.username])
    return reverse("room", args=[report.room_id]) if report.room_id else reverse("home")


@page
@require_GET
def reports(request):
    before = page_number(request.GET.get("before"))
    rows = service.own_reports(request.user)
    shown = list((rows if before is None else rows.filter(pk__lt=before))[: LISTED_REPORTS + 1])
    answer = render(
        request,
        "reports/reports.html",
        {
            "reports": shown[:LISTED_REPORTS],
            "older": shown[LISTED_REPORTS - 1].pk if len(shown) > LISTED_REPORTS else None,
        },
    )
    service.mark_seen(request.user)
    return answer
