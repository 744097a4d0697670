from django.urls import path

from messaging.broadcast_views import AcknowledgementViewSet, BroadcastViewSet
from messaging.report_views import ReportViewSet
from messaging.views import MessageViewSet, PermissionViewSet, ReactionViewSet, RoomMessageViewSet, SearchViewSet

message = "messages/<int:message_id>"
one = {"patch": "partial_update", "delete": "destroy"}
one_reaction = {"put": "update", "delete": "destroy"}

urlpatterns = [
    path(
        "rooms/<int:room_id>/messages",
        RoomMessageViewSet.as_view({"get": "list", "post": "create"}),
        name="room-messages",
    ),
    path("messages/broadcast", BroadcastViewSet.as_view({"post": "create"}), name="broadcast"),
    path("messages/search", SearchViewSet.as_view({"get": "list"}), name="message-search"),
    path("reports", ReportViewSet.as_view({"get": "list", "post": "create"}), name="report-list"),
    path(f"{message}", MessageViewSet.as_view(one), name="message"),
    path(f"{message}/reactions/<str:emoji>", ReactionViewSet.as_view(one_reaction), name="reaction"),
    path(f"{message}/ack", AcknowledgementViewSet.as_view({"post": "create"}), name="acknowledgement"),
    path(f"{message}/journey", MessageViewSet.as_view({"get": "journey"}), name="journey"),
    path("rooms/<int:room_id>/permissions", PermissionViewSet.as_view({"get": "retrieve"}), name="permissions"),
]
