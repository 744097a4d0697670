"""Avatars: what goes in, what comes out, and what is left of it afterwards."""

import io
import os
import re
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from mindnet.base.errors import DomainError
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


def near(pixel, colour):
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


def files(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# What comes out


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(320, 240), (90, 400), (1, 1), (3, 2000)])
def test_every_picture_becomes_a_square_webp(mine, bobs, kind, size):
    answer = put(mine, images.picture(size, kind))
    assert answer.status_code == 200, answer.content
    url = answer.json()["avatar_url"]
    assert re.fullmatch(r"/psychics/ada/avatar\?v=[0-9a-f]{16}", url)
    seen = bobs.get(url)
    assert (seen.status_code, seen["Content-Type"]) == (200, "image/webp")
    assert seen["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in seen["Cache-Control"] and "private" in seen["Cache-Control"]
    image = images.opened(seen.content)
    assert (image.format, image.size, image.mode) == ("WEBP", (256, 256), "RGB")
    assert near(image.getpixel((128, 128)), images.RED)
    small = bobs.get(f"{url}&small=1")
    assert images.opened(small.content).size == (72, 72)
    assert len(small.content) < len(seen.content) or size != (320, 240)


@pytest.mark.parametrize(
    "mode, colour, kind, expected",
    [
        ("L", 128, "PNG", (128, 128, 128)),
        ("I;16", 32768, "PNG", (128, 128, 128)),
        ("1", 1, "PNG", (255, 255, 255)),
        ("P", 0, "GIF", None),
        ("CMYK", (0, 255, 255, 0), "JPEG", (254, 0, 0)),
        ("RGBA", (*images.GREEN, 255), "PNG", images.GREEN),
        ("RGBA", (*images.GREEN, 0), "PNG", (255, 255, 255)),
        ("LA", (10, 0), "PNG", (255, 255, 255)),
    ],
)
def test_every_way_to_store_colours(mine, mode, colour, kind, expected):
    assert put(mine, images.picture(mode=mode, colour=colour, kind=kind)).status_code == 200
    assert expected is None or near(shown(mine).getpixel((128, 128)), expected)


def test_the_middle_is_kept(mine):
    put(mine, images.halves((800, 200)))
    image = shown(mine)
    assert near(image.getpixel((20, 128)), images.RED) and near(image.getpixel((236, 128)), images.BLUE)


def test_a_photograph_stands_upright_and_says_nothing_of_where_it_was_taken(mine):
    put(mine, images.photograph(), "me.jpg", "image/jpeg")
    content = mine.get("/psychics/ada/avatar").content
    image = images.opened(content)
    # Turned by 90 degrees, left is up.
    assert near(image.getpixel((128, 20)), images.RED) and near(image.getpixel((128, 236)), images.BLUE)
    assert not image.getexif() and b"home" not in content and b"secret" not in content


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_way_to_hold_a_camera(mine, orientation, kind):
    exif = Image.Exif()
    exif[images.ORIENTATION] = orientation
    put(mine, images.halves((1200, 1200), kind, exif=exif))
    expected = ImageOps.exif_transpose(images.opened(images.halves((256, 256), "PNG", exif=exif))).convert("RGB")
    image = shown(mine)
    for corner in ((20, 20), (236, 20), (20, 236), (236, 236)):
        assert near(image.getpixel(corner), expected.getpixel(corner))


def test_an_animation_becomes_its_first_frame(mine):
    put(mine, images.animation(), "me.gif", "image/gif")
    image = shown(mine)
    assert getattr(image, "n_frames", 1) == 1 and near(image.getpixel((128, 128)), images.GREEN)


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


@pytest.mark.parametrize("content", [images.SVG, images.HTML, b"\x00" * 500, b"BM" + b"\x00" * 100, b"%PDF-1.7", b"."])
@pytest.mark.parametrize("name, kind", [("me.png", "image/png"), ("me.svg", "image/svg+xml")])
def test_what_is_no_picture_is_an_unsupported_media_type(mine, folder, content, name, kind):
    assert refusal(put(mine, content, name, kind)) == (415, "unsupported_media_type")
    assert files(folder) == [] and mine.get("/psychics/me").json()["avatar_url"] is None


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_not_even_opened(mine, kind):
    assert refusal(put(mine, images.picture((64, 64), kind))) == (415, "unsupported_media_type")


@pytest.mark.parametrize("size", [(6400, 6400), (30_000, 30_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1)])
def test_a_picture_that_promises_too_much_is_not_unpacked(mine, size):
    answer = put(mine, images.png_header(*size))
    assert refusal(answer) == (400, "validation_error")
    assert answer.json()["errors"] == {"file": ["A picture has at most 40 megapixels."]}


@pytest.mark.parametrize("size", [(0, 10), (10, 10)])
def test_a_picture_without_pixels_is_damaged(mine, size):
    assert put(mine, images.png_header(*size)).status_code in (400, 415)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_truncated_picture_is_refused(mine, folder, kind):
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    content = images.saved(noise, kind)
    for length in (len(content) // 4, len(content) // 2, len(content) * 9 // 10):
        assert put(mine, content[:length]).status_code in (400, 415)
    assert files(folder) == []


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


SAMPLES = [
    images.halves((40, 30), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")
] + [images.photograph(), images.animation()]  # fmt: skip


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8))
@hypothesis_settings(max_examples=150)
def test_whatever_is_changed_in_a_file_it_is_a_picture_or_refused(content, changes):
    content = bytearray(content)
    for place, value in changes:
        content[int(place * len(content))] = value
    try:
        large, small = pictures.squares(SimpleUploadedFile("x", bytes(content)), (256, 72))
    except DomainError as error:
        assert error.code in ("validation_error", "unsupported_media_type")
    else:
        assert [images.opened(part).size for part in (large, small)] == [(256, 256), (72, 72)]


def test_only_so_many_uploads(mine, limits, settings):
    settings.LIMITS = settings.LIMITS | {"AVATAR_RATE": settings.LIMITS["AVATAR_RATE"]._replace(burst=2)}
    answers = [put(mine, images.picture((8, 8))) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_while_another_picture_is_worked_on_one_waits_and_is_told(mine, monkeypatch):
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.05)
    with pictures.turn:
        assert refusal(put(mine, images.picture())) == (503, "overloaded")
    assert put(mine, images.picture()).status_code == 200


# Whose it is


def test_nobody_writes_the_picture_of_somebody_else(mine, bobs):
    put(mine, images.picture())
    url = mine.get("/psychics/me").json()["avatar_url"]
    body = {"file": SimpleUploadedFile("x.png", images.picture(colour=images.BLUE))}
    assert bobs.put("/psychics/ada/avatar", body, format="multipart").status_code == 405
    assert bobs.delete("/psychics/ada/avatar").status_code == 405
    assert bobs.delete("/psychics/me/avatar").status_code == 204
    assert bobs.get("/psychics/ada").json()["avatar_url"] == url
    assert near(shown(bobs).getpixel((128, 128)), images.RED)


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
        assert near(images.opened(answer.content).getpixel((9, 9)), images.BLUE)
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
    large, _ = pictures.squares(sent, (256, 72))
    avatars.set_avatar(psychic=ada, file=SimpleUploadedFile("x", images.halves()))
    assert avatars.read_avatar(username=accounts.find_psychic("ADA").username)[1] == large
