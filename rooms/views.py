"""The REST door of rooms: read the input, call the service, answer with its shapes."""

from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from mindnet.rest.access import HasPermission
from mindnet.rest.input import Identifier, StrictSerializer, read_query
from mindnet.rest.lists import Page
from mindnet.rest.viewsets import View
from presence.fields import DISCONNECT_REASON
from presence.operators import PERMISSION
from rooms import lookups, moderation, operators, services
from rooms.fields import CREATABLE_KIND
from rooms.models import Kind, Restriction, Role
from rooms.shapes import invitation_out, my_room_out, participant_out, restriction_out


class RoomChange(StrictSerializer):
    name = serializers.CharField(required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    max_participants = serializers.IntegerField(required=False)
    slow_mode_seconds = serializers.IntegerField(required=False)


class NewRoom(StrictSerializer):
    name = serializers.CharField(required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    kind = serializers.ChoiceField(CREATABLE_KIND.of, required=False)
    max_participants = serializers.IntegerField(required=False, allow_null=True)

    def get_fields(self):
        # `with` is a word of Python's and cannot be an attribute.
        partner = serializers.CharField(required=False, source="with_username", help_text="For a private room.")
        return super().get_fields() | {"with": partner}


class RoomFilter(serializers.Serializer):
    kind = serializers.ChoiceField(Kind.values, required=False)
    mine = serializers.ChoiceField(["true", "false"], required=False)
    is_active = serializers.ChoiceField(["true", "false"], required=False)
    search = serializers.CharField(required=False, allow_blank=True, max_length=80)


class Joining(StrictSerializer):
    invitation = serializers.CharField(required=False, allow_null=True, allow_blank=True)


class RoleChange(StrictSerializer):
    role = serializers.ChoiceField(Role.values)


class NewInvitation(StrictSerializer):
    username = serializers.CharField(required=False)
    max_uses = serializers.IntegerField(required=False, allow_null=True)
    hours = serializers.IntegerField(required=False, allow_null=True)


class NewRestriction(StrictSerializer):
    username = serializers.CharField()
    kind = serializers.ChoiceField(Restriction.Kind.values)
    minutes = serializers.IntegerField(required=False, allow_null=True)
    reason = serializers.CharField()


class Disconnection(StrictSerializer):
    """Exactly one of `username`, `connection_id` and `room`."""

    username = serializers.CharField(required=False)
    connection_id = Identifier(required=False)
    room = serializers.IntegerField(required=False, source="room_id", help_text="All participants but yourself.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=DISCONNECT_REASON.most)
    ban_minutes = serializers.IntegerField(required=False, help_text="They may not connect for so long.")


class RoomViewSet(View):
    inputs = {"create": NewRoom, "partial_update": RoomChange, "join": Joining}

    def list(self, request):
        fields = read_query(request, RoomFilter)
        for name in {"mine", "is_active"} & fields.keys():
            fields[name] = fields[name] == "true"
        return Page(request, lookups.list_rooms(psychic=request.user, **fields)).answer(my_room_out)

    def create(self, request):
        room, created = services.create_room(psychic=request.user, **self.body())
        return Response(my_room_out(room), status=201 if created else 200)

    def retrieve(self, request, room_id):
        return Response(my_room_out(lookups.get_room(psychic=request.user, room_id=room_id)))

    def partial_update(self, request, room_id):
        fields = self.body(partial=True)
        return Response(my_room_out(services.update_room(psychic=request.user, room_id=room_id, **fields)))

    def destroy(self, request, room_id):
        services.end_room(psychic=request.user, room_id=room_id)
        return Response(status=204)

    def join(self, request, room_id):
        row, created = services.join_room(psychic=request.user, room_id=room_id, **self.body())
        return Response(participant_out(row), status=201 if created else 200)

    def leave(self, request, room_id):
        services.leave_room(psychic=request.user, room_id=room_id)
        return Response(status=204)


class ParticipantViewSet(View):
    inputs = {"partial_update": RoleChange}

    def list(self, request, room_id):
        rows, room = lookups.participant_rows(psychic=request.user, room_id=room_id)
        return Page(request, rows).answer(lookups.row_shape(room))

    def partial_update(self, request, room_id, username):
        row = moderation.set_role(psychic=request.user, room_id=room_id, username=username, **self.body())
        return Response(participant_out(row))


class InvitationViewSet(View):
    inputs = {"create": NewInvitation}

    def create(self, request, room_id):
        invitation = moderation.invite(psychic=request.user, room_id=room_id, **self.body())
        path = reverse("room", args=[room_id]) + f"?invitation={invitation.code}"
        return Response(invitation_out(invitation, url=request.build_absolute_uri(path)), status=201)


class RestrictionViewSet(View):
    inputs = {"create": NewRestriction}

    def list(self, request, room_id):
        rows = moderation.list_restrictions(psychic=request.user, room_id=room_id)
        return Page(request, rows, newest_first=True).answer(restriction_out)

    def create(self, request, room_id):
        restriction = moderation.restrict(psychic=request.user, room_id=room_id, **self.body())
        return Response(restriction_out(restriction), status=201)

    def destroy(self, request, room_id, restriction_id):
        moderation.lift(psychic=request.user, room_id=room_id, restriction_id=restriction_id)
        return Response(status=204)


class OperatorViewSet(View):
    """Closes live connections, with code 4503, or 4504 for a ban. Permission `presence.disconnect`.

    A ban of somebody who is not connected holds as well; `disconnected` is 0 then.
    """

    permission_classes = [HasPermission(PERMISSION)]
    inputs = {"disconnect": Disconnection}

    def disconnect(self, request):
        return Response({"disconnected": operators.disconnect_any(by=request.user, **self.body())})
