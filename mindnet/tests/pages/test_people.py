"""The directory of people, without JavaScript: who is found, and who sees what of whom."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mindnet.tests.pages.visitors import Browser, psychic
from presence import avatars
from presence.models import Psychic, Status
from presence.tests import images
from rooms import services as rooms

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


def named(answer):
    """The names on the cards of the directory, in their order."""
    return [one.username for one in answer.context["people"]]


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


@pytest.mark.parametrize("audience, queries", [("everyone", 6), ("rooms", 7)])
def test_a_page_costs_the_same_however_many_are_on_it(ada, bob, settings, django_assert_num_queries, audience, queries):
    settings.PRESENCE_AUDIENCE = audience
    for number in range(10):
        avatars.set_avatar(
            psychic=psychic(f"eve.{number}", bio="Hm.", abilities=["calm", "hush"]),
            file=SimpleUploadedFile("x.png", images.picture((8, 8))),
        )
    ada.get("/people")  # so that it is known whose the login session is
    for query in ("?q=bob", "?q=e"):
        cache.clear()
        # The login session with its psychic, the page, the words in use, one's menu, whom one blocks, what waits; and
        # who may see whom.
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
