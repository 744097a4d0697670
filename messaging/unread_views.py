"""The REST door of what is unread: the marker, and the messages that mention oneself."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from messaging import fields, markers, sync, unread
from messaging.models import Message
from mindnet.realtime.shapes import MessageOut
from mindnet.rest.fields import Number
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View


class Marker(StrictSerializer):
    seq = Number(fields.UNREAD_FROM)


class UnreadViewSet(View):
    """One's own marker in a room."""

    inputs = {"update": Marker}
    in_path = {"room_id": "A room's id."}

    @extend_schema(operation_id="markUnread", summary="Unread from here", responses={204: DONE, **refused(403, 409)})
    def update(self, request, room_id):
        """From this number on all counts as unread again, on all of one's devices; nobody else sees it, and watermarks
        stay where they are. Confirming reading up to the marker, or beyond, clears it.
        """
        markers.mark_unread(psychic=request.user, room_id=room_id, **self.body())
        return Response(status=204)

    @extend_schema(operation_id="removeMarker", summary="Forget the marker", responses={204: DONE, **refused(403, 409)})
    def destroy(self, request, room_id):
        """Unread is what one's watermark says again. Where there is no marker nothing changes."""
        markers.clear_marker(psychic=request.user, room_id=room_id)
        return Response(status=204)


class MentionViewSet(View):
    @extend_schema(
        operation_id="listMentions",
        summary="What mentions you",
        parameters=BY_ID,
        responses=list_of(MessageOut, "MentionList"),
    )
    def list(self, request):
        """Messages that mean you by name, by `@here` or by `@all`, newest first, of the rooms that you may read.
        Deleted ones are left out, and what those have written whom you have blocked.
        """
        page = Page(request, unread.mentions_of(request.user).only("pk"), newest_first=True)
        messages = sync.read(Message.objects.filter(pk__in=[row.pk for row in page.rows]))
        by_id = {message.id: message for message in messages}
        return page.answer(lambda row: by_id[row.pk])
