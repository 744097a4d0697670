"""The REST door of rooms: read the input, call the service, answer with its shapes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from mindnet.realtime.shapes import ParticipantOut, RoomOut
from mindnet.rest.fields import Choice, Number, Text
from mindnet.rest.input import StrictSerializer, read_query
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.short import Read
from mindnet.rest.viewsets import View
from presence.fields import USERNAME
from rooms import fields, lookups, roles, services
from rooms.shapes import HouseRulesOut, house_rules_out, my_room_out, participant_out

IN_PATH = {
    "room_id": "A room's id.",
    "username": "A psychic's name, in whatever case.",
}


class RoomChange(StrictSerializer):
    name = Text(fields.ROOM_NAME, required=False, allow_blank=True)
    description = Text(fields.ROOM_DESCRIPTION, required=False, allow_blank=True)
    max_participants = Number(fields.MAX_PARTICIPANTS, required=False)
    slow_mode_seconds = Number(fields.SLOW_MODE_SECONDS, required=False)


class HouseRulesChange(StrictSerializer):
    mention_all = Choice(fields.MENTION_ALL, required=False)
    hold_new_hours = Number(fields.HOLD_NEW_HOURS, required=False)
    hold_new_messages = Number(fields.HOLD_NEW_MESSAGES, required=False)
    retention_hours = Number(fields.RETENTION_HOURS, required=False)


class NewRoom(StrictSerializer):
    name = Text(fields.ROOM_NAME, required=False, allow_blank=True)
    description = Text(fields.ROOM_DESCRIPTION, required=False, allow_blank=True)
    kind = Choice(fields.CREATABLE_KIND, required=False)
    max_participants = Number(fields.MAX_PARTICIPANTS, required=False, allow_null=True)

    def get_fields(self):
        # `with` is a word of Python's and cannot be an attribute.
        partner = Text(USERNAME, required=False, source="with_username", help_text="For a private room.")
        return super().get_fields() | {"with": partner}


class RoomFilter(serializers.Serializer):
    kind = Choice(fields.ROOM_KIND, required=False, help_text="Rooms of this kind only.")
    mine = Choice(fields.YES_OR_NO, required=False, help_text="Only those you are in, or only the others.")
    is_active = Choice(fields.YES_OR_NO, required=False, help_text="Only those that go on, or only ended ones.")
    search = Text(fields.ROOM_SEARCH, required=False, allow_blank=True, max_length=fields.ROOM_SEARCH.most)


class Joining(StrictSerializer):
    invitation = Text(fields.INVITATION_CODE, required=False, allow_null=True, allow_blank=True)


class RoleChange(StrictSerializer):
    role = Choice(fields.ROLE)


class Heir(StrictSerializer):
    username = Text(USERNAME)


FILTERED = [*BY_ID, RoomFilter]


class RoomViewSet(View):
    inputs = {"create": NewRoom, "partial_update": RoomChange, "join": Joining}
    in_path = IN_PATH
    short = {"list": Read(FILTERED)}

    @extend_schema(
        operation_id="listRooms",
        summary="Rooms you may see",
        parameters=FILTERED,
        responses=list_of(RoomOut),
    )
    def list(self, request):
        """Open and meditation rooms, those you are in, and everyone's room."""
        filters = read_query(request, RoomFilter)
        for name in {"mine", "is_active"} & filters.keys():
            filters[name] = filters[name] == "true"
        return Page(request, lookups.room_pages(psychic=request.user, **filters)).answer()

    @extend_schema(
        operation_id="createRoom",
        summary="Make a room, or open the mind-link of two",
        responses={201: RoomOut, 200: RoomOut, **refused(404, 409)},
    )
    def create(self, request):
        """Who makes a room owns it and is in it. A private room is made `with` somebody, without a name; where the two
        have one already, it is given with 200. Who has left it is asked, and comes in by opening or joining it.
        """
        room, created = services.create_room(psychic=request.user, **self.body())
        return Response(my_room_out(room), status=201 if created else 200)

    @extend_schema(operation_id="getRoom", summary="A room", responses=RoomOut)
    def retrieve(self, request, room_id):
        """A room as you see it, with your role in it."""
        return Response(my_room_out(lookups.get_room(psychic=request.user, room_id=room_id)))

    @extend_schema(operation_id="updateRoom", summary="Change a room", responses={200: RoomOut, **refused(403, 409)})
    def partial_update(self, request, room_id):
        """For owners. What is left out stays."""
        changes = self.body(partial=True)
        return Response(my_room_out(services.update_room(psychic=request.user, room_id=room_id, **changes)))

    @extend_schema(operation_id="endRoom", summary="End a room", responses={204: DONE, **refused(403, 409)})
    def destroy(self, request, room_id):
        """For owners. It ends for all; those who were in it keep it to read, until they leave it."""
        services.end_room(psychic=request.user, room_id=room_id)
        return Response(status=204)

    @extend_schema(
        operation_id="joinRoom",
        summary="Join a room",
        responses={201: ParticipantOut, 200: ParticipantOut, **refused(403, 409)},
    )
    def join(self, request, room_id):
        """A closed room wants an invitation: its code, or one that names you. 200 for who is in already."""
        row, created = services.join_room(psychic=request.user, room_id=room_id, **self.body())
        return Response(participant_out(row), status=201 if created else 200)

    @extend_schema(operation_id="leaveRoom", summary="Leave a room", responses={204: DONE, **refused(403, 409)})
    def leave(self, request, room_id):
        """The last owner hands on to the longest-standing moderator, or else participant. Who leaves a room that has
        ended no longer sees it; who is asked into a mind-link declines.
        """
        services.leave_room(psychic=request.user, room_id=room_id)
        return Response(status=204)


class HouseRulesViewSet(View):
    inputs = {"partial_update": HouseRulesChange}
    in_path = IN_PATH

    @extend_schema(operation_id="getHouseRules", summary="A room's house rules", responses=HouseRulesOut)
    def retrieve(self, request, room_id):
        """For whoever sees the room."""
        return Response(house_rules_out(lookups.get_room(psychic=request.user, room_id=room_id)))

    @extend_schema(
        operation_id="updateHouseRules",
        summary="Change a room's house rules",
        responses={200: HouseRulesOut, **refused(403, 409)},
    )
    def partial_update(self, request, room_id):
        """For owners. What is left out stays. A mind-link has none, but for how long messages are kept: either of the
        two says so, and it holds for what is said from then on.
        """
        changes = self.body(partial=True)
        return Response(house_rules_out(services.update_room(psychic=request.user, room_id=room_id, **changes)))


class ParticipantViewSet(View):
    inputs = {"partial_update": RoleChange, "hand_over": Heir}
    in_path = IN_PATH
    short = {"list": Read(BY_ID)}

    @extend_schema(
        operation_id="listParticipants",
        summary="Who is in a room",
        parameters=BY_ID,
        responses=list_of(ParticipantOut),
    )
    def list(self, request, room_id):
        """Each with presence as far as you may see it, and with their watermarks."""
        return Page(request, lookups.participant_pages(psychic=request.user, room_id=room_id)).answer()

    @extend_schema(operation_id="setRole", summary="Give a role", responses={200: ParticipantOut, **refused(403, 409)})
    def partial_update(self, request, room_id, username):
        """For owners. A room keeps at least one."""
        row = roles.set_role(psychic=request.user, room_id=room_id, username=username, **self.body())
        return Response(participant_out(row))

    @extend_schema(
        operation_id="setOwner", summary="Hand a room over", responses={200: ParticipantOut, **refused(403, 409)}
    )
    def hand_over(self, request, room_id):
        """For owners: somebody in the room owns it in your place, and you moderate it."""
        row = roles.hand_over(psychic=request.user, room_id=room_id, **self.body())
        return Response(participant_out(row))
