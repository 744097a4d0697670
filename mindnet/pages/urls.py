"""The pages. REST lives beside them at /rooms, /psychics and so on; no path here begins like one of those."""

from django.urls import path

from mindnet.pages import guides, holding, invitations, invite, lobby, meditation, message, people, presence, profile, reports, room, session, blocks

urlpatterns = [
    path("", lobby.home, name="home"),
    path("room/new", lobby.create_room, name="create_room"),
    path("room/private", lobby.open_private, name="open_private"),
    path("room/<int:room_id>", room.room, name="room"),
    path("room/<int:room_id>/join", room.join, name="join_room"),
    path("room/<int:room_id>/leave", room.leave, name="leave_room"),
    path("room/<int:room_id>/decline", room.decline, name="decline_link"),
    path("room/<int:room_id>/seen", room.seen, name="seen"),
    path("room/<int:room_id>/invitations", invitations.room_invitations, name="room_invitations"),
    path(
        "room/<int:room_id>/invitations/<int:invitation_id>/withdraw", invitations.withdraw, name="withdraw_invitation"
    ),
    path("invite/<str:code>", invite.invite, name="invite"),
    path("invitations/<int:invitation_id>/decline", invitations.decline, name="decline_invitation"),
    path("psychic/<str:username>/invite", invitations.invite_psychic, name="invite_psychic"),
    path("room/<int:room_id>/post", room.post, name="post_message"),
    path("room/<int:room_id>/message/<int:message_id>", message.room_message, name="room_message"),
    path("report", reports.report, name="report"),
    # REST has /reports.
    path("report/mine", reports.reports, name="reports"),
    path("room/<int:room_id>/held", holding.held, name="room_held"),
    path("room/<int:room_id>/held/<int:held_id>", holding.decide_held, name="decide_held"),
    path("room/<int:room_id>/marks/<int:mark_id>/seen", holding.see_mark, name="see_mark"),
    path("room/<int:room_id>/word-rules", holding.rules, name="room_word_rules"),
    path("room/<int:room_id>/word-rules/new", holding.make_rule, name="make_word_rule"),
    path("room/<int:room_id>/word-rules/<int:rule_id>", holding.rule, name="room_word_rule"),
    path("settings/presence", presence.show, name="presence_settings"),
    path("settings/presence/status", presence.set_status, name="set_status"),
    path("settings/presence/meditation", presence.set_meditation, name="set_meditation"),
    path("people", people.people, name="people"),
    path("psychic/<str:username>", profile.profile, name="profile"),
    path("psychic/<str:username>/block", blocks.block, name="block"),
    path("settings/blocks", blocks.blocks, name="blocks"),
    path("settings/blocks/remove", blocks.unblock, name="unblock"),
    path("profile", profile.edit_profile, name="edit_profile"),
    path("profile/picture", profile.upload_picture, name="upload_picture"),
    path("profile/picture/remove", profile.remove_picture, name="remove_picture"),
    path("room/<int:room_id>/session/begin", session.begin_session, name="begin_session"),
    path("room/<int:room_id>/session/end", session.end_session, name="end_session"),
    path("meditation", meditation.meditation, name="meditation"),
    path("meditation/guides/new", guides.new_guide, name="new_guide"),
    path("meditation/guides/<int:guide_id>", guides.guide, name="guide"),
    path("meditation/guides/<int:guide_id>/delete", guides.delete_guide, name="delete_guide"),
]
