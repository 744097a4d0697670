"""The pages. REST lives beside them at /rooms, /psychics and so on; no path here begins like one of those."""

from django.urls import path

from mindnet import pages, pages_presence

urlpatterns = [
    path("", pages.home, name="home"),
    path("room/new", pages.create_room, name="create_room"),
    path("room/private", pages.open_private, name="open_private"),
    path("room/<int:room_id>", pages.room, name="room"),
    path("room/<int:room_id>/join", pages.join, name="join_room"),
    path("room/<int:room_id>/leave", pages.leave, name="leave_room"),
    path("room/<int:room_id>/post", pages.post, name="post_message"),
    path("settings/presence", pages_presence.show, name="presence_settings"),
    path("settings/presence/status", pages_presence.set_status, name="set_status"),
    path("settings/presence/meditation", pages_presence.set_meditation, name="set_meditation"),
    path("psychic/<str:username>", pages.profile, name="profile"),
]
