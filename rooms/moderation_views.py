"""The REST door of those who keep order: restrictions in a room, and what operators do."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from mindnet.rest.access import HasPermission
from mindnet.rest.fields import Choice, Identifier, Number, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View
from presence.fields import BAN_MINUTES, CONNECTION_ID, DISCONNECT_REASON, USERNAME
from presence.operators import PERMISSION
from presence.shapes import DisconnectedOut
from rooms import answers, fields, log, operators, restrictions
from rooms.shapes import LogEntryOut, RestrictionOut, log_entry_out, restriction_out


class NewRestriction(StrictSerializer):
    username = Text(USERNAME)
    kind = Choice(fields.RESTRICTION_KIND)
    minutes = Number(fields.RESTRICTION_MINUTES, required=False, allow_null=True)
    seconds = Number(fields.RESTRICTION_SECONDS, required=False, allow_null=True)
    reason = Text(fields.RESTRICTION_REASON)


class Disconnection(StrictSerializer):
    """Exactly one of `username`, `connection_id` and `room`."""

    username = Text(USERNAME, required=False)
    connection_id = Identifier(CONNECTION_ID, required=False)
    room = Number(fields.ROOM_ID, required=False, source="room_id", help_text="All participants but yourself.")
    reason = Text(DISCONNECT_REASON, required=False, allow_blank=True, max_length=DISCONNECT_REASON.most)
    ban_minutes = Number(BAN_MINUTES, required=False)


class LogViewSet(View):
    in_path = {"room_id": "A room's id."}

    @extend_schema(
        operation_id="listDeeds",
        summary="What was done in a room",
        parameters=BY_ID,
        responses={200: list_of(LogEntryOut), **refused(403)},
    )
    def list(self, request, room_id):
        """Deeds of owners, moderators and staff, for those in the room, newest first. No reporter is named."""
        rows = log.list_entries(psychic=request.user, room_id=room_id)
        return Page(request, rows, newest_first=True).answer(log_entry_out)


class RestrictionViewSet(View):
    inputs = {"create": NewRestriction}
    in_path = {"room_id": "A room's id.", "restriction_id": "A restriction's id."}

    @extend_schema(
        operation_id="listRestrictions",
        summary="Kicks, mutes, bans and slowing down",
        parameters=BY_ID,
        responses={200: list_of(RestrictionOut), **refused(403)},
    )
    def list(self, request, room_id):
        """For owners and moderators: what was not lifted, also what is over, newest first."""
        rows = restrictions.list_restrictions(psychic=request.user, room_id=room_id)
        return Page(request, rows, newest_first=True).answer(restriction_out)

    @extend_schema(
        operation_id="createRestriction",
        summary="Kick, mute, ban or slow down",
        responses={201: RestrictionOut, **refused(403, 409)},
    )
    def create(self, request, room_id):
        """For owners and moderators. A newer one takes the place of an older of its kind, but for kicks."""
        restriction = restrictions.restrict(psychic=request.user, room_id=room_id, **self.body())
        return Response(restriction_out(restriction), status=201)

    @extend_schema(
        operation_id="liftRestriction", summary="Lift a restriction", responses={204: DONE, **refused(403, 409)}
    )
    def destroy(self, request, room_id, restriction_id):
        """For owners and moderators, though nobody lifts their own."""
        restrictions.lift(psychic=request.user, room_id=room_id, restriction_id=restriction_id)
        return Response(status=204)


class NewAnswer(StrictSerializer):
    text = Text(fields.ANSWER, trim_whitespace=False, allow_blank=True)


class OwnRestrictionViewSet(View):
    """What was put on oneself."""

    inputs = {"answer": NewAnswer}
    in_path = {"restriction_id": "A restriction's id."}

    @extend_schema(
        operation_id="listOwnRestrictions",
        summary="What was put on you",
        parameters=BY_ID,
        responses=list_of(RestrictionOut),
    )
    def list(self, request):
        """In whatever room, newest first: what is in force, and what was over or lifted less than 7 days ago."""
        return Page(request, answers.own_restrictions(request.user), newest_first=True).answer(restriction_out)

    @extend_schema(
        operation_id="addAnswer",
        tags=["rooms"],
        summary="Answer a restriction",
        responses={204: DONE, **refused(404, 409)},
    )
    def answer(self, request, restriction_id):
        """Once, also up to 7 days after it was over. The moderators of the room read it."""
        answers.answer(psychic=request.user, restriction_id=restriction_id, **self.body())
        return Response(status=204)


class OperatorViewSet(View):
    permission_classes = [HasPermission(PERMISSION)]
    inputs = {"disconnect": Disconnection}

    @extend_schema(operation_id="disconnect", summary="Close live connections", responses=DisconnectedOut)
    def disconnect(self, request):
        """Closes them with code 4503, or 4504 for a ban. Permission `presence.disconnect`.

        A ban of somebody who is not connected holds as well; `disconnected` is 0 then.
        """
        return Response(DisconnectedOut(operators.disconnect_any(by=request.user, **self.body())))
