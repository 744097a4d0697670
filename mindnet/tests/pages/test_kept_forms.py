"""A sign-in that runs out while a form is filled in: the form comes back with its text, and nothing is done unasked."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from messaging.models import Message
from mindnet.pages.sign_in import SESSION_KEY
from mindnet.tests.pages.visitors import psychic
from presence.tests.account_steps import PASSWORD
from rooms import guides, invitations
from rooms import services as rooms
from rooms.models import Room

pytestmark = pytest.mark.django_db

STEPS = [{"at": 0, "kind": "prompt", "text": "Listen", "seconds": 60}]
HERE = {"Origin": "http://testserver", "Accept": "text/html"}
TEXT = 'Half a <thought> & "more"\n第二 line 🔮'


@pytest.fixture
def room(ada):
    room, _ = rooms.create_room(psychic=ada.psychic, name="Inner circle", kind="closed")
    return room


def run_out(browser):
    browser.session.flush()


def send(browser, path, fields):
    """A form as a browser sends it that has held it for long: with the token of the page it came from."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/accounts/login/").text)[1]
    return browser.post(path, fields | {"csrfmiddlewaretoken": token}, headers=HERE)


def hidden_fields(answer):
    form = re.search(r'<form method="post" action="/accounts/login/">.*?</form>', answer.text, re.DOTALL)[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in found}


def sign_in(browser, answer, *, username="ada", password=PASSWORD):
    fields = hidden_fields(answer) | {"login": username, "password": password}
    return browser.post("/accounts/login/", fields, headers=HERE, follow=True)


def test_what_was_written_goes_along_and_is_sent_by_who_wrote_it_once(ada, room):
    nonce = "5f0c6f0e-0000-4000-8000-000000000001"
    run_out(ada)
    asked = send(ada, f"/room/{room.pk}/post", {"content": TEXT, "nonce": nonce})
    assert asked.status_code == 403
    assert "what you wrote is kept" in asked.text
    refused = sign_in(ada, asked, password="a wrong one")
    assert "what you wrote is kept" in refused.text
    back = sign_in(ada, refused)
    assert back.redirect_chain == [(f"/room/{room.pk}/post?kept=1", 302)]
    assert f">{html.escape(TEXT)}</textarea>" in back.text
    assert f'name="nonce" value="{nonce}"' in back.text
    assert "this has not been sent" in back.text
    assert not Message.objects.exists()
    assert html.escape(TEXT) in ada.get(f"/room/{room.pk}/post?kept=1").text, "a reload loses nothing"
    assert html.escape(TEXT) not in ada.get(f"/room/{room.pk}").text

    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', back.text)[1]
    fields = {"content": TEXT, "nonce": nonce, "csrfmiddlewaretoken": token}
    for _ in range(2):
        assert ada.post(f"/room/{room.pk}/post", fields).status_code == 302
    assert [message.content for message in Message.objects.all()] == [TEXT]
    assert SESSION_KEY not in ada.session


def test_files_are_not_kept_and_are_asked_for_again(ada, room):
    run_out(ada)
    fields = {"content": TEXT, "files": SimpleUploadedFile("notes.txt", b"Half a thought")}
    back = sign_in(ada, send(ada, f"/room/{room.pk}/post", fields))
    assert TEXT in html.unescape(back.text)
    assert "Choose the files once more." in back.text
    assert not Message.objects.exists()


FORMS = {
    "/room/new": ({"name": "Ga\"rden", "description": "For <tea>", "kind": "meditation"}, [
        'value="Ga&quot;rden"', 'value="For &lt;tea&gt;"', 'value="meditation" checked']),
    "/room/private": ({"username": "bob"}, ['name="username" placeholder="username"', 'value="bob"']),
    "/profile": ({"display_name": "Ada <3", "bio": "Words\nof mine", "abilities": "calm, quiet"}, [
        'value="Ada &lt;3"', "Words\nof mine</textarea>", 'value="calm, quiet"']),
    "/profile/picture": ({"file": SimpleUploadedFile("x.png", b"x")}, ["Choose the picture once more."]),
    "/settings/presence/status": ({"status": "meditating", "note": "tea", "length": "time", "time": "18:30"}, [
        'value="meditating" checked', 'value="tea"', '<option value="time" selected>', 'name="time" value="18:30"']),
    "/settings/presence/meditation": (
        {"urgent_from": "chosen", "chosen": "bob", "time_zone": "Asia/Tokyo", "from-0": "22:00", "to-0": "06:00"},
        ['value="chosen" checked', 'value="bob"', "<option selected>Asia/Tokyo", 'value="22:00"']),
    "/meditation/guides/new": (
        {"name": "Two bells", "description": "", "shared": "on", "kind": ["bell", "silence"], "length": ["5", "2:00"],
         "text": ["Come", ""]},
        ['value="Two bells"', 'value="2:00"', 'value="Come"', 'name="shared" checked']),
}  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_every_form_comes_back_as_it_was_sent(ada, path):
    fields, expected = FORMS[path]
    before = Room.objects.count()
    run_out(ada)
    back = sign_in(ada, send(ada, path, fields))
    assert back.status_code == 200
    for part in expected:
        assert part in back.text, part
    assert Room.objects.count() == before
    ada.psychic.refresh_from_db()
    assert (ada.psychic.display_name, ada.psychic.chosen_status, ada.psychic.avatar) == ("Ada L.", "", "")


def test_a_guide_comes_back_in_its_own_editor(ada):
    guide = guides.create_guide(psychic=ada.psychic, name="Two bells", steps=STEPS)
    run_out(ada)
    fields = {"name": "Three bells", "kind": "bell", "length": "5", "text": ""}
    back = sign_in(ada, send(ada, f"/meditation/guides/{guide.pk}", fields))
    assert 'value="Three bells"' in back.text
    guide.refresh_from_db()
    assert guide.name == "Two bells"


def test_a_key_to_a_closed_room_is_not_lost_on_the_way(bob, ada, room):
    run_out(bob)
    code = invitations.invite(psychic=ada.psychic, room_id=room.pk).code
    asked = send(bob, f"/room/{room.pk}/join", {"invitation": code})
    back = sign_in(bob, asked, username="bob")
    assert f'action="/invite/{code}"' in back.text


def test_a_form_of_the_time_before_the_last_sign_in_comes_back_too(ada, room):
    """Signed in again in another window: the token of the form is an old one."""
    fields = {"content": TEXT, "csrfmiddlewaretoken": "x" * 64}
    back = ada.post(f"/room/{room.pk}/post", fields, headers=HERE, follow=True)
    assert html.escape(TEXT) in back.text
    assert not Message.objects.exists()


def test_signed_in_in_another_window_while_the_sign_in_page_waits(ada, room):
    run_out(ada)
    asked = send(ada, f"/room/{room.pk}/post", {"content": TEXT})
    ada.force_login(ada.psychic, backend="django.contrib.auth.backends.ModelBackend")
    stale = hidden_fields(asked) | {"csrfmiddlewaretoken": "x" * 64, "login": "ada", "password": PASSWORD}
    back = ada.post("/accounts/login/", stale, headers=HERE, follow=True)
    assert html.escape(TEXT) in back.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_mallory_fills_in_no_form_from_elsewhere(ada, room, origin):
    headers = {"Origin": origin, "Accept": "text/html"}
    answer = ada.post(f"/room/{room.pk}/post", {"content": "Mallory's"}, headers=headers, follow=True)
    assert answer.status_code == 403
    assert "Mallory" not in answer.text
    assert SESSION_KEY not in ada.session


def test_nobody_is_led_elsewhere(ada, room):
    fields = {"kept_form": "//evil.example/?x=1", "login": "ada", "password": PASSWORD}
    assert ada.post("/accounts/login/", fields, headers=HERE).status_code == 403
    assert SESSION_KEY not in ada.session


def test_whoever_else_signs_in_does_not_come_into_the_room(ada, room):
    psychic("mallory")
    run_out(ada)
    back = sign_in(ada, send(ada, f"/room/{room.pk}/post", {"content": TEXT}), username="mallory")
    assert back.status_code == 404
    assert not Message.objects.exists()


def test_what_is_too_long_to_be_kept_is_not(ada, room):
    run_out(ada)
    asked = send(ada, f"/room/{room.pk}/post", {"content": "x" * 600_000})
    assert "what you wrote is kept" not in asked.text
    back = sign_in(ada, asked)
    assert back.redirect_chain[-1] == (f"/room/{room.pk}", 302)


@pytest.mark.parametrize(
    "path, page",
    [("/room/new", "/"), ("/room/private", "/"),
     ("/profile/picture", "/profile"), ("/profile/picture/remove", "/profile"),
     ("/settings/presence/status", "/settings/presence"), ("/settings/presence/meditation", "/settings/presence")],
)  # fmt: skip
def test_an_address_that_only_takes_forms_leads_to_its_page(ada, path, page):
    assert (ada.get(path).status_code, ada.get(path).url) == (302, page)
    assert ada.put(path).status_code in (403, 405)


@pytest.mark.parametrize("form", ["post", "join", "session/begin"])
def test_a_rooms_addresses_that_only_take_forms_lead_to_the_room(ada, room, form):
    assert ada.get(f"/room/{room.pk}/{form}").url == f"/room/{room.pk}"


def test_who_is_not_signed_in_comes_there_by_the_sign_in(ada, room):
    run_out(ada)
    asked = urlsplit(ada.get(f"/room/{room.pk}/post").url)
    assert (asked.path, parse_qs(asked.query)) == ("/accounts/login/", {"next": [f"/room/{room.pk}/post"]})
