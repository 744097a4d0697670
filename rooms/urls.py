from django.urls import path

from rooms.device_views import DeviceListViewSet, DeviceViewSet, HandedOnKeysViewSet, RecoveryViewSet
from rooms.invitation_views import InvitationViewSet, OwnInvitationViewSet
from rooms.moderation_views import LogViewSet, OperatorViewSet, OwnRestrictionViewSet, RestrictionViewSet
from rooms.session_views import GuideViewSet, SessionViewSet, SittingViewSet
from rooms.views import HouseRulesViewSet, ParticipantViewSet, RoomViewSet

room = "rooms/<int:room_id>"
one = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
one_session = {"get": "retrieve", "post": "create", "delete": "destroy"}

urlpatterns = [
    path("rooms", RoomViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{room}", RoomViewSet.as_view(one)),
    path(f"{room}/rules", HouseRulesViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path(f"{room}/join", RoomViewSet.as_view({"post": "join"})),
    path(f"{room}/leave", RoomViewSet.as_view({"delete": "leave"})),
    path(f"{room}/participants", ParticipantViewSet.as_view({"get": "list"})),
    path(f"{room}/participants/<str:username>", ParticipantViewSet.as_view({"patch": "partial_update"})),
    path(f"{room}/owner", ParticipantViewSet.as_view({"post": "hand_over"})),
    path(f"{room}/log", LogViewSet.as_view({"get": "list"})),
    path(f"{room}/invitations", InvitationViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{room}/invitations/<int:invitation_id>", InvitationViewSet.as_view({"delete": "destroy"})),
    path("psychics/me/invitations", OwnInvitationViewSet.as_view({"get": "list"})),
    path("psychics/me/invitations/<int:invitation_id>", OwnInvitationViewSet.as_view({"delete": "destroy"})),
    path(f"{room}/restrictions", RestrictionViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{room}/restrictions/<int:restriction_id>", RestrictionViewSet.as_view({"delete": "destroy"})),
    path("psychics/me/restrictions", OwnRestrictionViewSet.as_view({"get": "list"})),
    path("restrictions/<int:restriction_id>/answer", OwnRestrictionViewSet.as_view({"post": "answer"})),
    path("guides", GuideViewSet.as_view({"get": "list", "post": "create"})),
    path("guides/<int:guide_id>", GuideViewSet.as_view(one)),
    path(f"{room}/session", SessionViewSet.as_view(one_session)),
    path("sessions/<int:session_id>/sittings", SittingViewSet.as_view({"get": "of_session"})),
    path("psychics/me/sittings", SittingViewSet.as_view({"get": "mine"})),
    path("devices", DeviceViewSet.as_view({"get": "list", "post": "create"})),
    path("devices/recovery", RecoveryViewSet.as_view({"get": "retrieve", "put": "update"})),
    path("devices/<str:device_id>/endorse", DeviceViewSet.as_view({"post": "endorse"})),
    path("devices/<str:device_id>/revoke", DeviceViewSet.as_view({"post": "revoke"})),
    path("devices/<str:device_id>/history", HandedOnKeysViewSet.as_view({"get": "list"})),
    path("devices/<str:device_id>/history/<int:room_id>/<int:part>", HandedOnKeysViewSet.as_view({"put": "update"})),
    path("psychics/<str:username>/devices", DeviceListViewSet.as_view({"get": "retrieve"})),
    path("admin/disconnect", OperatorViewSet.as_view({"post": "disconnect"})),
]
