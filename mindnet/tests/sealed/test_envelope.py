"""An envelope opens as what it is, or is refused."""

import json

import pytest
from sealed import envelope
from sealed.link import new_words
from sealed.suites import boxed
from sealed.words import Refused, b64, unb64

pytestmark = pytest.mark.once

NONCE = "11111111-1111-4111-8111-111111111111"
FILE = {
    "id": NONCE, "key": b64(bytes(32)), "name": "a.webm", "media_type": "video/webm", "size": 5, "width": None,
    "height": None, "seconds": 1.5, "thumbnail": None,
}  # fmt: skip


def refusal(room, message, side=None):
    with pytest.raises(Refused) as refused:
        room.link(side or room.bob).open(message)
    return refused.value.why


def changed(message, **members):
    return message | {"content": json.dumps(json.loads(message["content"]) | members)}


def with_header(message, **members):
    header = json.loads(json.loads(message["content"])["header"])
    return changed(message, header=json.dumps(header | members))


def test_both_people_and_all_their_devices_open_it(room):
    phone, recovery = room.ada.endorse(suite=2), room.bob.endorse(kind="recovery", suite=1)
    message = room.say(room.ada, "The candles are lit. 🕯", reply_to=88)
    for side, device in [(room.ada, room.ada.root), (room.ada, phone), (room.bob, room.bob.root), (room.bob, recovery)]:
        words = room.link(side, device).open(message)
        assert (words["text"], words["files"], len(unb64(words["reactions"]))) == ("The candles are lit. 🕯", [], 32)
    assert len(unb64(json.loads(message["content"])["box"])) % 64 == 28  # iv, tag, and a multiple of 64


def test_files_and_an_edit_travel_in_it(room):
    message = room.say(room.ada, "first")
    kept = room.link(room.bob).open(message)["reactions"]
    words = new_words("second", [FILE], kept)
    edited = message | {"content": room.link(room.ada).seal(message["nonce"], words, revision=1)}
    assert room.link(room.bob).open(edited) == {"text": "second", "files": [FILE], "reactions": kept}


def every_bit(message):
    """The message with one bit changed, once in each part of its envelope."""
    said = json.loads(message["content"])
    for place in range(0, len(said["header"]), 7):
        header = said["header"]
        yield changed(message, header=header[:place] + chr(ord(header[place]) ^ 1) + header[place + 1 :])
    for name in ("box", "signature"):
        for place in (0, len(unb64(said[name])) // 2, -1):
            yield changed(message, **{name: flipped(said[name], place)})
    for number, wrap in enumerate(said["to"]):
        for name in ("device", "enc", "key"):
            for place in (0, -1):
                wraps = [*said["to"]]
                wraps[number] = wrap | {name: flipped(wrap[name], place)}
                yield changed(message, to=wraps)
    yield changed(message, to=said["to"][:-1])
    yield changed(message, to=said["to"][::-1])
    yield changed(message, to=said["to"] + said["to"][:1])


def flipped(text, place):
    raw = bytearray(unb64(text))
    raw[place] ^= 1
    return b64(raw)


def test_no_byte_can_be_changed(room):
    message = room.say(room.ada, "hello")
    assert room.link(room.bob).open(message)
    reasons = {refusal(room, altered) for altered in every_bit(message)}
    assert reasons <= {"shape", "room", "sender", "nonce", "reply_to", "heads", "device", "suite", "signature"}


@pytest.mark.parametrize(
    "members, why",
    [
        ({"room": 13}, "room"),
        ({"sender": 9}, "sender"),
        ({"nonce": NONCE}, "nonce"),
        ({"reply_to": 1}, "reply_to"),
        ({"revision": 1}, "signature"),
        ({"suite": 2}, "suite"),
        ({"device": b64(bytes(16))}, "device"),
        ({"heads": {"7": b64(bytes(32)), "9": b64(bytes(32))}}, "heads"),
        ({"heads": {"7": b64(bytes(32)), "8": b64(bytes(32))}}, "heads"),
        ({"heads": {"7": b64(bytes(32))}}, "heads"),
        ({"heads": {"07": b64(bytes(32)), "9": b64(bytes(32))}}, "shape"),
        ({"v": 2}, "shape"),
        ({"room": 12.5}, "shape"),
        ({"revision": True}, "shape"),
        ({"revision": 2**53}, "shape"),
        ({"nonce": NONCE.upper()[:-1] + "A"}, "shape"),
        ({"more": 1}, "shape"),
    ],
)
def test_a_header_says_what_the_message_says(members, why, ada_and_bob):
    message = ada_and_bob.say(ada_and_bob.ada, "hello")
    assert refusal(ada_and_bob, with_header(message, **members)) == why


@pytest.mark.parametrize(
    "content",
    [
        "", "null", "[]", "[" * 20_000, "1e999", "NaN", '{"header": 1, "header": 1}', "{}", "\ud800", "x" * 40_000,
        '{"header": "\\ud800", "box": "", "to": [], "signature": ""}',
        '{"header": "{}", "box": "AA==", "to": [], "signature": ""}',
        '{"header": "{}", "box": "AB", "to": [], "signature": ""}',
        '{"header": "{}", "box": "+/+/", "to": [], "signature": ""}',
        '{"header": "{}", "box": "", "to": {}, "signature": ""}',
        '{"header": "{}", "box": "", "to": [[]], "signature": ""}',
        '{"header": {}, "box": [], "to": [], "signature": 5}',
    ],
)  # fmt: skip
def test_what_has_no_shape_is_refused(content, ada_and_bob):
    message = ada_and_bob.say(ada_and_bob.ada, "hello")
    assert refusal(ada_and_bob, message | {"content": content}) == "shape"


def test_it_is_for_no_other_message(room):
    first, second = room.say(room.ada, "yes"), room.say(room.ada, "no")
    assert refusal(room, first | {"content": second["content"]}) == "nonce"
    assert refusal(room, first | {"room": 13}) == "room"
    assert refusal(room, first | {"sender": {"id": room.bob.id}}) == "sender"
    assert refusal(room, first | {"reply_to": second["id"]}) == "reply_to"


def test_nobody_speaks_as_another(room):
    room.bob.root.psychic = room.ada.id  # his device says it was Ada
    content = envelope.seal(
        room.bob.root, [room.ada.log, room.bob.log], {"room": 12, "nonce": NONCE, "reply_to": None}, new_words("I")
    )
    room.bob.root.psychic = room.bob.id
    assert refusal(room, room.store(room.ada.id, NONCE, content)) == "device"


def signed_anew(device, message, **members):
    """The message with other members, properly signed by a device that lies."""
    said = json.loads(message["content"]) | members
    to = [(wrap["device"], unb64(wrap["enc"]), unb64(wrap["key"])) for wrap in said["to"]]
    sums = envelope.sums(said["header"], unb64(said["box"]), to)
    return message | {"content": json.dumps(said | {"signature": device.sign(envelope.LABEL, sums)})}


def test_a_wrap_is_for_one_device_and_one_header(ada_and_bob):
    room = ada_and_bob
    first, second = room.say(room.ada, "yes"), room.say(room.ada, "no")
    wraps = json.loads(first["content"])["to"]
    exchanged = [one | {"device": two["device"]} for one, two in zip(wraps, wraps[::-1], strict=True)]
    assert refusal(room, signed_anew(room.ada.root, first, to=exchanged)) == "wrap"
    assert refusal(room, signed_anew(room.ada.root, first, to=json.loads(second["content"])["to"])) == "wrap"
    assert refusal(room, signed_anew(room.ada.root, first, to=[])) == "wrap_missing"
    assert refusal(room, signed_anew(room.ada.root, first, box=json.loads(second["content"])["box"])) == "box"


WORDS = new_words("x")


@pytest.mark.parametrize(
    "plain",
    [b"", b"{}", b"[]", b"\xff", *[json.dumps(words).encode() for words in (
        WORDS | {"more": 1}, WORDS | {"text": 1}, WORDS | {"text": "\ud800"}, WORDS | {"files": None},
        WORDS | {"files": [FILE | {"size": -1}]}, WORDS | {"files": [FILE | {"key": b64(bytes(31))}]},
        WORDS | {"reactions": b64(bytes(33))},
    )]],
)  # fmt: skip
def test_a_box_holds_words_or_is_refused(plain, ada_and_bob):
    room = ada_and_bob
    message = room.say(room.ada, "hello")
    link = room.link(room.bob)
    link.open(message)
    key = link.content_keys[message["nonce"]]
    box = boxed(key, plain, json.loads(message["content"])["header"].encode())
    assert refusal(room, signed_anew(room.ada.root, message, box=b64(box))) == "text"


def test_what_is_too_long_is_not_sealed(ada_and_bob):
    with pytest.raises(Refused):
        ada_and_bob.say(ada_and_bob.ada, "x" * 25_000)
    assert ada_and_bob.say(ada_and_bob.ada, "🕯" * 4000)
