"""Drawing the pictures anew that people put into rooms: upright, without metadata, no larger than a screen shows.

Done in a process of its own, by order of `messaging/media.py`: nothing of Django's is here. What comes out is WebP.
Photographs lose what the eye does not see; what was stored without loss (screenshots, drawings) is kept so, as long as
that is small. What moves goes on moving, smaller where it would be too much to draw: a picture with more frames than
are allowed is refused.
"""

import io
import json
import math
from collections.abc import Iterator
from typing import IO, NamedTuple

from PIL import Image, ImageSequence

from mindnet.base.drawing import has_alpha, hostile, in_colours, opened, orientation_of, reduced, upright
from mindnet.base.errors import DomainError, damaged_picture, invalid

LONGEST_SIDE = 2560
THUMBNAIL_SIDE = 480
# Of a photograph, and of frames that are seen for a moment.
QUALITY, MOVING_QUALITY = 85, 75
# A picture that was stored without loss is kept without loss up to here: a screenshot of text takes 100 to 400 KB.
LOSSLESS_BYTES = 768 * 1024
# Of all frames as they are drawn: 1.1 s of a processor.
DRAWN_PIXELS = 12_000_000
# GIFs that ask for less are shown like this by every browser.
LEAST_MILLISECONDS, USUAL_MILLISECONDS = 20, 100
LOSSY_WEBP = b"VP8 "


class Most(NamedTuple):
    """What a picture may promise: see `mindnet/base/limits.py`."""

    pixels: int
    scans: int
    frames: int
    moving_pixels: int


def picture(source: IO[bytes], *, most: list[int]) -> list[bytes]:
    """[{"width", "height"} as JSON, the picture, its thumbnail] of a JPEG, PNG, WebP or GIF; `most` as in `Most`."""
    bounds = Most(*most)
    content = source.read()
    with hostile():
        image = begun(content, bounds)
        frames = frames_of(image, bounds.frames)
        if frames > 1:
            check_motion(image, frames, bounds)
            size, drawn, thumbnail = moving(image, frames)
        else:
            size, drawn, thumbnail = still(image, is_lossless=not is_photograph(image, content))
    return [json.dumps({"width": size[0], "height": size[1]}).encode(), drawn, thumbnail]


def begun(content: bytes, most: Most) -> Image.Image:
    """Its header. That it begins like a picture is known: one that cannot be read is a damaged one."""
    try:
        return opened(content, most_pixels=most.pixels, most_scans=most.scans)
    except DomainError as refusal:
        if refusal.code == "unsupported_media_type":
            raise damaged_picture() from None
        raise


def frames_of(image: Image.Image, most: int) -> int:
    """How many frames it has, as its header promises or, with GIF, as are there. Counting ends above `most`."""
    if image.format == "MPO":  # photographs with a preview, or for two eyes
        return 1
    if image.format != "GIF":
        return getattr(image, "n_frames", 1)
    try:
        for frame in range(1, most + 1):
            image.seek(frame)
    except EOFError:
        return frame
    finally:
        image.seek(0)
    return most + 1


def check_motion(image: Image.Image, frames: int, most: Most) -> None:
    if frames > most.frames:
        raise invalid("file", f"A picture that moves has at most {most.frames} frames.")
    if frames * image.width * image.height > most.moving_pixels:
        raise invalid(
            "file", f"A picture that moves has at most {most.moving_pixels / 1e6:.3g} megapixels in all its frames."
        )


def is_photograph(image: Image.Image, content: bytes) -> bool:
    """Whether it has been through a lossy format already."""
    return image.format in ("JPEG", "MPO") or (image.format == "WEBP" and LOSSY_WEBP in content[12:64])


# What stands still


def still(image: Image.Image, *, is_lossless: bool) -> tuple[tuple[int, int], bytes, bytes]:
    """(size, picture, thumbnail)"""
    # JPEG only: unpacked at a fraction of its size, though at no less than is needed.
    image.draft("RGB", fitting(image.size, LONGEST_SIDE))
    image.load()
    drawn = reduced(image, max(1, max(image.size) // LONGEST_SIDE))
    drawn = in_plain_colours(bounded(upright(drawn, orientation_of(image)), LONGEST_SIDE), image)
    thumbnail = bounded(drawn, THUMBNAIL_SIDE)
    return drawn.size, encoded(drawn, is_lossless=is_lossless), encoded(thumbnail, is_lossless=is_lossless)


def fitting(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """This size, or a smaller one of the same form."""
    factor = min(1.0, longest / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def bounded(image: Image.Image, longest: int) -> Image.Image:
    size = fitting(image.size, longest)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def in_plain_colours(drawn: Image.Image, image: Image.Image) -> Image.Image:
    """As the colour profile of `image` means it, which does not go along: phones and screens have wider colours than
    a picture without one is shown in. A profile that makes no sense changes nothing."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "P"):
        return drawn
    from PIL import ImageCms  # only where it is needed: it takes as long as a small picture

    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(drawn, meant, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return drawn
    return changed or drawn


def encoded(image: Image.Image, *, is_lossless: bool) -> bytes:
    if is_lossless:
        # The quickest way to try: a photograph of 4 megapixels takes 0.4 s here, and 4 s with the best.
        content = webp(image, lossless=True, quality=0, method=0)
        if len(content) <= LOSSLESS_BYTES:
            return content
    return webp(image, quality=QUALITY, method=4)


def webp(image: Image.Image, **options: object) -> bytes:
    """Without what Pillow would take along from the picture that this one comes from."""
    out = io.BytesIO()
    image.save(out, "WEBP", exif=b"", xmp=b"", icc_profile=b"", **options)
    return out.getvalue()


# What moves


def moving(image: Image.Image, frames: int) -> tuple[tuple[int, int], bytes, bytes]:
    """(size, picture, thumbnail of the first frame)"""
    longest = min(LONGEST_SIDE, max(image.size) * math.sqrt(DRAWN_PIXELS / (frames * image.width * image.height)))
    size = fitting(image.size, max(1, int(longest)))
    durations: list[int] = []
    first, *rest = drawn_frames(image, frames, size, durations)
    content = webp(
        first, save_all=True, append_images=rest, duration=durations, loop=times_shown(image),
        quality=MOVING_QUALITY, method=2,
    )  # fmt: skip
    return size, content, encoded(bounded(first, THUMBNAIL_SIDE), is_lossless=False)


def drawn_frames(image: Image.Image, frames: int, size: tuple[int, int], durations: list[int]) -> Iterator[Image.Image]:
    """Each frame in this size; how many milliseconds it is shown is added to `durations`."""
    for _, frame in zip(range(frames), ImageSequence.Iterator(image), strict=False):
        drawn = in_colours(frame, "RGBA" if has_alpha(frame) else "RGB")
        duration = int(frame.info.get("duration") or 0)
        durations.append(duration if duration >= LEAST_MILLISECONDS else USUAL_MILLISECONDS)
        yield drawn if drawn.size == size else drawn.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


def times_shown(image: Image.Image) -> int:
    """0 for ever. GIF counts how often it is repeated, and is shown once where it says nothing."""
    if image.format != "GIF":
        return min(int(image.info.get("loop", 0)), 65_535)
    return min(int(image.info["loop"]) + 1, 65_535) if image.info.get("loop") else int("loop" not in image.info)
