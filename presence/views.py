"""The REST door of presence and meditation."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from mindnet.realtime.shapes import PresenceOut
from mindnet.rest.fields import Choice, Many, Moment, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.short import Read
from mindnet.rest.viewsets import View
from presence import fields, meditation, services
from presence.shapes import MeditationOut


class PresenceChange(StrictSerializer):
    status = Choice(fields.CHOSEN_STATUS, required=False)
    note = Text(fields.NOTE, required=False, allow_blank=True, allow_null=True)
    until = Moment(fields.UNTIL, required=False, allow_null=True)


class QuietEntry(StrictSerializer):
    days = Many(fields.QUIET_DAYS, child=Text(fields.QUIET_DAYS.of))

    def get_fields(self):
        # `from` is a word of Python's.
        return super().get_fields() | {
            "from": Text(fields.CLOCK, source="starts"),
            "to": Text(fields.CLOCK, source="ends"),
        }


class MeditationChange(StrictSerializer):
    urgent_from = Choice(fields.URGENT_FROM, required=False)
    chosen = Many(fields.CHOSEN, child=Text(fields.USERNAME), required=False)
    time_zone = Text(fields.TIME_ZONE, required=False)
    quiet_hours = Many(fields.QUIET_HOURS, child=QuietEntry(), required=False)


class PresenceViewSet(View):
    inputs = {"partial_update": PresenceChange}
    short = {"list": Read(BY_ID)}

    @extend_schema(
        operation_id="listOnlinePsychics",
        summary="Who is online, as far as you may see it",
        parameters=BY_ID,
        responses=list_of(PresenceOut),
    )
    def list(self, request):
        """Everybody with a live connection. Who is invisible is not among them."""
        return Page(request, services.online_pages(viewer=request.user)).answer()

    @extend_schema(operation_id="getOwnPresence", summary="Own presence", responses=PresenceOut)
    def retrieve(self, request):
        """Your status, note and end as you yourself see them."""
        return Response(services.own_presence(psychic=request.user))

    @extend_schema(operation_id="setOwnPresence", summary="Set the own presence", responses=PresenceOut)
    def partial_update(self, request):
        """What is left out stays. The status is that of all your connections, until you choose `online`."""
        return Response(services.set_presence(psychic=request.user, **self.body(partial=True)))


class MeditationViewSet(View):
    inputs = {"partial_update": MeditationChange}

    @extend_schema(operation_id="getMeditation", summary="How you meditate", responses=MeditationOut)
    def retrieve(self, request):
        """Who gets through while you meditate, and your recurring quiet hours."""
        return Response(meditation.settings_of(request.user))

    @extend_schema(
        operation_id="updateMeditation",
        summary="Say who gets through while you meditate, and when quiet hours recur",
        responses=MeditationOut,
    )
    def partial_update(self, request):
        """Quiet hours are in `time_zone`; `days` are those on which they begin, and an end that is not after its
        beginning is on the next day. While they last you meditate; `online` ends those under way.
        """
        # Not partial: an entry of the quiet hours is whole.
        return Response(meditation.change_settings(psychic=request.user, **self.body()))
