"""What is drawn of a picture, and what is no picture. Here in the process of the test; how it is confined is tested in
test_avatars."""

import io
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from mindnet.base.errors import DomainError
from presence import drawing
from presence.tests import images
from presence.tests.images import near

pytestmark = pytest.mark.once


def squares(content, sides=(256, 72), most_scans=64):
    return drawing.squares(io.BytesIO(content), sides=sides, most_pixels=40_000_000, most_scans=most_scans)


def drawn(content):
    return images.opened(squares(content)[0])


def refusal(content, **options):
    with pytest.raises(DomainError) as caught:
        squares(content, **options)
    return caught.value.code, (caught.value.errors or {}).get("file")


# What comes out


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(320, 240), (90, 400), (1, 1), (3, 2000)])
def test_every_picture_becomes_a_square_webp(kind, size):
    for content, side in zip(squares(images.picture(size, kind)), (256, 72), strict=True):
        image = images.opened(content)
        assert (image.format, image.size, image.mode) == ("WEBP", (side, side), "RGB")
        assert near(image.getpixel((side // 2, side // 2)), images.RED)


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
def test_every_way_to_store_colours(mode, colour, kind, expected):
    image = drawn(images.picture(mode=mode, colour=colour, kind=kind))
    assert expected is None or near(image.getpixel((128, 128)), expected)


def test_the_middle_is_kept():
    image = drawn(images.halves((800, 200)))
    assert near(image.getpixel((20, 128)), images.RED) and near(image.getpixel((236, 128)), images.BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_way_to_hold_a_camera(orientation, kind):
    exif = Image.Exif()
    exif[images.ORIENTATION] = orientation
    image = drawn(images.halves((1200, 1200), kind, exif=exif))
    expected = ImageOps.exif_transpose(images.opened(images.halves((256, 256), "PNG", exif=exif))).convert("RGB")
    for corner in ((20, 20), (236, 20), (20, 236), (236, 236)):
        assert near(image.getpixel(corner), expected.getpixel(corner))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_many_frames_the_first_is_drawn(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in [images.GREEN, *[images.RED, images.BLUE] * 500]]
    image = drawn(images.saved(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert getattr(image, "n_frames", 1) == 1 and near(image.getpixel((128, 128)), images.GREEN)


# What is refused


@pytest.mark.parametrize("content", [images.SVG, images.HTML, b"\x00" * 500, b"BM" + b"\x00" * 100, b"%PDF-1.7", b"."])
def test_what_is_no_picture_is_an_unsupported_media_type(content):
    assert refusal(content) == ("unsupported_media_type", None)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_not_even_opened(kind):
    assert refusal(images.picture((64, 64), kind)) == ("unsupported_media_type", None)


@pytest.mark.parametrize("size", [(6400, 6400), (30_000, 30_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1)])
def test_a_picture_that_promises_too_much_is_not_unpacked(size):
    assert refusal(images.png_header(*size)) == ("validation_error", ["A picture has at most 40 megapixels."])


@pytest.mark.parametrize("size", [(0, 10), (10, 10)])
def test_a_picture_without_pixels_is_damaged(size):
    assert refusal(images.png_header(*size))[0] in ("validation_error", "unsupported_media_type")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_truncated_picture_is_refused(kind):
    content = images.saved(Image.effect_noise((300, 300), 90).convert("RGB"), kind)
    for length in (len(content) // 4, len(content) // 2, len(content) * 9 // 10):
        assert refusal(content[:length])[0] in ("validation_error", "unsupported_media_type")


def test_as_many_scans_as_are_allowed_and_one_more():
    assert near(images.opened(squares(images.scans(54, (64, 64)))[0]).getpixel((128, 128)), images.RED)
    assert refusal(images.scans(55, (64, 64))) == ("validation_error", ["A JPEG has at most 64 scans."])


# Whatever comes


SAMPLES = [
    images.halves((40, 30), kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")
] + [images.photograph(), images.animation(), images.scans(3, (40, 30))]  # fmt: skip


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=150)
def test_whatever_is_changed_in_a_file_it_is_a_picture_or_refused(content, changes):
    content = bytearray(content)
    for place, value in changes:
        content[int(place * len(content))] = value
    try:
        large, small = squares(bytes(content))
    except DomainError as error:
        assert error.code in ("validation_error", "unsupported_media_type")
    else:
        assert [images.opened(part).size for part in (large, small)] == [(256, 256), (72, 72)]


def test_the_process_that_draws_brings_four_formats_and_no_django():
    program = (
        "import io, sys; from presence import drawing;"
        "drawing.squares(io.BytesIO(sys.stdin.buffer.read()), sides=[72], most_pixels=10**6, most_scans=9);"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=images.picture(kind="WEBP"), capture_output=True, timeout=60, check=True
    )
    known = done.stdout.decode().split()
    assert "PIL.WebPImagePlugin" in known and "PIL.TiffImagePlugin" not in known and "django" not in known
