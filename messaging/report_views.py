"""The REST door of reports."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from messaging import fields, reports
from messaging.shapes import ReportOut, report_out
from mindnet.rest.fields import Number, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import refused
from mindnet.rest.viewsets import View
from presence.fields import USERNAME


class NewReport(StrictSerializer):
    """Exactly one of `message`, `username`, `room` and `invitation`."""

    message = Number(fields.REPORT_MESSAGE, required=False)
    username = Text(USERNAME, required=False)
    room = Number(fields.REPORT_ROOM, required=False)
    invitation = Number(fields.REPORT_INVITATION, required=False)
    reason = Text(fields.REPORT_REASON, trim_whitespace=False, allow_blank=True)


class ReportViewSet(View):
    inputs = {"create": NewReport}

    @extend_schema(operation_id="listReports", summary="Your reports", parameters=BY_ID, responses=list_of(ReportOut))
    def list(self, request):
        """Newest first, each with what came of it. `answer` is empty while a report is open."""
        return Page(request, reports.own_reports(request.user), newest_first=True).answer(report_out)

    @extend_schema(
        operation_id="createReport",
        summary="Report to the operators",
        responses={201: ReportOut, 200: ReportOut, **refused(404)},
    )
    def create(self, request):
        """Reports a message, a psychic, a room or an invitation that you may see. The operators get it as it is now,
        whatever becomes of it. Reported again while it is open, the first report is answered, with 200. An invitation
        is declined with it.
        """
        report, is_new = reports.report(psychic=request.user, **self.body())
        return Response(report_out(report), status=201 if is_new else 200)
