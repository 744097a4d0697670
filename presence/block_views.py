"""The REST door of blocking."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View
from presence import blocks
from presence.profile_views import IN_PATH
from presence.shapes import BlockOut, block_out


class BlockViewSet(View):
    in_path = IN_PATH

    @extend_schema(
        operation_id="listBlocks",
        summary="Whom you have blocked",
        parameters=BY_ID,
        responses=list_of(BlockOut),
    )
    def list(self, request):
        """Messages and reactions of these people come to your connections, and stand in what you read, as everybody
        else's: a room says the same to all in it. Your client leaves them out. What `unread` counts is without their
        messages, but for announcements in everyone's room.
        """
        return Page(request, blocks.blocks_of(request.user)).answer(block_out)

    @extend_schema(operation_id="addBlock", summary="Block somebody", responses={204: DONE, **refused(409)})
    def update(self, request, username):
        """They are not told, and everything they do is answered as ever. A mind-link that they open does not bring you
        in or ask you, they cannot invite you, and nothing urgent of theirs reaches you while you meditate. Whoever is
        blocked already stays so.
        """
        blocks.block(psychic=request.user, username=username)
        return Response(status=204)

    @extend_schema(operation_id="removeBlock", summary="Unblock somebody", responses={204: DONE})
    def destroy(self, request, username):
        """Whom you have not blocked stays as they are. They are not told."""
        blocks.unblock(psychic=request.user, username=username)
        return Response(status=204)
