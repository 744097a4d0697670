"""The REST door of broadcasts."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from messaging import broadcasts, fields, sync
from messaging.models import Message
from messaging.shapes import ReminderOut
from mindnet.realtime.shapes import BroadcastReply, MessageOut
from mindnet.rest.access import HasPermission
from mindnet.rest.fields import Flag, Identifier, Many, Number, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View

IN_PATH = {"message_id": "The id of a broadcast."}


class NewBroadcast(StrictSerializer):
    content = Text(fields.TEXT, trim_whitespace=False, allow_blank=True)
    rooms = Many(
        fields.BROADCAST_ROOMS,
        child=Number(fields.BROADCAST_ROOMS.of),
        required=False,
        allow_null=True,
        max_length=fields.BROADCAST_ROOMS.most,
    )
    nonce = Identifier(fields.NONCE, required=False, allow_null=True)
    require_ack = Flag(fields.REQUIRE_ACK, required=False)


class BroadcastViewSet(View):
    permission_classes = [HasPermission("messaging.broadcast")]
    inputs = {"create": NewBroadcast}

    @extend_schema(
        operation_id="broadcastMessage",
        summary="To everyone, or to several rooms",
        responses={202: BroadcastReply, **refused(403, 404, 409)},
    )
    def create(self, request):
        """Posts into the given rooms; without `rooms` into everyone's room, so to everyone, online or not. Permission
        `messaging.broadcast`.
        """
        return Response(broadcasts.broadcast(psychic=request.user, **self.body()), status=202)


class SentViewSet(View):
    permission_classes = [HasPermission("messaging.broadcast")]

    @extend_schema(
        operation_id="listBroadcasts",
        summary="The broadcasts that were sent",
        parameters=BY_ID,
        responses={200: list_of(MessageOut, "BroadcastList"), **refused(403)},
    )
    def list(self, request):
        """Newest first, whoever sent them. A broadcast into several rooms is a message in each. Permission
        `messaging.broadcast`.
        """
        return newest(request, broadcasts.sent(request.user))


class UnacknowledgedViewSet(View):
    @extend_schema(
        operation_id="listUnacknowledged",
        summary="What waits for one's acknowledgement",
        parameters=BY_ID,
        responses=list_of(MessageOut, "UnacknowledgedList"),
    )
    def list(self, request):
        """Newest first: broadcasts that ask for an acknowledgement which one has not given. To everyone since one has
        signed up, into rooms since one came in, from the last 90 days.
        """
        return newest(request, broadcasts.unacknowledged(request.user))


def newest(request, messages):
    page = Page(request, messages.only("pk"), newest_first=True)
    read = sync.read(Message.objects.filter(pk__in=[row.pk for row in page.rows]))
    by_id = {message.id: message for message in read}
    return page.answer(lambda row: by_id[row.pk])


class ReminderViewSet(View):
    in_path = IN_PATH

    @extend_schema(
        operation_id="remindOfMessage",
        summary="Remind those who have not acknowledged",
        responses={202: ReminderOut, **refused(403, 409)},
    )
    def create(self, request, message_id):
        """At once where they are connected, but not while they meditate. For its sender, and with the permission
        `messaging.broadcast`; once in ten minutes.
        """
        self.body()
        count = broadcasts.remind(psychic=request.user, message_id=message_id)
        return Response(ReminderOut(count), status=202)


class AcknowledgementViewSet(View):
    in_path = IN_PATH

    @extend_schema(operation_id="acknowledgeMessage", summary="Acknowledge a broadcast", responses={204: DONE})
    def create(self, request, message_id):
        """Says that one has taken note. Once is enough."""
        self.body()
        broadcasts.acknowledge(psychic=request.user, message_id=message_id)
        return Response(status=204)
