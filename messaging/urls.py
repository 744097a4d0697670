from django.urls import path

from messaging import views

urlpatterns = [
    path("rooms/<int:room_id>/messages", views.RoomMessages.as_view(), name="room-messages"),
    path("messages/broadcast", views.Broadcasts.as_view(), name="broadcast"),
    path("messages/search", views.Search.as_view(), name="message-search"),
    path("messages/<int:message_id>", views.OneMessage.as_view(), name="message"),
    path("messages/<int:message_id>/reactions/<str:emoji>", views.OneReaction.as_view(), name="reaction"),
    path("messages/<int:message_id>/ack", views.Acknowledgements.as_view(), name="acknowledgement"),
    path("messages/<int:message_id>/journey", views.Journey.as_view(), name="journey"),
]
