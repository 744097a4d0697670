"""The REST door of guides, guided sessions and sittings."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from mindnet.realtime.shapes import GuideOut, SessionOut, SittingOut
from mindnet.rest.fields import Anything, Choice, Flag, Number, Text
from mindnet.rest.input import StrictSerializer, read_query
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View
from rooms import fields, guides, sessions, sittings
from rooms.shapes import guide_out, session_out, sitting_out


class GuideChange(StrictSerializer):
    name = Text(fields.GUIDE_NAME, required=False, allow_blank=True)
    description = Text(fields.GUIDE_DESCRIPTION, required=False, allow_blank=True)
    steps = Anything(fields.STEPS, required=False)
    shared = Flag(fields.SHARED, required=False)


class NewGuide(GuideChange):
    name = Text(fields.GUIDE_NAME, allow_blank=True)
    steps = Anything(fields.STEPS)


class GuideFilter(serializers.Serializer):
    whose = Choice(fields.WHOSE, required=False)
    shared = Choice(fields.YES_OR_NO, required=False, help_text="Only those that are shared, or only the others.")


class Start(StrictSerializer):
    guide = Number(fields.GUIDE_ID)


class GuideViewSet(View):
    inputs = {"create": NewGuide, "partial_update": GuideChange}
    in_path = {"guide_id": "A guide's id."}

    @extend_schema(
        operation_id="listGuides",
        summary="Guides you may use: the library, your own, those shared with you",
        parameters=[*BY_ID, GuideFilter],
        responses=list_of(GuideOut),
    )
    def list(self, request):
        """Shared with you are those of people who moderate a meditation room that you are in."""
        filters = read_query(request, GuideFilter)
        is_shared = filters["shared"] == "true" if "shared" in filters else None
        found = guides.list_guides(psychic=request.user, whose=filters.get("whose"), is_shared=is_shared)
        return Page(request, found).answer(guide_out)

    @extend_schema(operation_id="createGuide", summary="Write a guide", responses={201: GuideOut, **refused(409)})
    def create(self, request):
        """Private; with `shared`, also for those who are with you in a meditation room that you moderate."""
        return Response(guide_out(guides.create_guide(psychic=request.user, **self.body())), status=201)

    @extend_schema(operation_id="getGuide", summary="A guide", responses=GuideOut)
    def retrieve(self, request, guide_id):
        """A guide with its steps."""
        return Response(guide_out(guides.get_guide(psychic=request.user, guide_id=guide_id)))

    @extend_schema(
        operation_id="updateGuide", summary="Change your own guide", responses={200: GuideOut, **refused(403)}
    )
    def partial_update(self, request, guide_id):
        """What is left out stays. Sessions that run go on as they began."""
        changes = self.body(partial=True)
        return Response(guide_out(guides.update_guide(psychic=request.user, guide_id=guide_id, **changes)))

    @extend_schema(operation_id="deleteGuide", summary="Delete your own guide", responses={204: DONE, **refused(403)})
    def destroy(self, request, guide_id):
        """Sessions that run go on as they began."""
        guides.delete_guide(psychic=request.user, guide_id=guide_id)
        return Response(status=204)


class SessionViewSet(View):
    inputs = {"create": Start}
    in_path = {"room_id": "A meditation room's id."}

    @extend_schema(operation_id="getSession", summary="The session that runs here", responses=SessionOut)
    def retrieve(self, request, room_id):
        """404 where none does. Where a session is follows from its start and the clock."""
        return Response(session_out(sessions.get_session(psychic=request.user, room_id=room_id)))

    @extend_schema(
        operation_id="startSession", summary="Begin a session", responses={201: SessionOut, **refused(403, 409)}
    )
    def create(self, request, room_id):
        """For owners and moderators. It follows the guide as it is now."""
        guide_id = self.body()["guide"]
        session = sessions.start_session(psychic=request.user, room_id=room_id, guide_id=guide_id)
        return Response(session_out(session), status=201)

    @extend_schema(
        operation_id="endSession",
        summary="End the session before its time",
        responses={204: DONE, **refused(403, 409)},
    )
    def destroy(self, request, room_id):
        """For owners and moderators. Those who sit in it rise."""
        sessions.end_session(psychic=request.user, room_id=room_id)
        return Response(status=204)


class SittingViewSet(View):
    in_path = {"session_id": "A session's id."}

    @extend_schema(
        operation_id="listOwnSittings",
        summary="Your own sittings, newest first",
        parameters=BY_ID,
        responses=list_of(SittingOut),
    )
    def mine(self, request):
        """When you sat, in which room, and for how long."""
        return self.answer(request, sittings.own_sittings(psychic=request.user))

    @extend_schema(
        operation_id="listSittings",
        summary="Who sat in a session and for how long, for those who did",
        parameters=BY_ID,
        responses=list_of(SittingOut),
    )
    def of_session(self, request, session_id):
        """Newest first. For others than those who sat in it, there is no such session."""
        return self.answer(request, sittings.sitters(psychic=request.user, session_id=session_id))

    def answer(self, request, rows):
        now = timezone.now()
        return Page(request, rows, newest_first=True).answer(lambda row: sitting_out(row, now))
