"""Envelopes: a message sealed for every live device of two people, and opened with every check in its order.

What is handed on of earlier messages (history.py) is sealed in the same way, under another label.
"""

import re
import secrets
from hashlib import sha256

from .suites import SUITES, boxed, opened_by, sealed_to, unboxed
from .words import (
    TEXT_BYTES,
    Refused,
    a_key,
    a_length,
    a_list,
    a_number,
    a_text,
    a_uuid,
    an_id,
    an_object,
    b64,
    check,
    hash_of,
    one_of,
    or_null,
    parse,
    raw,
    read,
    text_of,
    unb64,
    write,
)

LABEL = "mindnet envelope"
KEY_BYTES = 32
PADDING_BYTES = 64
WRAPS_MOST = 22  # ten devices and a recovery device of each of two people
TEXT_MOST, FILES_MOST = 4000, 20  # as in plain messages


def the_heads(value):
    if not isinstance(value, dict) or not all(re.fullmatch("[1-9][0-9]{0,15}", psychic) for psychic in value):
        raise Refused("shape", "The heads are not those of people.")
    return {psychic: raw(32)(head) for psychic, head in value.items()}


def a_picture(value):
    if not re.fullmatch("data:image/webp;base64,[A-Za-z0-9+/]*={0,2}", a_text(value)):
        raise Refused("shape", "A thumbnail is no picture.")
    return value


WRAP = {"device": an_id, "enc": raw(32, 65), "key": raw(KEY_BYTES + 16)}
ENVELOPE = {
    "header": text_of(1, 2000), "box": raw(), "to": a_list(an_object(WRAP), WRAPS_MOST), "signature": raw(64),
}  # fmt: skip
HEADER = {
    "v": one_of(1), "suite": one_of(*SUITES), "room": a_key, "sender": a_key, "device": an_id, "nonce": a_uuid,
    "revision": a_number, "reply_to": or_null(a_key), "heads": the_heads,
}  # fmt: skip
FILE = {
    "id": a_uuid, "key": raw(KEY_BYTES), "name": text_of(1, 255), "media_type": text_of(1, 255), "size": a_number,
    "width": or_null(a_key), "height": or_null(a_key), "seconds": or_null(a_length), "thumbnail": or_null(a_picture),
}  # fmt: skip
WORDS = {"text": text_of(0, TEXT_MOST), "files": a_list(an_object(FILE), FILES_MOST), "reactions": raw(32)}


# Sealing


def seal(own, logs, message, words, revision=0):
    """The envelope, a JSON text, of what the OwnDevice `own` says in a room.

    `logs`: the DeviceLog of each of the two, checked and accepted; `message`: `{"room", "nonce", "reply_to"}` as they
    are sent beside it; `words`: see `new_words`. `revision`: 0, and one higher with each edit.
    """
    check_words(words)
    header = write({
        "v": 1, "suite": own.suite.number, "room": message["room"], "sender": own.psychic, "device": own.id,
        "nonce": message["nonce"], "revision": revision, "reply_to": message["reply_to"],
        "heads": {str(log.psychic): log.head for log in logs},
    })  # fmt: skip
    devices = [device for log in logs for device in log.live().values()]
    parts = sealed_parts(own, LABEL, header, words, devices)
    return check_size(write({"header": header, **parts}), "too_large")


def check_words(words):
    """Raises Refused for what nobody would open."""
    try:
        check(words, WORDS)
    except Refused:
        raise Refused("text", f"A message has up to {TEXT_MOST} characters and {FILES_MOST} files.") from None


def new_words(text, files=(), reactions=None):
    """What is in the box. `reactions`: those of the message that is edited; a new message gets its own."""
    return {"text": text, "files": list(files), "reactions": reactions or b64(secrets.token_bytes(32))}


def sealed_parts(own, label, header, content, devices):
    """`{"box", "to", "signature"}`: content under a fresh key, the key wrapped to each device, all of it signed."""
    key = secrets.token_bytes(KEY_BYTES)
    box = boxed(key, padded(write(content).encode()), header.encode())
    to = [(device.id, *sealed_to(device, info(label, header, device.id), key)) for device in devices]
    return {
        "box": b64(box),
        "to": [{"device": id, "enc": b64(enc), "key": b64(ct)} for id, enc, ct in to],
        "signature": own.sign(label, sums(header, box, to)),
    }


def check_size(text, why="shape"):
    if len(a_text(text).encode()) > TEXT_BYTES:
        raise Refused(why, "That is more than one message may hold.")
    return text


def padded(plain):
    """Filled with spaces, so that its length says less."""
    return plain + b" " * (-len(plain) % PADDING_BYTES)


def info(label, header, device_id):
    """The `info` of RFC 9180: a wrap is for this header and this device alone."""
    return hash_of(label, header.encode() + b"\0" + device_id.encode())


def sums(header, box, to):
    """What is signed: of header, box and wraps a SHA-256 sum each. `to`: (device id, enc, key), the latter two raw."""
    wraps = b"".join(unb64(id) + enc + ct for id, enc, ct in to)
    return b"".join(sha256(part).digest() for part in (header.encode(), box, wraps))


# Opening


class Envelope:
    """An envelope of a message, of which nothing is known yet but that it has the right shape and place."""

    def __init__(self, content, message):
        """`message`: as the server gives it, with `room`, `sender`, `nonce` and `reply_to`. Raises Refused."""
        self.said = check(parse(check_size(content)), ENVELOPE)
        self.header = read(self.said["header"], HEADER)
        self.sender, self.device, self.nonce = (self.header[name] for name in ("sender", "device", "nonce"))
        self.box = unb64(self.said["box"])
        self.to = [(wrap["device"], unb64(wrap["enc"]), unb64(wrap["key"])) for wrap in self.said["to"]]
        if len({id for id, *_ in self.to}) != len(self.to):
            raise Refused("shape", "An envelope has two wraps for one device.")
        self.check_place(message)

    def check_place(self, message):
        own = {"room": message["room"], "sender": message["sender"]["id"], "nonce": message["nonce"]}
        for name, value in (own | {"reply_to": message["reply_to"]}).items():
            if self.header[name] != value:
                raise Refused(name, f"It was sealed as another message: its {name} is not the message's.")

    def verify(self, log, n):
        """That a device made it which was the sender's after entry `n` of their log. Raises Refused."""
        device = log.live(n).get(self.device)
        if device is None:
            raise Refused("device", "It was made by a device that was not the sender's.")
        if device.suite.number != self.header["suite"]:
            raise Refused("suite", "It names another suite than its device has.")
        device.verify(LABEL, sums(self.said["header"], self.box, self.to), self.said["signature"])

    def is_for(self, own):
        return own.id in [id for id, *_ in self.to]

    def key_for(self, own):
        """The content key as wrapped to an OwnDevice. Raises Refused."""
        return unwrapped(own, LABEL, self.said["header"], self.to)

    def open(self, key):
        """What is in the box. Raises Refused."""
        return read_box(unboxed(key, self.box, self.said["header"].encode()), WORDS)


def unwrapped(own, label, header, to):
    for id, enc, ct in to:
        if id == own.id:
            return opened_by(own, info(label, header, id), enc, ct)
    raise Refused("wrap_missing", "It was not sealed for this device.")


def read_box(plain, members):
    try:
        return read(plain.decode(), members)
    except (UnicodeDecodeError, Refused):
        raise Refused("text", "What is in the box is not what it has to be.") from None
