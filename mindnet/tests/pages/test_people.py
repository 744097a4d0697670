"""The pages about people, without JavaScript: who sees what, and what the forms take."""

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mindnet.base import rates
from presence import accounts, avatars, profiles
from presence.models import Psychic, Status
from presence.tests import images
from presence.tests.account_steps import PASSWORD
from rooms import services as rooms

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path):
    rates.buckets.clear()
    cache.clear()
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": default}


class Browser(Client):
    """Signed in, and with the CSRF token of the page that has the form."""

    def __init__(self, psychic):
        super().__init__(enforce_csrf_checks=True)
        self.psychic = psychic
        self.force_login(psychic, backend="django.contrib.auth.backends.ModelBackend")

    def send(self, path, page="/profile", **fields):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page).text)[1]
        return self.post(path, fields | {"csrfmiddlewaretoken": token}, follow=True)


def psychic(username, **fields):
    row = accounts.sign_up(username=username, password=PASSWORD, address="198.51.100.7")
    profiles.update_profile(psychic=row, **fields)
    return row


@pytest.fixture
def ada():
    return Browser(psychic("ada", display_name="Ada L.", abilities=["precognition", "calm"]))


@pytest.fixture
def bob():
    return Browser(psychic("bob", abilities=["Precognition"]))


def named(answer):
    """The names on the cards of the directory, in their order."""
    return [one["username"] for one in answer.context["people"]]


PATHS = ["/people", "/profile", "/psychic/ada"]


@pytest.mark.parametrize("path", [*PATHS, "/profile/picture", "/profile/picture/remove"])
def test_who_is_not_signed_in_is_asked_to(ada, path):
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


@pytest.mark.parametrize("path", PATHS)
def test_a_form_from_elsewhere_is_refused(ada, path):
    for target in ("/profile", "/profile/picture", "/profile/picture/remove"):
        assert ada.post(target, {"bio": "evil"}).status_code == 403
    assert Psychic.objects.get(username="ada").bio == ""


# The directory


def test_everybody_is_in_the_directory(ada, bob):
    answer = ada.get("/people")
    assert named(answer) == ["ada", "bob"]
    assert "Ada L." in answer.text and 'href="/psychic/bob"' in answer.text
    assert ">you<" in answer.text


@pytest.mark.parametrize(
    "query, names, words",
    [
        ("?q=bo", ["bob"], "Found for"),
        ("?q=PRECOG", ["ada", "bob"], "Found for"),
        ("?q=+Ada++L.+", ["ada"], "Found for"),
        ("?ability=PRECOGNITION", ["ada", "bob"], "Good at"),
        ("?ability=precognition&q=bob", ["bob"], "Found for"),
        ("?ability=levitation", [], "Nobody is good at"),
        ("?q=nobody", [], "Nobody found for"),
        ("?after=zed", [], "No more people"),
        ("?after=ada", ["bob"], ""),
        ("?before=bob", ["ada"], ""),
        ("?after=%00", ["ada", "bob"], ""),
        ("?before=' OR 1=1 --", ["ada", "bob"], ""),
        ("?page=7", ["ada", "bob"], ""),
    ],
)
def test_finding(ada, bob, query, names, words):
    answer = ada.get(f"/people{query}")
    assert (answer.status_code, named(answer)) == (200, names)
    assert words in answer.text


@pytest.mark.parametrize("query", ["?q=a%00b", "?q=" + "a" * 81, "?ability=" + "a" * 41, "?ability=x%E2%80%AEy"])
def test_what_cannot_be_looked_for_is_said_so(ada, query):
    answer = ada.get(f"/people{query}")
    assert (answer.status_code, named(answer)) == (400, [])
    assert 'role="alert"' in answer.text


def test_pages_keep_the_search(ada, monkeypatch):
    monkeypatch.setattr("mindnet.pages.people.PAGE_PEOPLE", 2)
    for number in range(5):
        psychic(f"eve.{number}", abilities=["far sight"])
    answer = ada.get("/people?ability=Far+Sight")
    seen = [named(answer)]
    while answer.context["next"]:
        answer = ada.get(answer.context["next"])
        seen.append(named(answer))
    assert seen == [["eve.0", "eve.1"], ["eve.2", "eve.3"], ["eve.4"]]
    assert named(ada.get(answer.context["previous"])) == ["eve.2", "eve.3"]


@pytest.mark.parametrize("audience, queries", [("everyone", 4), ("rooms", 5)])
def test_a_page_costs_the_same_however_many_are_on_it(ada, bob, settings, django_assert_num_queries, audience, queries):
    settings.PRESENCE_AUDIENCE = audience
    for number in range(10):
        avatars.set_avatar(
            psychic=psychic(f"eve.{number}", bio="Hm.", abilities=["calm", "hush"]),
            file=SimpleUploadedFile("x.png", images.picture((8, 8))),
        )
    for query in ("?q=bob", "?q=e"):
        cache.clear()
        # The login session, the psychic, the page, the words in use; and who may see whom.
        with django_assert_num_queries(queries):
            assert ada.get(f"/people{query}").status_code == 200


def test_presence_is_shown_as_far_as_the_viewer_may_see_it(ada, bob, settings):
    Psychic.objects.filter(username="bob").update(
        status=Status.MEDITATING, chosen_status=Status.MEDITATING, note="until the bell"
    )
    assert "Meditating: <bdi>until the bell" in ada.get("/people?q=bob").text
    settings.PRESENCE_AUDIENCE = "rooms"
    for path in ("/people?q=bob", "/psychic/bob"):
        assert "Meditating" not in ada.get(path).text and "Offline" in ada.get(path).text
    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    for path in ("/people?q=bob", "/psychic/bob"):
        assert "Meditating" in ada.get(path).text


def test_the_invisible_look_offline(ada, bob):
    Psychic.objects.filter(username="bob").update(status=Status.INVISIBLE, chosen_status=Status.INVISIBLE, note="hush")
    for path in ("/people?q=bob", "/psychic/bob"):
        text = ada.get(path).text
        assert "Offline" in text and "Invisible" not in text and "hush" not in text
        assert "Invisible" in bob.get(path).text


def test_closed_accounts_are_nowhere(ada, bob):
    Psychic.objects.filter(username="bob").update(is_active=False)
    assert named(ada.get("/people")) == ["ada"]
    assert ada.get("/psychic/bob").status_code == 404


@pytest.mark.parametrize(
    "ago, words",
    [
        ({"seconds": 5}, "a moment ago"),
        ({"seconds": 90}, "1 minute ago"),
        ({"minutes": 59, "seconds": 50}, "59 minutes ago"),
        ({"hours": 3, "minutes": 20}, "3 hours ago"),
        ({"days": 29, "hours": 23}, "29 days ago"),
        ({"days": 500}, "on "),
    ],
)
def test_a_profile_says_when_somebody_was_last_here(ada, bob, ago, words):
    from datetime import timedelta

    from django.utils import timezone

    Psychic.objects.filter(username="bob").update(last_online=timezone.now() - timedelta(**ago))
    assert re.search(rf"Offline, last here <time [^>]*>{words}", ada.get("/psychic/bob").text)


# Editing


def test_one_edits_what_is_ones_own(ada, bob):
    answer = ada.send("/profile", display_name="  Ada  ", bio="one\r\ntwo", abilities=" Calm, far sight ,, CALM,")
    assert answer.redirect_chain == [("/psychic/ada", 302)]
    assert "Your profile is saved." in answer.text
    row = Psychic.objects.get(username="ada")
    assert (row.display_name, row.bio, row.abilities) == ("Ada", "one\ntwo", ["Calm", "far sight"])
    assert named(bob.get("/people?ability=FAR+SIGHT")) == ["ada"]
    assert 'value="Calm, far sight"' in ada.get("/profile").text
    assert Psychic.objects.get(username="bob").display_name == ""


@pytest.mark.parametrize(
    "field, value",
    [
        ("display_name", "a" * 81),
        ("display_name", "a\u202eb"),
        ("bio", "a" * 2001),
        ("bio", "bell\u0007"),
        ("abilities", "a" * 41),
        ("abilities", "two\nlines"),
        ("abilities", ",".join(map(str, range(21)))),
    ],
)
def test_what_is_refused_stands_at_its_field_and_nothing_is_lost(ada, field, value):
    fields = {"display_name": "New", "bio": "Newer", "abilities": "newest"} | {field: value}
    answer = ada.send("/profile", **fields)
    assert answer.status_code == 400
    identifier = field.replace("_", "-")
    assert re.search(rf'id="{identifier}-error" role="alert">\S', answer.text)
    assert answer.context["values"] == fields
    assert Psychic.objects.get(username="ada").display_name == "Ada L."


def test_a_picture_goes_up_and_comes_down(ada, bob, django_capture_on_commit_callbacks):
    file = SimpleUploadedFile("../../x.html", images.picture(), "text/html")
    answer = ada.send("/profile/picture", file=file)
    assert answer.redirect_chain == [("/profile", 302)] and "This is your picture now." in answer.text
    url = profiles.own_profile(psychic=Psychic.objects.get(username="ada"))["avatar_url"]
    for path in ("/psychic/ada", "/people"):
        assert url in bob.get(path).text.replace("&amp;", "&")
    assert bob.get(url)["Content-Type"] == "image/webp"
    assert ada.send("/profile/picture/remove").redirect_chain == [("/profile", 302)]
    assert Psychic.objects.get(username="ada").avatar == ""
    assert "<img" not in bob.get("/psychic/ada").text


@pytest.mark.parametrize(
    "content, status, words",
    [
        (None, 400, "Choose a picture first."),
        (b"", 400, "This file is empty."),
        (images.SVG, 415, "Pictures are JPEG, PNG, WebP or GIF."),
        (images.png_header(30_000, 30_000), 400, "A picture has at most 40 megapixels."),
        (images.picture(kind="JPEG")[:-900], 400, "This picture is damaged or incomplete."),
    ],
)
def test_a_file_that_is_no_good_picture(ada, content, status, words):
    fields = {} if content is None else {"file": SimpleUploadedFile("x.png", content, "image/png")}
    answer = ada.send("/profile/picture", **fields)
    assert (answer.status_code, answer.context["errors"]["file"]) == (status, [words])
    assert words in answer.text and 'value="Ada L."' in answer.text


def test_a_file_that_is_too_large(ada, settings):
    settings.LIMITS = settings.LIMITS | {"UPLOAD_BYTES": 100}
    answer = ada.send("/profile/picture", file=SimpleUploadedFile("x.png", images.picture(), "image/png"))
    assert answer.status_code == 413 and "A picture takes at most" in answer.text


# Mallory


def test_what_people_write_is_text(ada):
    mallory = Browser(psychic("mallory", display_name=SCRIPT, bio=SCRIPT, abilities=[SCRIPT, '"><img src=x>']))
    psychic("mall0ry", abilities=[SCRIPT])
    for path in ("/people", "/psychic/mallory", "/people?q=%3Cscript%3Ealert(1)%3C/script%3E"):
        answer = ada.get(path)
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in mallory.get("/profile").text
    assert '?ability=%3Cscript%3Ealert%281%29%3C%2Fscript%3E"' in ada.get("/psychic/mallory").text


def test_there_is_no_way_to_write_for_somebody_else(ada, bob):
    bob.send("/profile", display_name="Bob", bio="", abilities="", username="ada", id=ada.psychic.pk)
    bob.send("/profile/picture/remove", username="ada")
    assert Psychic.objects.get(username="ada").display_name == "Ada L."
    assert Psychic.objects.get(username="bob").display_name == "Bob"


# Pictures elsewhere


def test_lists_and_messages_show_pictures_for_one_query(ada, bob, django_assert_num_queries):
    row = avatars.set_avatar(psychic=bob.psychic, file=SimpleUploadedFile("x.png", images.picture()))
    from messaging import services as messaging

    room, _ = rooms.create_room(psychic=ada.psychic, name="here")
    rooms.join_room(psychic=bob.psychic, room_id=room.pk)
    for number in range(3):
        messaging.post_message(psychic=bob.psychic, room_id=room.pk, content=f"thought {number}")
    answer = ada.get(f"/room/{room.pk}")
    assert answer.context["avatars"] == {ada.psychic.pk: "", bob.psychic.pk: row.avatar}
    assert answer.context["data"]["avatars"] == answer.context["avatars"]
    url = f"/psychics/bob/avatar?v={row.avatar}&amp;small=1"
    # At the first message of the group, and in the list of people.
    assert answer.text.count(f'<img src="{url}" width="34" height="34" alt="" decoding="async">') == 2
