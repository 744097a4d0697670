"""The operators' queue of reports: what it was, what it is now, what was done before, and what can be done about it."""

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, Q, Value, When
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import Truncator

from messaging import evidence, report_deeds, reports
from messaging.fields import REPORT_ANSWER
from messaging.models import Report
from mindnet.base.errors import DomainError
from mindnet.base.ids import whole_number
from presence.admin_lists import ReadOnlyAdmin
from presence.models import Psychic
from rooms.fields import RESTRICTION_REASON
from rooms.models import LogEntry, Restriction, Room

# Of each list of what was done before, the newest so many.
LISTED = 10
KINDS = ("message", "psychic", "room", "invitation")


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(kind, kind.capitalize()) for kind in KINDS]

    def queryset(self, request, queryset):
        return queryset.filter(evidence__kind=self.value()) if self.value() in KINDS else queryset


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "excerpt", "reporter", "created_at", "state", "answered_by", "answered_at"]
    list_display_links = ["id", "excerpt"]
    list_filter = ["state", KindFilter, "created_at"]
    list_select_related = ["reporter", "answered_by"]
    search_fields = ["reporter__username"]  # shows the search field; get_search_results says what it does
    search_help_text = "Part of a username (reporter, or who is reported) or of a room's name."
    fields = readonly_fields = [
        "id",
        "reporter",
        "reason",
        "created_at",
        "state",
        "answer",
        "answered_by",
        "answered_at",
    ]
    change_form_template = "admin/messaging/report/change_form.html"

    def get_queryset(self, request):
        """Open ones first; the longest-waiting of them, and the newest of the others, on top."""
        is_open = Case(When(state=Report.State.OPEN, then=Value(0)), default=Value(1))
        waits_since = Case(When(state=Report.State.OPEN, then="pk"))
        return super().get_queryset(request).order_by(is_open, waits_since, "-pk")

    def get_ordering(self, request):
        return ()

    def get_search_results(self, request, queryset, search_term):
        term = search_term.replace("\x00", "").strip()
        if not term:
            return queryset, False
        people = Psychic.objects.filter(username__icontains=term).values("pk")
        rooms = Room.objects.filter(name__icontains=term).values("pk")
        by_person = Q(reporter__in=people) | Q(psychic__in=people) | Q(message__sender__in=people)
        by_room = Q(room__in=rooms) | Q(message__room__in=rooms) | Q(invitation__room__in=rooms)
        return queryset.filter(by_person | Q(invitation__created_by__in=people) | by_room), False

    def has_view_permission(self, request, obj=None):
        """Also for who decides, though `ReadOnly` says that nothing is changed by hand."""
        may_decide = request.user.has_perm(reports.CHANGE_PERMISSION)
        return may_decide or super().has_view_permission(request, obj)

    @admin.display(description="kind")
    def kind(self, report):
        return report.evidence.get("kind", "")

    @admin.display(description="reason")
    def excerpt(self, report):
        return Truncator(report.reason).chars(80)

    # One report

    def change_view(self, request, object_id, form_url="", extra_context=None):
        report = self.report_of(object_id)
        if report is not None and request.method == "POST" and self.has_view_permission(request, report):
            return self.act(request, report)
        context = self.what_is_known(request, report) if report is not None else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def report_of(self, object_id):
        rows = Report.objects.select_related(*report_deeds.FOR_SUBJECT, "reporter", "answered_by")
        number = whole_number(object_id)
        return rows.filter(pk=number).first() if number is not None and number < 2**63 else None

    def act(self, request, report):
        """A deed or an answer, as it was asked for: carried out once it is confirmed."""
        name = request.POST.get("deed", "")
        if name in report_deeds.DEEDS and "confirmed" not in request.POST:
            return self.ask(request, report, name)
        try:
            words = self.answer(request, report) if name == "answer" else self.carry_out(request, report, name)
        except DomainError as error:
            told = [text for texts in error.errors.values() for text in texts] if error.errors else [error.detail]
            self.message_user(request, " ".join(told), messages.ERROR)
        else:
            self.message_user(request, words, messages.SUCCESS)
        return redirect(request.path)

    def ask(self, request, report, name):
        deed = report_deeds.DEEDS[name]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{deed.label}?",
            "report": report,
            "name": name,
            "deed": deed,
            "subject": report_deeds.subject_of(report),
            "reason": request.POST.get("reason", ""),
            "minutes": request.POST.get("minutes", ""),
        }
        return TemplateResponse(request, "admin/messaging/report/confirm.html", context)

    def carry_out(self, request, report, name):
        text = request.POST.get("minutes", "").strip()
        minutes = whole_number(text) if text else None
        if text and minutes is None:
            raise DomainError("validation_error", "Give the length as a whole number of minutes.")
        report_deeds.carry_out(
            by=request.user, report=report, name=name, reason=request.POST.get("reason", ""), minutes=minutes
        )
        return f"Done: {report_deeds.DEEDS[name].label}. The report is still open until you answer it."

    def answer(self, request, report):
        state, words = request.POST.get("state", ""), request.POST.get("answer", "")
        reports.answer(by=request.user, report_id=report.pk, state=state, words=words)
        return "The report is answered. Who made it is told."

    # What its page shows

    def what_is_known(self, request, report):
        subject = report_deeds.subject_of(report)
        return {
            "report": report,
            "was": report.evidence,
            "now": now_of(report),
            "subject": subject,
            "deeds": report_deeds.deeds_for(request.user, report),
            "may_answer": request.user.has_perm(reports.CHANGE_PERMISSION) and report.state == Report.State.OPEN,
            "most_answer": REPORT_ANSWER.most,
            "most_reason": RESTRICTION_REASON.most,
            **done_before(report, subject),
        }


def now_of(report):
    """The thing reported as it is now, None where it is gone."""
    if report.message is not None:
        return evidence.of_message(report.message)
    if report.psychic is not None:
        return evidence.of_psychic(report.psychic)
    if report.room is not None:
        return evidence.of_room(report.room)
    return evidence.of_invitation(report.invitation) if report.invitation is not None else None


def done_before(report, subject):
    """What was done about the person and the room before, and about this report so far, the newest first."""
    person, room = subject.psychic, subject.room
    restrictions = Restriction.objects.filter(psychic=person) if person else Restriction.objects.none()
    if room is None:
        log = LogEntry.objects.filter(psychic=person) if person else LogEntry.objects.none()
    else:
        log = LogEntry.objects.filter(room=room)
        log = log.filter(psychic=person) if person else log
    return {
        "restrictions": restrictions.select_related("room", "created_by").order_by("-pk")[:LISTED],
        "log": log.select_related("room", "by", "psychic").order_by("-pk")[:LISTED],
        "network": admin_entries(person)[:LISTED] if person else [],
        "earlier": reports.about(person, room).exclude(pk=report.pk)[:LISTED],
        "done": admin_entries(report)[:LISTED],
    }


def admin_entries(row):
    """What the admin's log says of a row."""
    kind = ContentType.objects.get_for_model(row)
    rows = AdminEntry.objects.filter(content_type=kind, object_id=str(row.pk))
    return rows.select_related("user").order_by("-pk")
