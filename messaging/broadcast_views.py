"""The REST door of broadcasts."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from messaging import fields, services
from mindnet.realtime.shapes import BroadcastReply
from mindnet.rest.access import HasPermission
from mindnet.rest.fields import Flag, Identifier, Many, Number, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View


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
        return Response(services.broadcast(psychic=request.user, **self.body()), status=202)


class AcknowledgementViewSet(View):
    in_path = {"message_id": "The id of a broadcast."}

    @extend_schema(operation_id="acknowledgeMessage", summary="Acknowledge a broadcast", responses={204: DONE})
    def create(self, request, message_id):
        """Says that one has taken note. Once is enough."""
        self.body()
        services.acknowledge(psychic=request.user, message_id=message_id)
        return Response(status=204)
