"""Pictures for the tests, and files that only look like pictures."""

import io
import struct
import zlib

from PIL import Image, ImageCms, PngImagePlugin

ORIENTATION = 0x0112
RED, GREEN, BLUE = (220, 30, 30), (20, 160, 60), (30, 60, 200)


def picture(size=(320, 240), kind="PNG", colour=RED, mode="RGB", **options):
    """A plain picture as bytes."""
    return saved(Image.new(mode, size, colour), kind, **options)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def halves(size=(400, 200), kind="PNG", **options):
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return saved(image, kind, **options)


def photograph():
    """As a phone takes it: held sideways, with the place where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned right by 90 degrees
    exif[0x010E] = "taken at home"
    return halves((200, 200), "JPEG", exif=exif, comment=b"a secret comment", quality=95)


def animation():
    frames = [Image.new("RGB", (64, 64), colour) for colour in (GREEN, RED, BLUE)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def moving_webp():
    frames = [Image.new("RGB", (64, 64), colour) for colour in (GREEN, RED, BLUE)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100, loop=0)


def many_frames(number):
    """A GIF of so many frames, of one pixel each: a few bytes a frame."""
    out = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    pictures = [
        b"!\xf9\x04\x00\x05\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02" + bit + b"\x01\x00"
        for bit in (b"\x44", b"\x4c")
    ]
    return out + b"".join(pictures[at % 2] for at in range(number)) + b";"


def in_other_colours():
    """A PNG whose numbers mean other colours than usual: its profile is that of a
    screen that goes from dark to light in equal steps."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The tone curve becomes one of type 0, gamma 1.
    at = profile.index(b"para")
    return picture(
        (16, 16), icc_profile=profile[: at + 8] + b"\x00\x00\x00\x00" + b"\x00\x01\x00\x00" + profile[at + 16 :]
    )


def with_text(text):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    return saved(Image.new("RGB", (64, 64), RED), "PNG", pnginfo=info)


def scans(more, size):
    """A progressive JPEG with so many more scans than it needs: each tells again what the last one did."""
    content = picture(size, "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + more * last + content[-2:]


def png_header(width, height):
    """A PNG that promises a size and brings nothing."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def near(pixel, colour):
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def opened(content):
    return Image.open(io.BytesIO(content))
