"""A room's settings and its end: who sees which page, what is written, and what is asked before."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import services as messaging
from messaging.models import Message
from mindnet.tests.pages.test_kept_forms import run_out, send, sign_in
from mindnet.tests.pages.visitors import Browser
from rooms import invitations, links, roles, services
from rooms.models import LogEntry, Room

OWNER_ONLY, WORDS = "Settings of", "House rules</h2>"


def path(room, name="settings"):
    return f"/room/{room.pk}/{name}"


def fields(page):
    """{name: value} of the form as a browser would send it."""
    text = page.text[page.text.index("<h1>") :]
    found = dict(re.findall(r'<input[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', text))
    found |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n(.*?)</textarea>', text, re.DOTALL))
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        found[name] = re.search(r'value="([^"]*)" selected', options)[1]
    return {name: html.unescape(value) for name, value in found.items() if name != "csrfmiddlewaretoken"}


def changes(room):
    entries = LogEntry.objects.filter(room=room, deed="change").order_by("pk")
    return list(entries.values_list("by__username", "reason"))


def grow_old(room, by, days):
    message, _ = messaging.post_message(psychic=by, room_id=room.pk, content="long ago")
    Message.objects.filter(pk=message.id).update(timestamp=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize("part", ["owner", "moderator", "participant", "restricted", "outsider"])
def test_an_owner_has_a_form_and_all_others_are_told_the_rules(cast, part):
    services.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=90 * 24)
    visitor = Browser(cast.everybody()[part])
    page = visitor.get(path(cast.room))
    assert (OWNER_ONLY in page.text, WORDS in page.text) == (part == "owner", part != "owner")
    assert ("Messages are kept for 90 days, then they are deleted." in page.text) == (part != "owner")
    assert "Messages are kept for 90 days" in visitor.get(f"/room/{cast.room.pk}").text
    if part != "owner":
        answer = visitor.send(path(cast.room), page="/profile", name="Mine")
        assert answer.status_code == 403 and Room.objects.get(pk=cast.room.pk).name == "The garden"
        assert visitor.get(path(cast.room, "end")).status_code == 403
        assert visitor.send(path(cast.room, "end"), page="/profile", means="4:0:").status_code == 403


def test_a_closed_room_has_no_pages_for_others(closed_cast):
    otto = Browser(closed_cast.outsider)
    for name in ("settings", "end"):
        assert otto.get(path(closed_cast.room, name)).status_code == 404
        assert otto.send(path(closed_cast.room, name), page="/profile").status_code == 404


def test_what_two_owners_change_at_once_is_both_there(cast):
    roles.set_role(psychic=cast.owner, room_id=cast.room.pk, username="mona", role="owner")
    olga, mona = Browser(cast.owner), Browser(cast.moderator)
    hers, other = fields(olga.get(path(cast.room))), fields(mona.get(path(cast.room)))
    hers |= {"slow_mode_seconds": "10"}
    other |= {"name": "The orchard", "description": "Apples,\r\npears"}
    assert olga.send(path(cast.room), page=path(cast.room), **hers).redirect_chain[-1][0] == f"/room/{cast.room.pk}"
    mona.send(path(cast.room), page=path(cast.room), **other)
    room = Room.objects.get(pk=cast.room.pk)
    assert (room.name, room.description, room.slow_mode_seconds) == ("The orchard", "Apples,\npears", 10)
    assert changes(cast.room) == [
        ("olga", "Slow mode: none → 10 seconds"),
        ("mona", "Name: “The garden” → “The orchard”; Description: none → “Apples, pears”"),
    ]


def test_what_is_wrong_is_said_at_the_top_and_beside_the_fields_and_nothing_is_lost(cast):
    olga = Browser(cast.owner)
    form = fields(olga.get(path(cast.room))) | {
        "name": "", "max_participants": "many", "retention_hours": "99999", "slow_mode_seconds": "45",
    }  # fmt: skip
    page = olga.send(path(cast.room), page=path(cast.room), **form)
    assert page.status_code == 400 and "Nothing is saved yet." in page.text
    for name, words in [
        ("name", "A room name has 1 to 80 characters."), ("max_participants", "Write a whole number."),
        ("retention_hours", "Messages are kept for 1 to 87600 hours"),
    ]:  # fmt: skip
        assert f'href="#settings-{name}"' in page.text
        assert re.search(rf'id="settings-{name}-error">{words}', page.text)
    assert 'value="many"' in page.text and '<option value="45" selected>45 seconds</option>' in page.text
    assert changes(cast.room) == []


def test_a_shorter_retention_asks_once_and_says_how_many_messages_go(cast):
    grow_old(cast.room, cast.participant, 40)
    olga = Browser(cast.owner)
    form = fields(olga.get(path(cast.room))) | {"retention_hours": "720", "name": "Short"}
    asked = olga.send(path(cast.room), page=path(cast.room), **form)
    assert "1 message that is older is deleted" in asked.text and changes(cast.room) == []
    services.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=90 * 24)
    again = olga.send(path(cast.room), page=path(cast.room), **fields(asked))
    assert again.status_code == 409 and "changed meanwhile" in again.text
    services.update_room(psychic=cast.owner, room_id=cast.room.pk, retention_hours=0)
    back = olga.send(path(cast.room), page=path(cast.room), **fields(asked) | {"do": "back"})
    assert fields(back)["retention_hours"] == "720" and fields(back)["was_retention_hours"] == "0"
    saved = olga.send(path(cast.room), page=path(cast.room), **fields(asked))
    assert "The settings are saved." in saved.text
    room = Room.objects.get(pk=cast.room.pk)
    assert (room.retention_hours, room.name) == (720, "Short")


def test_a_form_sent_signed_out_comes_back_as_it_was(cast):
    olga = Browser(cast.owner)
    form = fields(olga.get(path(cast.room))) | {"name": "The orchard", "hold_new_hours": "24"}
    run_out(olga)
    back = sign_in(olga, send(olga, path(cast.room), form), username="olga")
    assert back.redirect_chain == [(f"{path(cast.room)}?kept=1", 302)]
    assert fields(back) == form and changes(cast.room) == []


def test_in_a_mind_link_both_set_when_messages_disappear_and_both_read_it(cast):
    link, _ = links.open_link(cast.owner, "", "", None, "paul")
    services.join_room(psychic=cast.participant, room_id=link.pk)
    grow_old(link, cast.owner, 1)
    olga, paul = Browser(cast.owner), Browser(cast.participant)
    form = fields(paul.get(path(link)))
    assert {name for name in form if name[:4] != "was_"} == {"retention_hours"}
    assert {name for name in fields(olga.get(path(link))) if name[:4] != "was_"} == {"description", "retention_hours"}
    saved = paul.send(path(link), page=path(link), **form | {"retention_hours": "8"})
    assert "The settings are saved." in saved.text, "what was said before stays: there is nothing to ask"
    assert "Messages disappear 8 hours after they are sent." in olga.get(f"/room/{link.pk}").text
    assert changes(link) == [("paul", "Messages are kept: for good → 8 hours")]
    refused = paul.send(path(link), page=path(link), description="His", was_description="", retention_hours="8")
    assert refused.status_code == 403 and paul.get(path(link, "end")).status_code == 403
    for _ in range(2):
        grow_old(link, cast.owner, 1 / 8)
    asked = olga.send(path(link), page=path(link), **fields(olga.get(path(link))) | {"retention_hours": "1"})
    assert "2 messages that are older are deleted" in asked.text and "for both of you" in asked.text
    services.end_room(psychic=cast.owner, room_id=link.pk)
    assert OWNER_ONLY not in paul.get(path(link)).text and "Messages disappear 8 hours" in paul.get(path(link)).text


def test_ending_says_what_it_means_asks_once_and_leaves_the_room_under_ended_rooms(cast):
    olga, paul = Browser(cast.owner), Browser(cast.participant)
    closed, _ = services.create_room(psychic=cast.owner, name="Inner circle", kind="closed")
    invitation = invitations.invite(psychic=cast.owner, room_id=closed.pk, username="paul")
    services.join_room(psychic=cast.participant, room_id=closed.pk, invitation=invitation.code)
    asked = olga.get(path(closed, "end"))
    assert "<bdi>paul</bdi> is in it with you" in asked.text and "invitation" not in asked.text
    invitations.invite(psychic=cast.owner, room_id=closed.pk)
    changed = olga.send(path(closed, "end"), page=path(closed, "end"), **fields(asked))
    assert changed.status_code == 409 and "1 invitation that is still out lets nobody in" in changed.text
    assert Room.objects.get(pk=closed.pk).is_active
    lobby = olga.send(path(closed, "end"), page=path(closed, "end"), **fields(changed))
    assert "Inner circle has ended." in html.unescape(lobby.text) and f"/room/{closed.pk}/leave" in lobby.text
    assert LogEntry.objects.get(room=closed, deed="end").by == cast.owner
    twice = olga.send(path(closed, "end"), page="/profile", **fields(changed))
    assert twice.status_code == 409 and "This room has ended." in twice.text
    assert 'id="ended"' in paul.get("/").text and "It has ended." in paul.get(path(closed)).text
    paul.send(f"/room/{closed.pk}/leave", page=f"/room/{closed.pk}/leave", means="ended")
    assert 'id="ended"' not in paul.get("/").text and 'id="ended"' in olga.get("/").text
    assert 'id="ended"' not in Browser(cast.outsider).get("/").text
