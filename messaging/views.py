"""The REST door of messaging: parse, call, answer."""

from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from messaging import journey, search, services, sync
from messaging.models import Message, MessageType
from mindnet.base.errors import invalid
from mindnet.rest.access import HasPermission
from mindnet.rest.input import Identifier, Nothing, Number, StrictSerializer, Text, read
from mindnet.rest.lists import Page, clamp, listing, number, page_url

ROOMS_MOST = 100  # as BroadcastPayload on the socket
ATTACHMENTS_MOST = 20
SETTABLE_TYPES = [MessageType.TEXT, MessageType.IMAGE, MessageType.FILE, MessageType.SEALED]


class NewMessage(StrictSerializer):
    content = Text()
    nonce = Identifier(required=False, allow_null=True)
    message_type = serializers.ChoiceField([str(kind.value) for kind in SETTABLE_TYPES], default="text")
    reply_to = Number(required=False, allow_null=True)
    attachments = serializers.ListField(child=Identifier(), required=False, max_length=ATTACHMENTS_MOST)
    urgent = serializers.BooleanField(required=False)
    urgent_reason = Text(required=False, allow_null=True)


class ChangedMessage(StrictSerializer):
    content = Text()


class NewBroadcast(StrictSerializer):
    content = Text()
    rooms = serializers.ListField(child=Number(), required=False, allow_null=True, max_length=ROOMS_MOST)
    nonce = Identifier(required=False, allow_null=True)
    require_ack = serializers.BooleanField(required=False)


class RoomMessages(APIView):
    """A room's messages."""

    def get_serializer(self, *args, **kwargs):
        return NewMessage(*args, **kwargs)

    def get(self, request, room_id):
        """A page, oldest first: the newest, or what is before, after or around a number.

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
        if history.has_newer:
            newer = page_url(request, after=history.messages[-1].seq, before=None, around=None)
        if history.has_older:
            older = page_url(request, before=history.messages[0].seq, after=None, around=None)
        body = listing(
            history.messages, next=newer, previous=older, first_seq=history.first_seq, last_seq=history.last_seq
        )
        return Response(body)

    def post(self, request, room_id):
        """Says something. A retry under the same nonce posts nothing and gives the message as it stands now."""
        fields = read(request, NewMessage)
        message, is_duplicate = services.post_message(psychic=request.user, room_id=room_id, **fields)
        return Response(message, status=200 if is_duplicate else 201)


class OneMessage(APIView):
    """One message."""

    def get_serializer(self, *args, **kwargs):
        return ChangedMessage(*args, **kwargs)

    def patch(self, request, message_id):
        """A new text for one's own message."""
        fields = read(request, ChangedMessage)
        return Response(services.edit_message(psychic=request.user, message_id=message_id, **fields))

    def delete(self, request, message_id):
        """Empties one's own message, or as a moderator anybody's. It keeps its place."""
        services.delete_message(psychic=request.user, message_id=message_id)
        return Response(status=204)


class OneReaction(APIView):
    """One's own reaction on a message; the emoji stands percent-encoded in the path."""

    def get_serializer(self, *args, **kwargs):
        return Nothing(*args, **kwargs)

    def put(self, request, message_id, emoji):
        """Puts the emoji on the message. Gives the message."""
        read(request, Nothing)
        return Response(services.react(psychic=request.user, message_id=message_id, emoji=emoji, on=True))

    def delete(self, request, message_id, emoji):
        """Takes it off again."""
        services.react(psychic=request.user, message_id=message_id, emoji=emoji, on=False)
        return Response(status=204)


class Broadcasts(APIView):
    """Messages to everyone or to several rooms at once. Permission `messaging.broadcast`."""

    permission_classes = [HasPermission("messaging.broadcast")]

    def get_serializer(self, *args, **kwargs):
        return NewBroadcast(*args, **kwargs)

    def post(self, request):
        """Posts into the given rooms; without `rooms` into everyone's room, so to everyone, online or not."""
        return Response(services.broadcast(psychic=request.user, **read(request, NewBroadcast)), status=202)


class Acknowledgements(APIView):
    """The answer to a broadcast that asks for one."""

    def get_serializer(self, *args, **kwargs):
        return Nothing(*args, **kwargs)

    def post(self, request, message_id):
        """Says that one has taken note. Once is enough."""
        read(request, Nothing)
        services.acknowledge(psychic=request.user, message_id=message_id)
        return Response(status=204)


class Search(APIView):
    """Messages of one's own rooms by what they say, newest first."""

    def get(self, request):
        """`q` is part of the text, 2 to 100 characters; `room` an id, `from` a username. `next` leads to older ones."""
        query = request.query_params.get("q")
        if query is None:
            raise invalid("q", "Say what to look for.")
        found = search.search(
            psychic=request.user,
            query=query,
            room_id=number(request, "room"),
            sender=request.query_params.get("from"),
        )
        page = Page(request, found.only("pk"), newest_first=True)
        messages = sync.read(Message.objects.filter(pk__in=[row.pk for row in page.rows]))
        by_id = {message.id: message for message in messages}
        return page.answer(lambda row: by_id[row.pk])


class Journey(APIView):
    """Where a message has got to, from the watermarks of those it was meant for."""

    def get(self, request, message_id):
        """For the sender and the room's moderators. `who` is empty above 50 participants."""
        return Response(journey.journey(psychic=request.user, message_id=message_id))
