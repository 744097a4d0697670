"""The REST door of invitations: of those who keep a room, and of those who are invited."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from mindnet.rest.fields import Number, Text
from mindnet.rest.input import StrictSerializer
from mindnet.rest.lists import BY_ID, Page, list_of
from mindnet.rest.schema import DONE, refused
from mindnet.rest.viewsets import View
from presence.fields import USERNAME
from rooms import fields, invitations
from rooms.shapes import InvitationOut, OwnInvitationOut, invitation_out, own_invitation_out

IN_PATH = {"room_id": "A room's id.", "invitation_id": "An invitation's id."}


class NewInvitation(StrictSerializer):
    username = Text(USERNAME, required=False)
    max_uses = Number(fields.INVITATION_USES, required=False, allow_null=True)
    hours = Number(fields.INVITATION_HOURS, required=False, allow_null=True)


class InvitationViewSet(View):
    inputs = {"create": NewInvitation}
    in_path = IN_PATH

    @extend_schema(
        operation_id="listInvitations",
        summary="Invitations that let somebody in",
        parameters=BY_ID,
        responses={200: list_of(InvitationOut), **refused(403, 409)},
    )
    def list(self, request, room_id):
        """For owners and moderators, newest first: what is neither over, used up, declined nor withdrawn, of makers who
        may still invite.
        """
        rows = invitations.list_invitations(psychic=request.user, room_id=room_id)
        return Page(request, rows, newest_first=True).answer(self.shape)

    @extend_schema(
        operation_id="createInvitation",
        summary="Invite somebody, or make a link",
        responses={201: InvitationOut, **refused(403, 409)},
    )
    def create(self, request, room_id):
        """For owners and moderators. By name for one psychic, or for the first `max_uses` who hold the code. It lets
        nobody in once its maker may no longer invite. Naming the same psychic again renews the invitation that is open;
        who is in already is not invited (409), nor who has declined one of yours (403).
        """
        invitation = invitations.invite(psychic=request.user, room_id=room_id, **self.body())
        return Response(self.shape(invitation), status=201)

    @extend_schema(
        operation_id="withdrawInvitation", summary="Withdraw an invitation", responses={204: DONE, **refused(403, 409)}
    )
    def destroy(self, request, room_id, invitation_id):
        """For owners and moderators, whoever made it. From then on it lets nobody in."""
        invitations.withdraw_invitation(psychic=request.user, room_id=room_id, invitation_id=invitation_id)
        return Response(status=204)

    def shape(self, invitation):
        """With the address that the invited open."""
        url = self.request.build_absolute_uri(reverse("invite", args=[invitation.code]))
        return invitation_out(invitation, url=url)


class OwnInvitationViewSet(View):
    in_path = IN_PATH

    @extend_schema(
        operation_id="listOwnInvitations",
        summary="Invitations that name you",
        parameters=BY_ID,
        responses=list_of(OwnInvitationOut),
    )
    def list(self, request):
        """Those that let you in now, into rooms you are not in, newest first. Join such a room to accept one."""
        rows = invitations.own_invitations(psychic=request.user)
        return Page(request, rows, newest_first=True).answer(own_invitation_out)

    @extend_schema(operation_id="declineInvitation", summary="Decline an invitation", responses={204: DONE})
    def destroy(self, request, invitation_id):
        """It lets you in no more, and whoever made it cannot invite you by name again."""
        invitations.decline(psychic=request.user, invitation_id=invitation_id)
        return Response(status=204)
