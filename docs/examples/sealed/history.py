"""Handing on: the content keys of earlier messages, from the device that endorses to the one that it endorsed."""

from .envelope import KEY_BYTES, check_size, read_box, sealed_parts, sums, unwrapped
from .suites import SUITES, unboxed
from .words import Refused, a_key, a_number, a_uuid, an_id, b64, check, one_of, parse, raw, read, text_of, unb64, write

LABEL = "mindnet history"
KEYS_A_PART = 270  # with their nonces 23 KB, in base64url 31 KB: all that fits into 32 KiB with what stands around it
PART = {
    "header": text_of(1, 1000), "box": raw(), "enc": raw(32, 65), "key": raw(KEY_BYTES + 16), "signature": raw(64),
}  # fmt: skip
HEADER = {
    "v": one_of(1), "suite": one_of(*SUITES), "psychic": a_key, "from": an_id, "for": an_id, "room": a_key,
    "part": a_number,
}  # fmt: skip


def the_keys(value):
    if not isinstance(value, dict):
        raise Refused("shape", "The keys are no object.")
    return {a_uuid(nonce): unb64(key, KEY_BYTES) for nonce, key in value.items()}


def hand_on(own, device, room, keys):
    """Yields the parts, JSON texts in their order, that give a device the content keys of a room. `own`: the OwnDevice
    that has them, of the same psychic; `keys`: nonce -> bytes."""
    nonces = list(keys)
    for part, start in enumerate(range(0, len(nonces), KEYS_A_PART)):
        some = {nonce: b64(keys[nonce]) for nonce in nonces[start : start + KEYS_A_PART]}
        header = write({
            "v": 1, "suite": own.suite.number, "psychic": own.psychic, "from": own.id, "for": device.id, "room": room,
            "part": part,
        })  # fmt: skip
        parts = sealed_parts(own, LABEL, header, {"keys": some}, [device])
        (wrap,) = parts.pop("to")
        yield write({"header": header, **parts, "enc": wrap["enc"], "key": wrap["key"]})


def take(own, log, text, room, part):
    """The keys in a part, nonce -> bytes. Raises Refused.

    `log`: the psychic's own; `room`, `part`: where the server says it belongs. The device that handed the keys on may
    have been revoked since: a key only opens a box, and who said what is in there is asked of the envelope.
    """
    said = check(parse(check_size(text)), PART)
    header = read(said["header"], HEADER)
    giver = check_place(header, own, log, room, part)
    box, to = unb64(said["box"]), [(own.id, unb64(said["enc"]), unb64(said["key"]))]
    giver.verify(LABEL, sums(said["header"], box, to), said["signature"])
    key = unwrapped(own, LABEL, said["header"], to)
    return read_box(unboxed(key, box, said["header"].encode()), {"keys": the_keys})["keys"]


def check_place(header, own, log, room, part):
    giver = log.devices.get(header["from"])
    for why, is_right in [
        ("psychic", header["psychic"] == own.psychic),
        ("room", (header["room"], header["part"]) == (room, part)),
        ("device", giver and header["for"] == own.id),
        ("suite", giver and giver.suite.number == header["suite"]),
    ]:
        if not is_right:
            raise Refused(why, "These keys were handed on elsewhere, or by a device that is none of one's own.")
    return giver
