"""Recordings and films for the tests: as much of each as tells what it is and how long."""

import io
import struct
import wave
import zlib


def wav(seconds=2):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * seconds)
    return out.getvalue()


def mp3(frames=100):
    """Silence, 44.1 kHz at 128 kbit/s: 26 ms a frame."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def with_tags(content, comment=b"<script>alert(1)</script>"):
    text = b"COMM" + struct.pack(">IH", len(comment) + 5, 0) + b"\x00eng\x00" + comment
    return b"ID3\x03\x00\x00" + bytes([0, 0, len(text) >> 7, len(text) & 127]) + text + content


def flac(seconds=3):
    rate = 44_100
    packed = rate << 44 | 0 << 41 | 15 << 36 | rate * seconds
    information = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80" + len(information).to_bytes(3, "big") + information


def opus(seconds=4):
    """As voice messages of other programs are."""
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", 0)
    pages = [(head, 0, 2), (tags, 0, 0), (b"\xf8\xff\xfe", 48_000 * seconds, 4)]
    return b"".join(page(content, position, flags, at) for at, (content, position, flags) in enumerate(pages))


def page(content, position, flags, at):
    head = b"OggS\x00" + struct.pack("<BqIII", flags, position, 1, at, 0) + bytes([1, len(content)])
    return head + content


def box(kind, *content):
    content = b"".join(content)
    return struct.pack(">I", 8 + len(content)) + kind + content


def mp4(brand=b"isom", handlers=(b"vide", b"soun"), size=(640, 360), seconds=5, turned=False):
    matrix = (
        (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30) if turned else (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    )
    tracks = [
        box(
            b"trak",
            box(b"tkhd", bytes(40), struct.pack(">9i", *matrix), struct.pack(">II", *(side << 16 for side in shown))),
            box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13))),
        )
        for handler, shown in zip(handlers, (size, (0, 0)), strict=False)
    ]
    header = box(b"mvhd", bytes(12), struct.pack(">II", 1000, 1000 * seconds), bytes(80))
    return box(b"ftyp", brand, bytes(4)) + box(b"mdat", bytes(1000)) + box(b"moov", header, *tracks)


def element(kind, content, *, unknown=False):
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + (b"\x01" + b"\xff" * 7 if unknown else (1 << 28 | len(content)).to_bytes(4, "big")) + content


def webm(video=(320, 240), seconds=6.5, brand=b"webm"):
    """As a browser's recorder makes it: one segment whose size is not known. `seconds` None: no length either."""
    information = element(0x2AD7B1, (1_000_000).to_bytes(3, "big"))
    if seconds is not None:
        information += element(0x4489, struct.pack(">d", seconds * 1000))
    track = element(0x83, b"\x01" if video else b"\x02")
    if video:
        track += element(0xE0, element(0xB0, struct.pack(">H", video[0])) + element(0xBA, struct.pack(">H", video[1])))
    body = element(0x1549A966, information) + element(0x1654AE6B, element(0xAE, track)) + element(0x1F43B675, bytes(99))
    return element(0x1A45DFA3, element(0x4282, brand)) + element(0x18538067, body, unknown=True)


def archive():
    """A ZIP of one empty file."""
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("empty", b"")
    return out.getvalue()


def noise(length, seed=b"mindnet"):
    """Bytes that are nothing."""
    out, at = b"", 0
    while len(out) < length:
        at = zlib.crc32(seed, at)
        out += at.to_bytes(4, "big")
    return out[:length]
