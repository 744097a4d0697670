"""The REST door of guides, guided sessions and sittings."""

from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

from mindnet.rest.input import StrictSerializer, read_query
from mindnet.rest.lists import Page
from mindnet.rest.viewsets import View
from rooms import guides, sessions, sittings
from rooms.shapes import guide_out, session_out, sitting_out


class Steps(serializers.Field):
    """A list as JSON has it; what a step is, the service knows."""

    def to_internal_value(self, data):
        return data

    def to_representation(self, value):
        return value


class GuideChange(StrictSerializer):
    name = serializers.CharField(allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    steps = Steps()
    shared = serializers.BooleanField(required=False)


class GuideFilter(serializers.Serializer):
    whose = serializers.ChoiceField(["mine", "library", "shared"], required=False)
    shared = serializers.ChoiceField(["true", "false"], required=False)


class Start(StrictSerializer):
    guide = serializers.IntegerField()


class GuideViewSet(View):
    inputs = {"create": GuideChange, "partial_update": GuideChange}

    def list(self, request):
        fields = read_query(request, GuideFilter)
        is_shared = fields["shared"] == "true" if "shared" in fields else None
        found = guides.list_guides(psychic=request.user, whose=fields.get("whose"), is_shared=is_shared)
        return Page(request, found).answer(guide_out)

    def create(self, request):
        return Response(guide_out(guides.create_guide(psychic=request.user, **self.body())), status=201)

    def retrieve(self, request, guide_id):
        return Response(guide_out(guides.get_guide(psychic=request.user, guide_id=guide_id)))

    def partial_update(self, request, guide_id):
        fields = self.body(partial=True)
        return Response(guide_out(guides.update_guide(psychic=request.user, guide_id=guide_id, **fields)))

    def destroy(self, request, guide_id):
        guides.delete_guide(psychic=request.user, guide_id=guide_id)
        return Response(status=204)


class SessionViewSet(View):
    inputs = {"create": Start}

    def retrieve(self, request, room_id):
        return Response(session_out(sessions.get_session(psychic=request.user, room_id=room_id)))

    def create(self, request, room_id):
        guide_id = self.body()["guide"]
        session = sessions.start_session(psychic=request.user, room_id=room_id, guide_id=guide_id)
        return Response(session_out(session), status=201)

    def destroy(self, request, room_id):
        sessions.end_session(psychic=request.user, room_id=room_id)
        return Response(status=204)


class SittingViewSet(View):
    def mine(self, request):
        return self.answer(request, sittings.own_sittings(psychic=request.user))

    def of_session(self, request, session_id):
        return self.answer(request, sittings.sitters(psychic=request.user, session_id=session_id))

    def answer(self, request, rows):
        now = timezone.now()
        return Page(request, rows, newest_first=True).answer(lambda row: sitting_out(row, now))
