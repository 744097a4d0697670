"""The REST door of messages: parse, call, answer."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from messaging import edits, fields, journey, lookups, posting, reactions, search, services, sync, versions
from messaging.permissions import permissions
from messaging.search_language import Asked, narrowed, parse
from messaging.shapes import JourneyOut, PermissionsOut, VersionOut, permissions_out, version_out
from mindnet.base import rules
from mindnet.realtime.shapes import MessageOut
from mindnet.rest.fields import Choice, Flag, Identifier, Many, Number, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, LIMIT, Page, clamp, list_of, listing, number, page_url
from mindnet.rest.schema import DONE, in_query, refused
from mindnet.rest.short import Change, Post, Read
from mindnet.rest.viewsets import View
from presence.fields import USERNAME

IN_PATH = {"message_id": "A message's id."}

BY_SEQ = [
    LIMIT,
    in_query("before", rules.Number(says="Those with a smaller `seq`.")),
    in_query("after", rules.Number(says="Those with a greater `seq`.")),
    in_query("around", rules.Number(says="Those on both sides of this `seq`.")),
]
SEARCH = [
    LIMIT,
    in_query("q", fields.QUERY),
    in_query("room", rules.Number(says="The id of the one room to search in.")),
    in_query("from", USERNAME, description="The one whose messages to search; `me` is oneself."),
    in_query("has", fields.SEARCHED_KIND),
    in_query("mentions", USERNAME, description="The one whom the messages mention; `me` is oneself."),
    in_query("after", fields.SEARCHED_DAY, description="What was sent since then."),
    in_query("before", fields.SEARCHED_DAY, description="What was sent before then."),
    in_query("older", rules.Number(says="What is older than the message of this id, as `next` has it.")),
]


class NewMessage(StrictSerializer):
    content = Text(fields.CONTENT, trim_whitespace=False, allow_blank=True)
    nonce = Identifier(fields.NONCE, required=False, allow_null=True)
    message_type = Choice(fields.MESSAGE_TYPE, default="text")
    reply_to = Number(fields.REPLY_TO, required=False, allow_null=True)
    attachments = Many(
        fields.ATTACHMENTS, child=Identifier(fields.ATTACHMENT), required=False, max_length=fields.ATTACHMENTS.most
    )
    urgent = Flag(fields.URGENT, required=False)
    urgent_reason = Text(fields.URGENT_REASON, required=False, trim_whitespace=False, allow_blank=True, allow_null=True)


class MessageChange(StrictSerializer):
    content = Text(fields.CONTENT, trim_whitespace=False, allow_blank=True)


class RoomMessageViewSet(View):
    inputs = {"create": NewMessage}
    in_path = {"room_id": "A room's id."}
    short = {
        "list": Read(BY_SEQ),
        "create": Post(posting.NewMessageIn, posting.prepare, posting.submit, posting.answer),
    }

    @extend_schema(
        operation_id="listMessages",
        summary="A page of messages, oldest first",
        parameters=BY_SEQ,
        responses=list_of(MessageOut, first_seq=int | None, last_seq=int),
    )
    def list(self, request, room_id):
        """The newest, or what is before, after or around a number.

        `previous` leads to the older page, `next` to the newer one. `first_seq` is the number of the room's oldest
        message (null in an empty room), `last_seq` the newest number given.
        """
        history = sync.history(
            psychic=request.user,
            room_id=room_id,
            before=number(request, "before"),
            after=number(request, "after"),
            around=number(request, "around"),
            limit=clamp(request.query_params.get("limit")),
        )
        newer = older = None
        if history.newer is not None:
            newer = page_url(request, after=history.newer, before=None, around=None)
        if history.older is not None:
            older = page_url(request, before=history.older, after=None, around=None)
        body = listing(
            history.messages, next=newer, previous=older, first_seq=history.first_seq, last_seq=history.last_seq
        )
        return Response(body)

    @extend_schema(
        operation_id="postMessage",
        summary="Post a message",
        responses={201: MessageOut, 200: MessageOut, **refused(403, 409)},
    )
    def create(self, request, room_id):
        """A retry under the same nonce posts nothing, and is answered with 200 and the message as it stands now."""
        message, is_duplicate = services.post_message(psychic=request.user, room_id=room_id, **self.body())
        return Response(message, status=200 if is_duplicate else 201)


class MessageViewSet(View):
    inputs = {"partial_update": MessageChange}
    in_path = IN_PATH
    short = {"partial_update": Change(posting.MessageChangeIn, posting.edited)}

    @extend_schema(operation_id="getMessage", summary="A message", responses={200: MessageOut})
    def retrieve(self, request, message_id):
        """As it is now. A deleted one keeps its place, without its words."""
        return Response(lookups.get_message(psychic=request.user, message_id=message_id))

    @extend_schema(
        operation_id="listMessageVersions",
        summary="A message's earlier texts",
        parameters=BY_ID,
        responses=list_of(VersionOut),
    )
    def versions(self, request, message_id):
        """What it said before each edit, oldest first: none of a message that was never edited, is sealed, or was
        deleted. Of many edits the first and the newest are kept, a hundred in all.
        """
        return Page(request, versions.list_versions(psychic=request.user, message_id=message_id)).answer(version_out)

    @extend_schema(
        operation_id="editMessage", summary="Edit a message", responses={200: MessageOut, **refused(403, 409)}
    )
    def partial_update(self, request, message_id):
        """A new text for one's own message. The same text again changes nothing. In a slow room an edit waits as a
        message does.
        """
        return Response(edits.edit_message(psychic=request.user, message_id=message_id, **self.body()))

    @extend_schema(operation_id="deleteMessage", summary="Delete a message", responses={204: DONE, **refused(403, 409)})
    def destroy(self, request, message_id):
        """Empties one's own message, or as a moderator anybody's, though not in a mind-link. It keeps its place."""
        services.delete_message(psychic=request.user, message_id=message_id)
        return Response(status=204)

    @extend_schema(
        operation_id="getMessageJourney", summary="Where a message is", responses={200: JourneyOut, **refused(403)}
    )
    def journey(self, request, message_id):
        """Where it has got to, by the watermarks of those it was meant for. For its sender, while they are in the
        room, and the room's moderators. `who` is empty above 50 participants.
        """
        return Response(journey.journey(psychic=request.user, message_id=message_id))


class ReactionViewSet(View):
    """One's own reaction on a message."""

    in_path = IN_PATH | {"emoji": "The emoji, percent-encoded."}

    @extend_schema(operation_id="addReaction", summary="React", responses={200: MessageOut, **refused(403, 409)})
    def update(self, request, message_id, emoji):
        """Puts the emoji on the message, if it is not there already, and gives the message."""
        self.body()
        return Response(reactions.react(psychic=request.user, message_id=message_id, emoji=emoji, on=True))

    @extend_schema(
        operation_id="removeReaction", summary="Take a reaction back", responses={204: DONE, **refused(403, 409)}
    )
    def destroy(self, request, message_id, emoji):
        """Takes the emoji off again. What is not there stays away."""
        reactions.react(psychic=request.user, message_id=message_id, emoji=emoji, on=False)
        return Response(status=204)


class SearchViewSet(View):
    short = {"list": Read(SEARCH, is_alone=True)}

    @extend_schema(
        operation_id="searchMessages",
        summary="Search the own rooms",
        parameters=SEARCH,
        responses=list_of(MessageOut, "FoundMessageList"),
    )
    def list(self, request):
        """Newest first; `next` leads to older ones. At least one of the parameters is given, and all that is asked must
        be true of a message. Rooms that have ended are searched too; what those have written whom one has blocked is
        only found by their name; sealed messages say nothing to the server and are never found.
        """
        asked = parse(request.query_params["q"]) if "q" in request.query_params else Asked()
        for operator in ("from", "has", "mentions", "before", "after"):
            if operator in request.query_params:
                asked = narrowed(asked, operator, request.query_params[operator], where=operator)
        found = search.find(
            psychic=request.user,
            asked=asked,
            room_id=number(request, "room"),
            older=number(request, "older"),
            limit=clamp(request.query_params.get("limit")),
        )
        next = page_url(request, older=found.older) if found.older is not None else None
        return Response(listing(found.messages, next))


class PermissionViewSet(View):
    in_path = {"room_id": "A room's id."}

    @extend_schema(
        operation_id="getPermissions",
        summary="What one may do in a room",
        parameters=[in_query("username", USERNAME, description="For moderators: somebody else in the room.")],
        responses={200: PermissionsOut, **refused(403)},
    )
    def retrieve(self, request, room_id):
        """Of yourself, or as a moderator of somebody else in the room. Each deed with the rule that allows or refuses
        it, and the moment from which that is otherwise. What is done is checked again when it is done.
        """
        username = request.query_params.get("username")
        return Response(permissions_out(*permissions(psychic=request.user, room_id=room_id, username=username)))
