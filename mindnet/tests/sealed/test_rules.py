"""The rules of device logs as the server has them, beside those of the clients. What the server takes stays in a log:
were it anything that a client refuses, that psychic's devices would be lost to everybody."""

import json
import random
from pathlib import Path

import pytest
from sealed import device_log
from sealed.device_log import DeviceLog
from sealed.words import Refused, b64

from mindnet.tests.sealed.people import AT, Side
from rooms import device_log as rules

pytestmark = pytest.mark.once

CORPUS = json.loads(Path(__file__).with_name("corpus.json").read_text())
STRANGE = ["", " ", "x" * 40, "x" * 41, "\0", "\n", "\u202e", "é" * 40, 0, 1, -1, 1.0, 1.5, True, None, 2**53, [], {}]


def of_the_server(psychic, entries):
    """Its head, or None where it is refused."""
    log = rules.Log(psychic, gone=frozenset())
    try:
        for entry in entries:
            log = grown(log, rules.check(log, *rules.read_entry(entry)))
    except rules.Refused:
        return None
    return log.head


def grown(log, growth):
    """What the server's tables say after an entry."""
    id, live = growth.statement.device, dict(log.live)
    if growth.device:
        live[id] = growth.device
    gone = log.gone if growth.device else log.gone | {live.pop(id).id}
    return log._replace(length=log.length + 1, head=growth.hash, live=live, gone=gone)


def of_a_client(psychic, entries):
    try:
        return DeviceLog(psychic, entries).head
    except Refused:
        return None


@pytest.mark.parametrize("name", CORPUS["logs"])
def test_the_corpus(name):
    said = CORPUS["logs"][name]
    assert of_the_server(said["psychic"], said["entries"]) == said.get("head")


def test_what_the_server_takes_every_client_reads():
    dice, ada = random.Random(20), Side(7)
    ada.endorse()
    logs = [ada.entries, *([*ada.entries, strange_entry(ada, dice)] for _ in range(300))]
    taken = [log for log in logs if of_the_server(7, log)]
    assert 1 < len(taken) < len(logs)
    assert [log[-1] for log in taken if of_a_client(7, log) != of_the_server(7, log)] == []


def strange_entry(ada, dice):
    """A further device with something strange in its card or its statement, and all of it properly signed."""
    device = ada.new_device(suite=dice.choice([1, 2]))
    card, statement = json.loads(device.card), {}
    changed = dice.choice([card, statement])
    changed[dice.choice(["v", "suite", "psychic", "kind", "name", "made_at", "at", "n", "deed", "more"])] = dice.choice(
        STRANGE
    )
    text = json.dumps(card, ensure_ascii=dice.random() < 0.5)
    device.card, device.signature = text, device.sign("mindnet device", text.encode())
    device.id = b64(device_log.hash_of("mindnet device", text.encode())[:16])
    entry = device_log.endorse(ada.log, device, ada.root, AT)
    text = json.dumps(json.loads(entry["statement"]) | statement)
    return {"statement": text, "signature": ada.root.sign(device_log.LABEL, text.encode())}
