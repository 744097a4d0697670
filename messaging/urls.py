from django.urls import path

from messaging.attachment_views import AttachmentViewSet, RoomAttachmentViewSet
from messaging.broadcast_views import (
    AcknowledgementViewSet,
    BroadcastViewSet,
    ReminderViewSet,
    SentViewSet,
    UnacknowledgedViewSet,
)
from messaging.keeping_views import HeldMessageViewSet, MarkViewSet, WordRuleViewSet
from messaging.report_views import ReportViewSet
from messaging.unread_views import MentionViewSet, UnreadViewSet
from messaging.views import MessageViewSet, PermissionViewSet, ReactionViewSet, RoomMessageViewSet, SearchViewSet

room = "rooms/<int:room_id>"
message = "messages/<int:message_id>"
one = {"patch": "partial_update", "delete": "destroy"}
one_message = {"get": "retrieve", **one}
one_reaction = {"put": "update", "delete": "destroy"}

urlpatterns = [
    path(
        "rooms/<int:room_id>/messages",
        RoomMessageViewSet.as_view({"get": "list", "post": "create"}),
        name="room-messages",
    ),
    path(
        "rooms/<int:room_id>/attachments",
        RoomAttachmentViewSet.as_view({"get": "list", "post": "create"}),
        name="room-attachments",
    ),
    path(
        "attachments/<str:attachment_id>",
        AttachmentViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="attachment",
    ),
    path(
        "attachments/<str:attachment_id>/thumbnail",
        AttachmentViewSet.as_view({"get": "thumbnail"}),
        name="attachment-thumbnail",
    ),
    path("messages/broadcast", BroadcastViewSet.as_view({"post": "create"}), name="new-broadcast"),
    path("messages/broadcasts", SentViewSet.as_view({"get": "list"}), name="sent-broadcasts"),
    path("messages/unacknowledged", UnacknowledgedViewSet.as_view({"get": "list"}), name="unacknowledged"),
    path("messages/search", SearchViewSet.as_view({"get": "list"}), name="message-search"),
    path("mentions", MentionViewSet.as_view({"get": "list"}), name="mention-list"),
    path("reports", ReportViewSet.as_view({"get": "list", "post": "create"}), name="report-list"),
    path(f"{message}", MessageViewSet.as_view(one_message), name="message"),
    path(f"{message}/versions", MessageViewSet.as_view({"get": "versions"}), name="message-versions"),
    path(f"{message}/reactions/<str:emoji>", ReactionViewSet.as_view(one_reaction), name="reaction"),
    path(f"{message}/ack", AcknowledgementViewSet.as_view({"post": "create"}), name="acknowledgement"),
    path(f"{room}/unread", UnreadViewSet.as_view({"put": "update", "delete": "destroy"}), name="unread"),
    path(f"{room}/held", HeldMessageViewSet.as_view({"get": "list"})),
    path(f"{room}/held/<int:held_id>", HeldMessageViewSet.as_view({"post": "create", "delete": "destroy"})),
    path(f"{room}/marks", MarkViewSet.as_view({"get": "list"})),
    path(f"{room}/marks/<int:mark_id>/seen", MarkViewSet.as_view({"post": "seen"})),
    path(f"{room}/word-rules", WordRuleViewSet.as_view({"get": "list", "post": "create"})),
    path(f"{room}/word-rules/try", WordRuleViewSet.as_view({"post": "attempt"})),
    path(f"{room}/word-rules/<int:rule_id>", WordRuleViewSet.as_view(one)),
    path(f"{message}/remind", ReminderViewSet.as_view({"post": "create"}), name="remind"),
    path(f"{message}/journey", MessageViewSet.as_view({"get": "journey"}), name="journey"),
    path("rooms/<int:room_id>/permissions", PermissionViewSet.as_view({"get": "retrieve"}), name="permissions"),
]
