"""The pages. REST lives beside them at /rooms, /psychics and so on; no path here begins like one of those."""

from django.urls import path

from mindnet import meditation_pages, pages, pages_people, pages_presence

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
    path("people", pages_people.people, name="people"),
    path("psychic/<str:username>", pages_people.profile, name="profile"),
    path("profile", pages_people.edit_profile, name="edit_profile"),
    path("profile/picture", pages_people.upload_picture, name="upload_picture"),
    path("profile/picture/remove", pages_people.remove_picture, name="remove_picture"),
    path("room/<int:room_id>/session/begin", meditation_pages.begin_session, name="begin_session"),
    path("room/<int:room_id>/session/end", meditation_pages.end_session, name="end_session"),
    path("meditation", meditation_pages.meditation, name="meditation"),
    path("meditation/guides/new", meditation_pages.new_guide, name="new_guide"),
    path("meditation/guides/<int:guide_id>", meditation_pages.guide, name="guide"),
    path("meditation/guides/<int:guide_id>/delete", meditation_pages.delete_guide, name="delete_guide"),
]
