"""The REST door of files in rooms: parse, call, answer."""

import functools
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from messaging import attachments, blobs, fields, media, sync
from messaging.models import Attachment, Message
from messaging.shapes import RoomAttachmentOut, room_attachment_out
from mindnet.base.errors import invalid, not_found
from mindnet.realtime.shapes import AttachmentOut
from mindnet.rest.access import FileThrottle
from mindnet.rest.fields import File, Identifier
from mindnet.rest.files import AnyAccept, file_response
from mindnet.rest.files import File as HandedOut
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, in_query, refused
from mindnet.rest.viewsets import View

ATTACHMENT_ID = OpenApiParameter("attachment_id", UUID, OpenApiParameter.PATH, description="An attachment's id.")
ANY_TYPE = "application/octet-stream"  # or what the file is
FILE = {
    (200, ANY_TYPE): OpenApiTypes.BINARY,
    (206, ANY_TYPE): OpenApiTypes.BINARY,
    (304, ANY_TYPE): None,
}


class NewAttachment(StrictSerializer):
    """A form of one file that a room is given."""

    # What is in the file is looked at by the service.
    file = File(fields.FILE, allow_empty_file=True)
    nonce = Identifier(fields.NONCE, required=False)


class AttachmentPage(Page):
    """Page by page through a room's files."""

    def cursor_of(self, row):
        return attachments.cursor_of(row)

    def beyond(self, queryset, cursor, rises):
        return attachments.beyond(queryset, cursor, rises=rises)


def whole(row):
    """The file itself. Only what was drawn anew may be opened as a page; recordings and films play within ours."""
    is_inline = row.kind == Attachment.Kind.IMAGE
    return handed_out(row.key, row.pk.hex, row.name, row.media_type, row.size, is_inline=is_inline)


def thumbnail(row):
    size = row.stored_bytes - row.size
    return handed_out(row.thumbnail_key, f"{row.pk.hex}-thumbnail", row.name, media.PICTURE_TYPE, size, is_inline=True)


def handed_out(key, tag, name, media_type, size, *, is_inline):
    path = key if blobs.path(key) else None
    return HandedOut(tag, name, media_type, size, is_inline, functools.partial(blobs.read, key), path)


class RoomAttachmentViewSet(View):
    parser_classes = [MultiPartParser]
    inputs = {"create": NewAttachment}
    in_path = {"room_id": "A room's id."}

    @extend_schema(
        operation_id="listAttachments",
        summary="The files of a room",
        parameters=[*BY_ID, in_query("kind", fields.ATTACHMENT_KIND, enum=Attachment.Kind.values)],
        responses=list_of(RoomAttachmentOut),
    )
    def list(self, request, room_id):
        """Those that messages have, each with its message: the newest message first."""
        kind = request.query_params.get("kind")
        if kind is not None and not fields.ATTACHMENT_KIND.fits(kind):
            raise invalid("kind", f"One of {', '.join(fields.ATTACHMENT_KIND.of)}.")
        rows = attachments.list_attachments(psychic=request.user, room_id=room_id, kind=kind)
        page = AttachmentPage(request, rows, newest_first=True)
        found = sync.read(Message.objects.filter(pk__in={row.message_id for row in page.rows}))
        messages = {message.id: message for message in found}
        return page.answer(lambda row: room_attachment_out(row, messages[row.message_id]))

    @extend_schema(
        operation_id="uploadAttachment",
        summary="Put a file into a room",
        responses={201: AttachmentOut, 200: AttachmentOut, **refused(403, 409)},
    )
    def create(self, request, room_id):
        """It is the uploader's alone until a message names it among its `attachments`; what no message has after a day
        is deleted. Pictures are drawn anew as WebP, without what a camera has written into them. The same file again
        under the same nonce is answered with 200.
        """
        attachment, is_known = attachments.store(psychic=request.user, room_id=room_id, **self.body())
        return Response(attachment, status=200 if is_known else 201)


class AttachmentViewSet(View):
    """A file, for those who may read it."""

    content_negotiation_class = AnyAccept

    def get_throttles(self):
        return super().get_throttles() if self.action == "destroy" else [FileThrottle()]

    @extend_schema(operation_id="getAttachment", summary="A file", parameters=[ATTACHMENT_ID], responses=FILE)
    def retrieve(self, request, attachment_id):
        """For who may read the room, once a message has it; before that for its uploader. Parts are had with `Range`.
        Pictures may be opened by a browser, anything else is saved.
        """
        row = attachments.readable(psychic=request.user, attachment_id=attachment_id)
        return file_response(request, whole(row))

    @extend_schema(
        operation_id="getAttachmentThumbnail", summary="A small picture", parameters=[ATTACHMENT_ID], responses=FILE
    )
    def thumbnail(self, request, attachment_id):
        """Of a picture, as WebP; 404 where there is none. For who may read the file itself."""
        row = attachments.readable(psychic=request.user, attachment_id=attachment_id)
        if not row.thumbnail_key:
            raise not_found()
        return file_response(request, thumbnail(row))

    @extend_schema(
        operation_id="deleteAttachment",
        summary="Take an own file back",
        parameters=[ATTACHMENT_ID],
        responses={204: DONE, **refused(409)},
    )
    def destroy(self, request, attachment_id):
        """As long as no message has it."""
        attachments.discard(psychic=request.user, attachment_id=attachment_id)
        return Response(status=204)
