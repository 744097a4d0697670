"""A psychic's own page: what others see there, and what its forms take."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from presence import profiles
from presence.models import Psychic
from presence.tests import images

pytestmark = pytest.mark.django_db


def named(answer):
    """The names on the cards of the directory, in their order."""
    return [one.username for one in answer.context["people"]]


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
    url = profiles.own_profile(psychic=Psychic.objects.get(username="ada")).avatar_url
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
    assert answer.status_code == 413 and "A file takes at most" in answer.text


def test_there_is_no_way_to_write_for_somebody_else(ada, bob):
    bob.send("/profile", display_name="Bob", bio="", abilities="", username="ada", id=ada.psychic.pk)
    bob.send("/profile/picture/remove", username="ada")
    assert Psychic.objects.get(username="ada").display_name == "Ada L."
    assert Psychic.objects.get(username="bob").display_name == "Bob"


def test_only_ones_own_profile_leads_to_ones_sittings(ada, bob):
    assert "/meditation#sittings" in ada.get("/psychic/ada").text
    assert "/meditation#sittings" not in bob.get("/psychic/ada").text
