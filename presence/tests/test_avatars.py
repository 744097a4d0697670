"""Avatars: what goes in, what comes out, and what is left of it afterwards."""

import io
import os
import re
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from mindnet.base import confined
from presence import accounts, avatars, pictures
from presence.models import Psychic
from presence.tests import images
from presence.tests.account_steps import with_session, with_token

pytestmark = pytest.mark.django_db

NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    """A folder of uploads of this test's own."""
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    return tmp_path / "avatars"


@pytest.fixture
def mine(ada):
    return with_token("ada")


@pytest.fixture
def bobs(bob):
    return with_token("bob")


def put(client, content, name="me.png", kind="image/png", field="file"):
    body = {field: SimpleUploadedFile(name, content, kind)}
    return client.put("/psychics/me/avatar", body, format="multipart")


def shown(client, username="ada", query=""):
    return images.opened(client.get(f"/psychics/{username}/avatar{query}").content)


def files(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# What comes out


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_picture_becomes_a_square_webp(mine, bobs, kind):
    answer = put(mine, images.picture(kind=kind))
    assert answer.status_code == 200, answer.content
    url = answer.json()["avatar_url"]
    assert re.fullmatch(r"/psychics/ada/avatar\?v=[0-9a-f]{16}", url)
    seen = bobs.get(url)
    assert (seen.status_code, seen["Content-Type"]) == (200, "image/webp")
    assert seen["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in seen["Cache-Control"] and "private" in seen["Cache-Control"]
    image = images.opened(seen.content)
    assert (image.format, image.size, image.mode) == ("WEBP", (256, 256), "RGB")
    assert images.near(image.getpixel((128, 128)), images.RED)
    small = bobs.get(f"{url}&small=1")
    assert images.opened(small.content).size == (72, 72)
    assert len(small.content) < len(seen.content)


def test_a_photograph_stands_upright_and_says_nothing_of_where_it_was_taken(mine):
    put(mine, images.photograph(), "me.jpg", "image/jpeg")
    content = mine.get("/psychics/ada/avatar").content
    image = images.opened(content)
    # Turned by 90 degrees, left is up.
    assert images.near(image.getpixel((128, 20)), images.RED) and images.near(image.getpixel((128, 236)), images.BLUE)
    assert not image.getexif() and b"home" not in content and b"secret" not in content


def test_the_name_and_the_type_that_are_claimed_count_for_nothing(mine, folder):
    answer = put(mine, images.picture(), "../../../etc/passwd\u202egnp.html", "text/html")
    assert answer.status_code == 200
    assert all(re.fullmatch(r"[0-9a-f]{16}(-small)?\.webp", name) for name in files(folder))
    assert mine.get(answer.json()["avatar_url"])["Content-Type"] == "image/webp"


@pytest.mark.parametrize("tail", [images.HTML, images.SVG, b"PK\x03\x04 a zip", b"<?php system($_GET[0]); ?>"])
def test_nothing_of_a_polyglot_is_kept(mine, tail):
    for content in (images.picture() + tail, images.picture(kind="GIF") + tail, images.with_text(tail.decode("latin"))):
        assert put(mine, content).status_code == 200
        assert tail not in mine.get("/psychics/ada/avatar").content


# What is refused


def refusal(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("name, kind", [("me.png", "image/png"), ("me.svg", "image/svg+xml")])
def test_what_is_no_picture_is_an_unsupported_media_type(mine, folder, name, kind):
    assert refusal(put(mine, images.SVG, name, kind)) == (415, "unsupported_media_type")
    assert files(folder) == [] and mine.get("/psychics/me").json()["avatar_url"] is None


def test_a_picture_that_promises_too_much_is_not_unpacked(mine):
    answer = put(mine, images.png_header(6400, 6400))
    assert refusal(answer) == (400, "validation_error")
    assert answer.json()["errors"] == {"file": ["A picture has at most 40 megapixels."]}


def test_an_empty_file_and_a_missing_one(mine):
    for content in (b"",):
        assert refusal(put(mine, content)) == (400, "validation_error")
    assert refusal(put(mine, images.picture(), field="picture")) == (400, "validation_error")
    answer = mine.put("/psychics/me/avatar", {"file": "words"}, format="multipart")
    assert refusal(answer) == (400, "validation_error")
    assert refusal(mine.put("/psychics/me/avatar", {}, format="multipart")) == (400, "validation_error")
    assert refusal(mine.put("/psychics/me/avatar", {"file": "x"})) == (415, "unsupported_media_type")
    broken = mine.generic("PUT", "/psychics/me/avatar", b"x", content_type="multipart/form-data")
    assert broken.status_code == 400


def test_a_file_above_the_limit(mine, settings):
    settings.LIMITS = settings.LIMITS | {"UPLOAD_BYTES": 2000}
    answer = put(mine, images.picture() + b"\x00" * 2000)
    assert refusal(answer) == (413, "payload_too_large")


def test_more_pixels_than_the_operator_wants(mine, settings):
    settings.LIMITS = settings.LIMITS | {"IMAGE_PIXELS": 1_000_000}
    assert put(mine, images.picture((1000, 1000))).status_code == 200
    assert refusal(put(mine, images.picture((1001, 1000)))) == (400, "validation_error")


def test_only_so_many_uploads(mine, limits, settings):
    settings.LIMITS = settings.LIMITS | {"AVATAR_RATE": settings.LIMITS["AVATAR_RATE"]._replace(burst=2)}
    answers = [put(mine, images.picture((8, 8))) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_a_damaged_picture_leaves_no_file(mine, folder):
    assert refusal(put(mine, images.photograph()[:-600])) == (400, "validation_error")
    assert files(folder) == []


@pytest.mark.parametrize(
    "make, limits, sentence",
    [
        (lambda: images.scans(1000, (300, 300)), {}, "A JPEG has at most 64 scans."),
        (
            lambda: images.scans(2000, (3000, 3000)),
            {"IMAGE_SCANS": 10_000, "IMAGE_SECONDS": 1},
            "This picture takes too long to unpack. Try a smaller one.",
        ),
        (
            lambda: images.picture((5000, 5000)),
            {"IMAGE_MEMORY_BYTES": 120_000_000},
            "This picture takes too much memory to unpack. Try a smaller one.",
        ),
    ],
    ids=["scans", "seconds", "memory"],
)
def test_a_small_file_that_makes_much_work(mine, folder, settings, monkeypatch, make, limits, sentence):
    monkeypatch.setattr(confined, "WORK_SECONDS", 60)  # not by the clock, however busy this machine is
    settings.LIMITS = settings.LIMITS | limits
    answer = put(mine, make())
    assert (answer.status_code, answer.json()["errors"]) == (400, {"file": [sentence]})
    assert files(folder) == []


def test_where_there_is_no_place_one_is_told_to_come_back(mine, settings):
    settings.LIMITS = settings.LIMITS | {"CONFINED_AT_ONCE": 0, "CONFINED_WAITING": 0}
    answer = put(mine, images.picture())
    assert refusal(answer) == (503, "overloaded") and int(answer["Retry-After"]) > 0


# Whose it is


def test_nobody_writes_the_picture_of_somebody_else(mine, bobs):
    put(mine, images.picture())
    url = mine.get("/psychics/me").json()["avatar_url"]
    body = {"file": SimpleUploadedFile("x.png", images.picture(colour=images.BLUE))}
    assert bobs.put("/psychics/ada/avatar", body, format="multipart").status_code == 405
    assert bobs.delete("/psychics/ada/avatar").status_code == 405
    assert bobs.delete("/psychics/me/avatar").status_code == 204
    assert bobs.get("/psychics/ada").json()["avatar_url"] == url
    assert images.near(shown(bobs).getpixel((128, 128)), images.RED)


def test_who_is_not_signed_in_sees_and_writes_none(mine, client):
    put(mine, images.picture())
    assert client.get("/psychics/ada/avatar").status_code == 401
    assert client.put("/psychics/me/avatar").status_code == 401
    assert client.delete("/psychics/me/avatar").status_code == 401


def test_a_login_session_needs_its_csrf_token(ada, client):
    browser = with_session(ada)
    assert refusal(browser.put("/psychics/me/avatar")) == (403, "csrf_failed")
    assert refusal(browser.delete("/psychics/me/avatar")) == (403, "csrf_failed")


@pytest.mark.parametrize("name", ["bob", "nobody", "..%2f..%2fada", "%00", "a", "x" * 300, "me%2F"])
def test_no_picture_is_simply_not_found(mine, bob, name):
    answer = mine.get(f"/psychics/{name}/avatar", headers={"Accept": "image/webp,image/*"})
    assert (answer.status_code, answer.content) == (404, NOT_FOUND)


def test_the_picture_of_a_closed_account_is_not_found(mine, bobs, ada):
    put(mine, images.picture())
    Psychic.objects.filter(pk=ada.pk).update(is_active=False)
    assert bobs.get("/psychics/ada/avatar").content == NOT_FOUND


# How long it is kept


def test_the_lasting_address_is_the_current_one_only(mine):
    old = put(mine, images.picture()).json()["avatar_url"]
    new = put(mine, images.picture(colour=images.BLUE)).json()["avatar_url"]
    assert old != new and "immutable" in mine.get(new)["Cache-Control"]
    for url in (old, "/psychics/ada/avatar", "/psychics/ADA/avatar"):
        answer = mine.get(url)
        assert answer["Cache-Control"] == "private, no-cache"
        assert images.near(images.opened(answer.content).getpixel((9, 9)), images.BLUE)
    again = mine.get("/psychics/ada/avatar", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_replaced_picture_leaves_nothing_behind(mine, folder, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        put(mine, images.picture())
    first = files(folder)
    assert len(first) == 2
    with django_capture_on_commit_callbacks(execute=True):
        put(mine, images.picture())
    assert len(files(folder)) == 2 and not set(first) & set(files(folder))
    with django_capture_on_commit_callbacks(execute=True):
        assert mine.delete("/psychics/me/avatar").status_code == 204
        assert mine.delete("/psychics/me/avatar").status_code == 204
    assert files(folder) == [] and mine.get("/psychics/me").json()["avatar_url"] is None
    assert mine.get("/psychics/ada/avatar").status_code == 404


def test_the_old_files_stay_until_the_change_is_committed(mine, folder, django_capture_on_commit_callbacks):
    put(mine, images.picture())
    with django_capture_on_commit_callbacks() as callbacks:
        put(mine, images.picture())
    assert len(files(folder)) == 4
    [callback() for callback in callbacks]
    assert len(files(folder)) == 2


def test_files_go_with_their_row(mine, ada, folder, django_capture_on_commit_callbacks):
    put(mine, images.picture())
    ada.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        ada.delete()
    assert files(folder) == []


def test_a_file_that_nobody_names_is_swept_once_it_is_old(mine, folder):
    avatars.remove_orphans()
    put(mine, images.picture())
    named = files(folder)
    avatars.store("0" * 16, b"large", b"small")
    avatars.remove_orphans()
    assert len(files(folder)) == 4
    old = (timezone.now() - timedelta(hours=2)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (old, old))
    avatars.remove_orphans()
    assert files(folder) == named


def test_a_storage_that_fails_is_said_so(mine, folder, caplog):
    folder.parent.joinpath("avatars").write_text("in the way")
    answer = put(mine, images.picture())
    assert refusal(answer) == (503, "unavailable")
    assert mine.get("/psychics/me").json()["avatar_url"] is None
    assert "cannot be stored" in caplog.text


def test_a_lost_file_is_not_found(mine, folder):
    put(mine, images.picture())
    for path in folder.iterdir():
        path.unlink()
    assert mine.get("/psychics/ada/avatar").content == NOT_FOUND


def test_no_more_of_a_file_is_read_than_a_picture_takes(ada):
    avatars.store("1" * 16, b"x" * avatars.FILE_BYTES * 2, b"")
    avatars.change_avatar(ada, "1" * 16)
    assert len(avatars.read_avatar(username="ada")[1]) == avatars.FILE_BYTES


def test_keys_of_many_are_one_query(ada, bob, django_assert_num_queries):
    avatars.set_avatar(psychic=ada, file=SimpleUploadedFile("x", images.picture()))
    with django_assert_num_queries(1):
        keys = avatars.keys_of([ada.pk, bob.pk, 10**9])
    assert keys == {ada.pk: Psychic.objects.get(pk=ada.pk).avatar, bob.pk: ""}
    assert default_storage.exists(avatars.file_name(keys[ada.pk]))


def test_what_is_stored_is_what_was_drawn(ada):
    sent = io.BytesIO(images.halves())
    sent.size = len(sent.getvalue())
    large, _ = pictures.squares(sent, (256, 72), psychic_id=ada.pk)
    avatars.set_avatar(psychic=ada, file=SimpleUploadedFile("x", images.halves()))
    assert avatars.read_avatar(username=accounts.find_psychic("ADA").username)[1] == large
