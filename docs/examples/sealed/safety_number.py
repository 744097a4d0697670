"""The safety number of two psychics: what they compare by another way than this server."""

from .words import hash_of

LABEL = "mindnet safety number"


def safety_number(*logs):
    """Twelve groups of five digits, the same for both. `logs`: the DeviceLog of each. As a QR code it is these sixty
    digits without spaces."""
    return " ".join(sorted(half(log.psychic, log.root) for log in logs))


def half(psychic, root):
    """A psychic's part of it, the same in all their safety numbers and on all their devices."""
    digest = hash_of(LABEL, f"{psychic}:{root}".encode())
    return " ".join(f"{int.from_bytes(digest[start : start + 5]) % 100_000:05}" for start in range(0, 30, 5))
