"""What pictures of strangers promise, before they are unpacked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mindnet.base import drawing
from presence.tests import images

pytestmark = pytest.mark.once


def test_the_scans_of_a_jpeg_are_counted():
    plain, progressive = images.picture(kind="JPEG"), images.picture(kind="JPEG", progressive=True)
    assert (drawing.scans_of(plain), drawing.scans_of(progressive)) == (1, 10)
    assert drawing.scans_of(images.scans(30, (64, 64))) == 40
    noise = images.saved(Image.effect_noise((300, 300), 90).convert("RGB"), "JPEG", quality=100, progressive=True)
    assert noise.count(b"\xff\x00") > 20 and drawing.scans_of(noise) == 10
    restarts = images.picture((640, 480), "JPEG", restart_marker_blocks=1)
    assert b"\xff\xd0" in restarts and drawing.scans_of(restarts) == 1


def test_what_a_jpeg_carries_is_no_scan():
    thumbnails = images.picture((16, 16), "JPEG") * 40
    assert drawing.scans_of(images.picture(kind="JPEG", exif=b"Exif\0\0" + thumbnails)) == 1
    assert drawing.scans_of(images.picture(kind="JPEG", comment=thumbnails)) == 1
    assert drawing.scans_of(images.picture(kind="JPEG") + thumbnails) == 1


def test_no_scan_hides_behind_a_marker_that_stands_alone():
    content = images.scans(100, (16, 16))
    at = content.index(b"\xff\xda")
    assert drawing.scans_of(content[:at] + b"\xff\x01\xff\xff" + content[at:]) == 110


@given(st.binary(max_size=300))
def test_scans_of_anything_are_a_number(content):
    assert drawing.scans_of(content) <= len(content) // 2
