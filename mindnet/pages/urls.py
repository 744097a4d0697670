"""The pages. REST lives beside them at /rooms, /psychics and so on; no path here begins like one of those."""

from django.urls import path

from mindnet.pages import meditation, people, presence, room

urlpatterns = [
    path("", room.home, name="home"),
    path("room/new", room.create_room, name="create_room"),
    path("room/private", room.open_private, name="open_private"),
    path("room/<int:room_id>", room.room, name="room"),
    path("room/<int:room_id>/join", room.join, name="join_room"),
    path("room/<int:room_id>/leave", room.leave, name="leave_room"),
    path("room/<int:room_id>/post", room.post, name="post_message"),
    path("settings/presence", presence.show, name="presence_settings"),
    path("settings/presence/status", presence.set_status, name="set_status"),
    path("settings/presence/meditation", presence.set_meditation, name="set_meditation"),
    path("people", people.people, name="people"),
    path("psychic/<str:username>", people.profile, name="profile"),
    path("profile", people.edit_profile, name="edit_profile"),
    path("profile/picture", people.upload_picture, name="upload_picture"),
    path("profile/picture/remove", people.remove_picture, name="remove_picture"),
    path("room/<int:room_id>/session/begin", meditation.begin_session, name="begin_session"),
    path("room/<int:room_id>/session/end", meditation.end_session, name="end_session"),
    path("meditation", meditation.meditation, name="meditation"),
    path("meditation/guides/new", meditation.new_guide, name="new_guide"),
    path("meditation/guides/<int:guide_id>", meditation.guide, name="guide"),
    path("meditation/guides/<int:guide_id>/delete", meditation.delete_guide, name="delete_guide"),
]
