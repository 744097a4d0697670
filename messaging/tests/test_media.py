"""What a file is found to be, whatever it is called, and what is kept of it."""

import io
import os

import pytest
from PIL import Image

from messaging import media
from messaging.tests import recordings
from mindnet.base.confined import workshop
from mindnet.base.errors import DomainError
from presence.tests import images

DAMAGED = "This picture is damaged or incomplete."

pytestmark = pytest.mark.once

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def nothing_left():
    """After each: nobody stands in line, and what was opened is closed."""
    files = open_files()
    yield
    assert workshop.line == []
    assert open_files() == files


def open_files():
    """Those of this process that are files: what the tests' own machinery does with pipes is not ours."""
    found = []
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        target = f"/proc/self/fd/{name}"
        if os.path.islink(target) and os.readlink(target).startswith("/tmp/"):
            found.append(os.readlink(target))
    return sorted(found)


def look(content, name="file.bin"):
    """(what was found, its bytes, those of its thumbnail)"""
    with media.examine(io.BytesIO(content), name=name, whose=1) as found:
        kept, thumbnail = found.content.read(), found.thumbnail and found.thumbnail.read()
        assert found.size == len(kept) and found.thumbnail_size == len(thumbnail or b"")
    return found, kept, thumbnail


def refusal(content):
    with pytest.raises(DomainError) as caught:
        look(content)
    return caught.value.code, (caught.value.errors or {}).get("file")


# Pictures


def test_a_photograph_is_drawn_anew_upright_and_without_what_it_told():
    found, kept, thumbnail = look(images.photograph(), "IMG 1.JPG")
    assert found[:6] == ("image", "image/webp", "IMG 1.webp", 200, 200, None)
    image = images.opened(kept)
    assert (image.format, image.size, image.mode) == ("WEBP", (200, 200), "RGB")
    # Turned by 90 degrees, left is up.
    assert images.near(image.getpixel((100, 10)), images.RED) and images.near(image.getpixel((100, 190)), images.BLUE)
    for part in (kept, thumbnail):
        assert not images.opened(part).getexif() and b"home" not in part and b"secret" not in part


def test_a_large_one_is_made_smaller_and_its_thumbnail_is_small():
    found, kept, thumbnail = look(images.halves((3000, 600), "JPEG"))
    assert (found.width, found.height) == images.opened(kept).size == (2560, 512)
    assert images.opened(thumbnail).size == (480, 96)


@pytest.mark.parametrize("make, times", [(images.animation, 1), (images.moving_webp, 0)], ids=["gif", "webp"])
def test_what_moves_goes_on_moving_and_its_thumbnail_stands_still(make, times):
    found, kept, thumbnail = look(make(), "dance.gif")
    assert (found.kind, found.name, found.width) == ("image", "dance.webp", 64)
    assert images.opened(kept).n_frames == 3 and images.opened(kept).info["loop"] == (
        0 if make != images.animation else 1
    )
    assert getattr(images.opened(thumbnail), "n_frames", 1) == 1
    assert images.near(images.opened(thumbnail).convert("RGB").getpixel((32, 32)), images.GREEN)


# Recordings and films


@pytest.mark.parametrize(
    "content, kind, media_type, seconds, size",
    [
        (recordings.wav(), "audio", "audio/wav", 2, None),
        (recordings.mp3(), "audio", "audio/mpeg", 2.6, None),
        (recordings.with_tags(recordings.mp3()), "audio", "audio/mpeg", 2.6, None),
        (recordings.flac(), "audio", "audio/flac", 3, None),
        (recordings.opus(), "audio", "audio/ogg", 4, None),
        (recordings.mp4(b"M4A ", [b"soun"]), "audio", "audio/mp4", 5, None),
        (recordings.mp4(), "video", "video/mp4", 5, (640, 360)),
        (recordings.mp4(turned=True), "video", "video/mp4", 5, (360, 640)),
        (recordings.mp4(b"qt  ", seconds=0), "video", "video/quicktime", None, (640, 360)),
        (recordings.webm(), "video", "video/webm", 6.5, (320, 240)),
        (recordings.webm(video=None, seconds=None), "audio", "audio/webm", None, None),
        (recordings.webm(brand=b"matroska"), "video", "video/x-matroska", 6.5, (320, 240)),
    ],
)
def test_recordings_and_films_are_kept_as_they_came(content, kind, media_type, seconds, size):
    found, kept, thumbnail = look(content, "page.html")
    assert (found.kind, found.media_type) == (kind, media_type)
    assert found.seconds == (seconds and pytest.approx(seconds, abs=0.1))
    assert (found.width, found.height) == (size or (None, None))
    assert kept == content and thumbnail is None
    assert found.name.startswith("page.html.") and found.name.endswith(media.ENDINGS[media_type])


@pytest.mark.parametrize(
    "content",
    [
        b"ID3\x04 is how it begins", b"\xff\xfb" + bytes(2000), b"OggS" + bytes(60), b"fLaC" + bytes(60),
        b"RIFF\x00\x00\x00\x00WAVE", recordings.mp4()[:40], b"\x1a\x45\xdf\xa3" + bytes(60),
        recordings.mp4(b"heic", []), recordings.webm(brand=b"owl"),
        recordings.box(b"ftyp", b"isom") + recordings.box(b"free") * 5001 + recordings.mp4(),
    ],
)  # fmt: skip
def test_what_only_begins_like_one_is_a_file(content):
    found, kept, _ = look(content)
    assert found[:2] == ("file", "application/octet-stream") and found.seconds is None
    assert kept == content


# Anything else


@pytest.mark.parametrize(
    "content, media_type",
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (recordings.archive(), "application/zip"),
        ("wörds\tand\nlines\r\n".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a mark", "text/plain"),
        (b"import('//evil.example/')", "text/plain"),
        (b"a" * (media.HEAD_BYTES - 1) + "ö and more".encode(), "text/plain"),
        (b"latin \xe4", "application/octet-stream"),
        (b"a \x00 in it", "application/octet-stream"),
        (recordings.noise(5000), "application/octet-stream"),
        (images.picture((9, 9), "BMP"), "application/octet-stream"),
    ],
)
def test_other_files_are_kept_under_a_type_that_nobody_runs(content, media_type):
    found, kept, thumbnail = look(content, "photo.png")
    assert found[:3] == ("file", media_type, "photo.png")
    assert kept == content and thumbnail is None


# What strangers try


@pytest.mark.parametrize("content", [images.SVG, images.HTML, b"  \n<?xml version='1.0'?><x/>", b"\xef\xbb\xbf<html>"])
@pytest.mark.parametrize("name", ["me.png", "me.svg"])
def test_markup_under_whatever_name_is_no_picture_and_no_text(content, name):
    found, kept, _ = look(content, name)
    assert found[:3] == ("file", "application/octet-stream", name) and kept == content


@pytest.mark.parametrize("tail", [images.HTML, images.SVG, b"PK\x03\x04 a zip", b"*/=alert(1)/*"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_nothing_of_a_polyglot_is_kept(kind, tail):
    found, kept, thumbnail = look(images.picture((16, 16), kind) + tail)
    assert found.kind == "image" and tail not in kept and tail not in thumbnail


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: images.png_header(14_000, 14_000), "A picture has at most 40 megapixels."),
        (lambda: images.many_frames(10_000), "A picture that moves has at most 500 frames."),
        (lambda: images.many_frames(501), "A picture that moves has at most 500 frames."),
        (lambda: images.scans(100, (64, 64)), "A JPEG has at most 64 scans."),
        (lambda: images.picture((300, 300), "JPEG")[:-600], DAMAGED),
        (lambda: images.picture((300, 300))[:200], DAMAGED),
        (lambda: images.animation()[:-120], DAMAGED),
        (lambda: b"\x89PNG\r\n\x1a\n and no more", DAMAGED),
        (lambda: b"", "This file is empty."),
    ],
    ids=["14,000 squared", "10,000 frames", "501 frames", "scans", "cut jpeg", "cut png", "cut gif", "header", "empty"],
)
def test_a_picture_that_promises_too_much_or_breaks_off_is_refused(make, sentence):
    assert refusal(make()) == ("validation_error", [sentence])


def test_as_many_frames_as_are_allowed():
    assert look(images.many_frames(500))[0].kind == "image"


def test_frames_that_are_too_large_together(settings):
    settings.LIMITS = settings.LIMITS | {"MOVING_PIXELS": 3 * 64 * 64 - 1}
    assert refusal(images.animation()) == (
        "validation_error", ["A picture that moves has at most 0.0123 megapixels in all its frames."],
    )  # fmt: skip


def test_as_large_as_is_allowed_and_one_byte_more():
    assert look(bytes(10 * MIB))[0].size == 10 * MIB
    assert refusal(bytes(10 * MIB + 1)) == ("payload_too_large", None)


def test_where_there_is_no_place_one_is_told_to_come_back(settings):
    settings.LIMITS = settings.LIMITS | {"CONFINED_AT_ONCE": 0, "CONFINED_WAITING": 0}
    assert refusal(images.picture())[0] == refusal(recordings.wav())[0] == "overloaded"
    assert look(b"words need nobody")[0].media_type == "text/plain"


@pytest.mark.parametrize(
    "name, kept",
    [
        ("../../etc/passwd", "passwd"),
        ("/absolute/notes.txt", "notes.txt"),
        ("C:\\Users\\ada\\notes.txt", "notes.txt"),
        ("nul\x00l.txt", "null.txt"),
        ("two\r\nlines\t.txt", "two lines .txt"),
        ('say "hello".txt', "say _hello_.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        (".htaccess", "htaccess"),
        ("..", "file"),
        ("", "file"),
        ("lone \ud800.txt", "lone .txt"),
        ("A\u030angström.txt", "Ångström.txt"),
        ("x" * 300 + ".txt", "x" * 196 + ".txt"),
        ("x" * 300 + "." + "y" * 300, "x" * 200),
    ],
)
def test_names_are_one_line_without_a_path_and_not_too_long(name, kept):
    assert media.safe_name(name) == kept


@pytest.mark.parametrize(
    "name, kept",
    [
        ("a.JPG", "a.webp"),
        ("a.webp", "a.webp"),
        ("a", "a.webp"),
        ("a.html", "a.html.webp"),
        ("x" * 200, "x" * 195 + ".webp"),
    ],
)
def test_a_picture_is_called_what_it_has_become(name, kept):
    assert media.ending_as(name, "image/webp") == kept


def test_a_file_that_is_examined_is_read_in_pieces_only():
    """Ten megabytes, of which no more than a piece is asked for at a time."""

    class Watched(io.BytesIO):
        most = 0

        def read(self, size=-1):
            assert size is not None and size >= 0
            self.most = max(self.most, size)
            return super().read(size)

    file = Watched(recordings.wav(1) + bytes(9 * MIB))
    with media.examine(file, name="long.wav", whose=1) as found:
        assert found.kind == "audio" and found.content is file and file.tell() == 0
    assert 0 < file.most <= MIB


def test_colours_are_meant_as_the_profile_says():
    other = images.in_other_colours()
    found, kept, _ = look(other)
    assert found.kind == "image" and "icc_profile" not in images.opened(kept).info
    plain = images.opened(kept).convert("RGB").getpixel((5, 5))
    assert not images.near(plain, images.opened(other).getpixel((5, 5))), "the same numbers mean other colours there"
    broken = images.picture((16, 16), icc_profile=b"owls" * 50)
    assert images.near(images.opened(look(broken)[1]).getpixel((5, 5)), images.RED)


def test_what_was_stored_without_loss_stays_so_while_it_is_small():
    drawing = Image.effect_mandelbrot((400, 300), (-2, -1.2, 1, 1.2), 60).convert("RGB")
    assert images.opened(look(images.saved(drawing, "PNG"))[1]).convert("RGB").tobytes() == drawing.tobytes()
    noise = Image.effect_noise((1500, 1000), 90).convert("RGB")
    assert b"VP8L" not in look(images.saved(noise, "PNG"))[1][:40]
