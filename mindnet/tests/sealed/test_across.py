"""The browser's modules and the program in Python, each sealing for the other: HPKE itself, with `cryptography` as its
oracle, and everything that docs/sealed.md describes. And what neither has sealed, both refuse for the same reason."""

import contextlib
import io
import json
import random
import subprocess
import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hpke
from sealed import device_log, files, history, recovery
from sealed.device_log import DeviceLog
from sealed.devices import Device, OwnDevice
from sealed.link import Link, Person, new_words
from sealed.reactions import emoji_of, token_of
from sealed.safety_number import safety_number
from sealed.suites import SUITES
from sealed.words import Refused, b64, unb64

from mindnet.tests.sealed.people import AT, Room, Side
from mindnet.tests.support import tools
from mindnet.tests.support.fixtures import need

pytestmark = pytest.mark.once

ROOM = 12
FILE = {
    "id": str(uuid.uuid4()), "key": b64(bytes(32)), "name": "Zwei Wörter.webm", "media_type": "video/webm", "size": 5,
    "width": 640, "height": None, "seconds": 1.5, "thumbnail": "data:image/webp;base64,AAAA",
}  # fmt: skip


class Partner:
    """partner.mjs, running: `partner.make(...)` is its answer to `["make", ...]`."""

    def __init__(self, process):
        self.process = process

    def __getattr__(self, deed):
        return lambda *given: self.ask(deed, *given)

    def ask(self, *line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, self.process.stderr.read()
        return json.loads(answer)


@pytest.fixture(scope="module")
def partner():
    node = need(lambda: tools.find("node"))
    command = [node.path, Path(__file__).with_name("partner.mjs")]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as process:
        try:
            yield Partner(process)
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(20)


@pytest.mark.parametrize("aead", [hpke.AEAD.AES_256_GCM, hpke.AEAD.AES_128_GCM], ids=["AES-256-GCM", "AES-128-GCM"])
@pytest.mark.parametrize("number, kem", [(1, hpke.KEM.X25519), (2, hpke.KEM.P256)], ids=["X25519", "P-256"])
def test_hpke_in_both_directions(partner, number, kem, aead):
    suite, bits = hpke.Suite(kem, hpke.KDF.HKDF_SHA256, aead), 128 if aead == hpke.AEAD.AES_128_GCM else 256
    device = OwnDevice.make(7, "In Python", AT, suite=number)
    pk, sk = b64(SUITES[number].public(device.dh_private)), device.private()["dh"]
    dice = random.Random(9180)
    for _ in range(5):
        info, plain = dice.randbytes(dice.choice([0, 32, 100])), dice.randbytes(dice.choice([0, 1, 32, 1000]))
        enc, ct = partner.hpke_seal(number, bits, pk, b64(info), "", b64(plain))
        assert suite.decrypt(unb64(enc) + unb64(ct), device.dh_private, info) == plain
        both = suite.encrypt(plain, device.dh, info)
        enc, ct = both[: SUITES[number].enc_bytes], both[SUITES[number].enc_bytes :]
        assert partner.hpke_open(number, bits, sk, pk, b64(enc), b64(info), "", b64(ct)) == b64(plain)


class Meeting:
    """Ada is in Python and has let in a telephone in Node; Bob is in Node and has let in a telephone in Python."""

    def __init__(self, partner, first, second):
        self.partner = partner
        self.ada = OwnDevice.make(7, "In Python", AT, suite=first)
        self.ada_telephone = partner.make({"psychic": 7, "suite": second})
        self.ada_log = DeviceLog(7, [device_log.root(self.ada, AT)])
        telephone = Device(self.ada_telephone["card"], self.ada_telephone["signature"])
        assert (telephone.id, telephone.short_code) == (self.ada_telephone["id"], self.ada_telephone["short_code"])
        self.ada_log.add(device_log.endorse(self.ada_log, telephone, self.ada, AT))

        self.bob = partner.make({"psychic": 9, "suite": second})
        self.bob_telephone = OwnDevice.make(9, "In Python", AT, suite=first)
        entries = [partner.begin(self.bob["id"])]
        entries.append(partner.endorse(self.bob["id"], 9, entries, card_of(self.bob_telephone)))
        self.bob_log = DeviceLog(9, entries)
        for log in (self.ada_log, self.bob_log):
            assert partner.head(log.psychic, log.entries) == log.head
        self.seq = 0

    def link(self, own, **fields):
        people = [Person(log.psychic, [log.entries]) for log in (self.ada_log, self.bob_log)]
        return Link(ROOM, [own], people if own.psychic == 7 else people[::-1], **fields)

    def node(self, id, psychic=9):
        """Node goes on as this device."""
        about = {"room": ROOM, "me": psychic, "other": 16 - psychic, "own": [id]}
        assert self.partner.look(about, {7: self.ada_log.entries, 9: self.bob_log.entries}) == ["first", "first"]
        return self.partner

    def message(self, sender, nonce, content, reply_to=None):
        self.seq += 1
        return {"id": self.seq, "seq": self.seq, "room": ROOM, "sender": {"id": sender}, "nonce": nonce,
                "reply_to": reply_to, "content": content}  # fmt: skip

    def by_ada(self, text, **fields):
        nonce, words = str(uuid.uuid4()), new_words(text, **fields)
        return self.message(7, nonce, self.link(self.ada).seal(nonce, words, reply_to=88), 88), words

    def by_bob(self, text, **fields):
        nonce = str(uuid.uuid4())
        return self.message(9, nonce, self.node(self.bob["id"]).seal({"nonce": nonce, "text": text, **fields}))


def card_of(device):
    return {"card": device.card, "signature": device.signature}


@pytest.fixture(params=[(1, 1), (1, 2), (2, 1), (2, 2)], ids=lambda suites: "suites {} and {}".format(*suites))
def meeting(request, partner):
    return Meeting(partner, *request.param)


def test_messages_edits_reactions_and_earlier_keys(meeting, partner):
    from_ada, words = meeting.by_ada("In Python: ☕ \U0001f56f", files=[FILE])
    from_bob = meeting.by_bob("In Node: ☕ \U0001f56f", files=[FILE])
    for id, psychic in ((meeting.bob["id"], 9), (meeting.ada_telephone["id"], 7)):
        meeting.node(id, psychic)
        assert partner.open(from_ada) == words
    for own in (meeting.ada, meeting.bob_telephone):
        link = meeting.link(own)
        opened = link.open(from_bob)
        assert (opened["text"], opened["files"]) == ("In Node: ☕ \U0001f56f", [FILE])
        assert link.open(from_ada) == words

    edit = {"nonce": from_bob["nonce"], "text": "Corrected", "revision": 1, "reactions": opened["reactions"]}
    edited = from_bob | {"content": meeting.node(meeting.bob["id"]).seal(edit)}
    assert link.open(edited)["text"] == "Corrected" and link.open(edited)["reactions"] == opened["reactions"]
    edited = from_ada | {"content": meeting.link(meeting.ada).seal(from_ada["nonce"], words | {"text": "New"}, 88, 1)}
    assert partner.open(edited)["text"] == "New" and partner.open(from_ada) == "rolled_back"

    token = token_of("👁", 7, words["reactions"])
    assert partner.react(words["reactions"], 7, "👁") == token
    assert partner.reacted(words["reactions"], token, 7) == {"emoji": "👁", "ok": True}
    assert emoji_of(token, 7, words["reactions"]) == "👁"

    hand_on_across(meeting, partner, from_ada, from_bob)


def hand_on_across(meeting, partner, *messages):
    """Ada lets a tablet in that is in Node, Bob one in Python, and each is given the keys of what was said."""
    tablet = partner.make({"psychic": 7, "suite": 2})
    device = Device(tablet["card"], tablet["signature"])
    meeting.ada_log.add(device_log.endorse(meeting.ada_log, device, meeting.ada, AT))
    link = meeting.link(meeting.ada)
    texts = [link.open(message)["text"] for message in messages]
    (part,) = history.hand_on(meeting.ada, device, ROOM, link.content_keys)
    meeting.node(tablet["id"], 7)
    assert [partner.open(message) for message in messages] == ["wrap_missing"] * 2
    assert partner.take(0, part) == {"ok": True}
    assert [partner.open(message)["text"] for message in messages] == texts

    tablet = OwnDevice.make(9, "A tablet in Python", AT, suite=1)
    meeting.node(meeting.bob["id"])
    assert [partner.open(message)["text"] for message in messages] == texts
    (part,) = partner.hand_on(card_of(tablet))
    meeting.bob_log.add(partner.endorse(meeting.bob["id"], 9, meeting.bob_log.entries, card_of(tablet)))
    keys = history.take(tablet, meeting.bob_log, part, ROOM, 0)
    assert [meeting.link(tablet, handed_on=keys).open(message)["text"] for message in messages] == texts


def test_a_code_and_a_safety_number(meeting, partner):
    code = recovery.new_code()
    ours = OwnDevice.make(7, "Recovery code", AT, kind="recovery", suite=meeting.ada.suite.number)
    bundle = recovery.wrap(ours, code)
    assert partner.recover(recovery.write_code(recovery.new_code()), bundle, card_of(ours)) == "code"
    assert partner.recover(recovery.write_code(code), bundle, card_of(ours)) == ours.id
    meeting.ada_log.add(device_log.endorse(meeting.ada_log, ours, meeting.ada, AT))
    new = OwnDevice.make(7, "New", AT)
    meeting.ada_log.add(partner.endorse(ours.id, 7, meeting.ada_log.entries, card_of(new)))
    assert new.id in meeting.ada_log.live()

    theirs = partner.make({"psychic": 9, "suite": meeting.bob_telephone.suite.number, "kind": "recovery",
                           "extractable": True})  # fmt: skip
    bundle = partner.bundle(theirs["id"], recovery.write_code(code))
    back = recovery.unwrap(bundle, code, Device(theirs["card"], theirs["signature"]))
    meeting.bob_log.add(device_log.endorse(meeting.bob_log, back, meeting.bob_telephone, AT))
    message, words = meeting.by_ada("Remember this.")
    assert meeting.link(back).open(message) == words

    both = [{"psychic": log.psychic, "root": log.root} for log in (meeting.bob_log, meeting.ada_log)]
    assert " ".join(partner.safety_number(*both)) == safety_number(meeting.ada_log, meeting.bob_log)


def test_files(partner):
    plain = random.Random(1).randbytes(files.CHUNK_BYTES + 1)
    theirs = partner.seal_file(b64(plain))
    assert b"".join(files.decrypt(unb64(theirs["key"]), io.BytesIO(unb64(theirs["sealed"])))) == plain
    key = files.new_key()
    ours = b64(b"".join(files.encrypt(key, io.BytesIO(plain))))
    assert unb64(partner.open_file(b64(key), ours)) == plain


def test_what_is_altered_is_refused_alike(partner):
    """Somewhere a sign is another, a number is written strangely, a member is missing or comes twice: neither program
    opens what the other does not, and both give the same reason."""
    dice, room = random.Random(25519), Room(Side(7, suite=1), Side(9, suite=2))
    message = room.say(room.ada, "The candles are lit.", reply_to=88)
    messages = [message, *(message | {"content": alter(message["content"], dice)} for _ in range(500))]

    partner.adopt(card_of(room.bob.root), room.bob.root.private())
    about = {"room": room.id, "me": 9, "other": 7, "own": [room.bob.root.id]}
    partner.look(about, {7: room.ada.entries, 9: room.bob.entries})
    theirs = [said if isinstance(said, str) else said["text"] for said in partner.open_all(messages)]
    people = [room.bob.person(), room.ada.person()]
    ours = [outcome(Link(room.id, [room.bob.root], people), message) for message in messages]

    # Keys are new each time, so that the rarer reasons come by chance.
    assert ours[0] == "The candles are lit." and {"shape", "signature"} <= {*ours}
    assert [each for each in zip(messages, ours, theirs, strict=True) if each[1] != each[2]] == []


def test_altered_logs_are_refused_alike(partner):
    dice, ada = random.Random(9180), Side(7)
    phone = ada.endorse(suite=2)
    ada.endorse(by=phone, kind="recovery")
    ada.revoke(ada.root, by=phone)
    logs = [ada.entries, *(altered_log(ada, dice) for _ in range(200))]
    ours = [[*of_log(entries)] for entries in logs]
    assert ours[0] == [ada.log.head] and {"shape", "signature", "number"} <= {why for why, *_ in ours}
    assert [each for each in zip(logs, ours, partner.read_logs(7, logs), strict=True) if each[1] != each[2]] == []


def altered_log(ada, dice):
    """A log of which one entry is missing, elsewhere or altered, and in half of the cases properly signed again."""
    entries = ada.entries
    number = dice.randrange(len(entries))
    match dice.randrange(4):
        case 0:
            entries.insert(dice.randrange(len(entries)), entries.pop(number))
        case 1:
            del entries[number]
        case _:
            text = alter_members(entries[number]["statement"], dice)
            signer = ada.devices[json.loads(entries[number]["statement"])["by"]]
            again = {"signature": signer.sign(device_log.LABEL, text.encode())} if dice.random() < 0.5 else {}
            entries[number] = entries[number] | {"statement": text} | again
    return entries


def of_log(entries):
    """Its head, or why it is refused and from which entry on."""
    log = DeviceLog(7)
    try:
        for entry in entries:
            log.add(entry)
        yield log.head
    except Refused as refused:
        yield from (refused.why, len(log.heads))


def outcome(link, message):
    try:
        return link.open(message)["text"]
    except Refused as refused:
        return refused.why


STRANGE = ["1.0", "1e0", "01", "-0", "1.5", "true", "null", "1e400", "9007199254740993", '"\\ud800"', '"\\u0000"', "[]"]


def alter(text, dice):
    """A JSON text with one thing changed somewhere, also within the JSON texts that stand in it."""
    if dice.random() < 0.5:
        place = dice.randrange(len(text))
        return text[:place] + dice.choice(["", "A", "0", '"', "\\", " ", "é", "}", "="]) + text[place + 1 :]
    said = json.loads(text)
    header = alter_members(said["header"], dice) if dice.random() < 0.8 else said["header"]
    return json.dumps(said | {"header": header}) if header != said["header"] else alter_members(text, dice)


def alter_members(text, dice):
    members = [[json.dumps(name), json.dumps(value)] for name, value in json.loads(text).items()]
    number = dice.randrange(len(members))
    match dice.randrange(4):
        case 0:
            members[number][1] = dice.choice(STRANGE)
        case 1:
            members.append(members[number])
        case 2:
            del members[number]
        case 3:
            members[number][0] = dice.choice(['"__proto__"', '"more"', '"h\\u0065ader"', '"constructor"'])
    return "{" + ", ".join(": ".join(pair) for pair in members) + "}"
