"""What the browser's modules have written down about the format, read by the program in Python: logs, messages and
codes that are good, and all that is not, each refused for the same reason. make_corpus.mjs says what is in it."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from sealed import device_log, files, history, recovery
from sealed.devices import OwnDevice
from sealed.link import Link, Person
from sealed.pins import compare
from sealed.reactions import emoji_of, token_of
from sealed.room_order import RoomOrder
from sealed.safety_number import safety_number
from sealed.words import Refused, b64, unb64

pytestmark = pytest.mark.once

CORPUS = json.loads(Path(__file__).with_name("corpus.json").read_text())


@pytest.fixture(scope="module")
def devices():
    return {
        name: OwnDevice.of_private(said["card"], said["signature"], said) for name, said in CORPUS["devices"].items()
    }


def log_of(name):
    return device_log.DeviceLog(CORPUS["logs"][name]["psychic"], CORPUS["logs"][name]["entries"])


def link_of(said, devices, **fields):
    names = said["as"] if isinstance(said["as"], list) else [said["as"]]
    own = [devices[name] for name in names]
    people = [Person(int(id), [CORPUS["logs"][name]["entries"] for name in logs]) for id, logs in said["logs"].items()]
    people.sort(key=lambda person: person.psychic != own[0].psychic)
    return Link(CORPUS["room"], own, people, **fields)


def why(work):
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.why


def test_devices_are_named_alike(devices):
    for name, said in CORPUS["devices"].items():
        assert (devices[name].id, devices[name].short_code) == (said["id"], said["short_code"])


@pytest.mark.parametrize("name", CORPUS["logs"])
def test_logs(name):
    said = CORPUS["logs"][name]
    if not said["ok"]:
        log = device_log.DeviceLog(said["psychic"], said["entries"][: said["n"]])
        assert why(lambda: log.add(said["entries"][said["n"]])) == said["why"]
        return
    log = log_of(name)
    assert (log.root, log.head) == (said["root"], said["head"])
    assert [{"head": head, "live": [*log.live(n)]} for n, head in enumerate(log.heads)] == said["states"]


@pytest.mark.parametrize("said", CORPUS["pins"], ids=lambda said: said["name"])
def test_pins(said):
    assert compare(said["pin"], log_of(said["log"])) == said["is"]


@pytest.mark.parametrize("said", CORPUS["messages"], ids=lambda said: said["name"])
def test_messages(said, devices):
    handed_on = {said["message"]["nonce"]: unb64(said["handed_on"])} if "handed_on" in said else None
    link, result = link_of(said, devices, handed_on=handed_on), said["result"]
    if not result["ok"]:
        assert why(lambda: link.open(said["message"])) == result["why"]
        return
    words = link.open(said["message"])
    assert words == {name: result[name] for name in ("text", "files", "reactions")}
    assert b64(link.content_keys[said["message"]["nonce"]]) == result["content_key"]


def test_the_order_of_a_room(devices):
    order = RoomOrder()
    for step in CORPUS["order"]["steps"]:
        # As a client that is started anew each time but holds on to what it has opened.
        order, opened = RoomOrder(**json.loads(json.dumps(order.kept()))), order.opened
        order.opened = opened
        link, result = link_of(CORPUS["order"], devices, order=order), step["result"]
        if result["ok"]:
            assert link.open(step["message"])["text"] == result["text"], step["name"]
            assert link.refuted == result["refutes"], step["name"]
        else:
            assert why(lambda link=link, step=step: link.open(step["message"])) == result["why"], step["name"]


def test_recovery(devices):
    said = CORPUS["recovery"]
    bundle, device = json.loads(said["bundle"]), devices[said["device"]]
    code = bytes.fromhex(said["bytes"])
    assert recovery.write_code(code) == said["code"]
    for typed in said["typed"]:
        assert recovery.read_code(typed) == code
    for typed in said["no_codes"]:
        assert why(lambda typed=typed: recovery.read_code(typed)) == "code"
    assert recovery.unwrap(bundle, code, device).private() == device.private()
    assert why(lambda: recovery.unwrap(bundle, recovery.read_code(said["other_code"]), device)) == "code"


@pytest.mark.parametrize("said", CORPUS["reactions"])
def test_reactions(said):
    if said["ok"]:
        assert emoji_of(said["token"], said["psychic"], said["key"]) == said["emoji"]
        assert token_of(said["emoji"], said["psychic"], said["key"]) == said["token"]
    else:
        assert why(lambda: emoji_of(said["token"], said["psychic"], said["key"])) == said["why"]


@pytest.mark.parametrize("said", CORPUS["history"], ids=lambda said: said["name"])
def test_history(said, devices):
    def keys():
        return history.take(devices[said["as"]], log_of(said["log"]), said["sealed"], said["room"], said["part"])

    if said["ok"]:
        assert {nonce: b64(key) for nonce, key in keys().items()} == said["keys"]
    else:
        assert why(keys) == said["why"]


@pytest.mark.parametrize("said", CORPUS["files"], ids=lambda said: said["size"])
def test_files(said):
    key, plain = unb64(said["key"]), bytes(i % 251 for i in range(said["size"]))
    sealed = b"".join(files.encrypt(key, io.BytesIO(plain)))
    assert (len(sealed), hashlib.sha256(sealed).hexdigest()) == (said["sealed_bytes"], said["sealed_sha256"])
    assert b"".join(files.decrypt(key, io.BytesIO(sealed))) == plain


def test_safety_numbers():
    logs = {said["root"]: log_of(name) for name, said in CORPUS["logs"].items() if said["ok"]}
    for said in CORPUS["safety_numbers"]:
        assert safety_number(logs[said["one"]["root"]], logs[said["other"]["root"]]).split() == said["groups"]
