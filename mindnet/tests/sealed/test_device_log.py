"""A device log says whose a device is by its own rules, whoever hands it out."""

import json

import pytest
from sealed import device_log
from sealed.device_log import DeviceLog
from sealed.devices import Device, OwnDevice
from sealed.pins import compare, pin_of
from sealed.words import Refused, b64, unb64

from mindnet.tests.sealed.people import AT, Side

pytestmark = pytest.mark.once


def refusal(entries, psychic=7):
    with pytest.raises(Refused) as refused:
        DeviceLog(psychic, entries)
    return refused.value.why


def statement_of(entry, signer, **members):
    """The entry with other members, properly signed."""
    text = json.dumps(json.loads(entry["statement"]) | members)
    return {"statement": text, "signature": signer.sign(device_log.LABEL, text.encode())}


def log_of_three():
    ada = Side(7)
    phone = ada.endorse(suite=2)
    ada.endorse(by=phone, kind="recovery")
    ada.revoke(ada.root, by=phone)
    return ada, phone


def test_devices_come_and_go():
    ada, phone = log_of_three()
    log = ada.log
    assert log.root == ada.root.id
    assert [sorted(device.kind for device in log.live(n).values()) for n in range(4)] == [
        ["device"], ["device", "device"], ["device", "device", "recovery"], ["device", "recovery"],
    ]  # fmt: skip
    assert log.endorser[phone.id] == ada.root.id
    assert log.number_of(log.heads[2]) == 2 and log.number_of(b64(bytes(32))) is None


def test_a_card_is_its_devices_alone():
    device = OwnDevice.make(7, "Firefox on Linux", AT)
    assert (len(device.id), len(device.short_code)) == (22, 19)
    low_order = {"dh": b64(bytes(32))}  # a point with which everybody has the same secret
    for members, why in [({"name": "Firefox on Linuz"}, "card_signature"), ({"psychic": 8}, "card_signature"),
                         (low_order, "card")]:  # fmt: skip
        with pytest.raises(Refused) as refused:
            Device(json.dumps(json.loads(device.card) | members), device.signature)
        assert refused.value.why == why


@pytest.mark.parametrize(
    "members",
    [
        {"name": ""}, {"name": "x" * 41}, {"suite": 3}, {"kind": "root"}, {"v": 2},
        {"dh": b64(bytes(31))}, {"sign": ""}, {"name": "\ud800"}, {"psychic": "7"}, {"psychic": -1}, {"more": 1},
    ],
)  # fmt: skip
def test_a_card_has_its_shape(members):
    device = OwnDevice.make(7, "A device", AT)
    with pytest.raises(Refused) as refused:
        Device(json.dumps(json.loads(device.card) | members), device.signature)
    assert refused.value.why == "shape"


def test_no_byte_of_a_log_can_be_changed():
    ada, _ = log_of_three()
    for number, entry in enumerate(ada.entries):
        text, raw = entry["statement"], bytearray(unb64(entry["signature"]))
        raw[number * 20] ^= 1
        broken = [{"statement": text, "signature": b64(bytes(raw))}]
        for place in range(number, len(text), 61):
            altered = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
            broken.append(entry | {"statement": altered})
        for one in broken:
            assert refusal([*ada.entries[:number], one, *ada.entries[number + 1 :]])


def test_a_log_is_whole_and_in_its_order():
    ada, _ = log_of_three()
    first, second, third, fourth = ada.entries
    for entries in (ada.entries[1:], [first, third, fourth], [first, third, second], [first, second, second]):
        assert refusal(entries) == "number"
    assert refusal([first, second, third, statement_of(fourth, ada.root, previous=b64(bytes(32)))]) == "previous"
    assert refusal(ada.entries, psychic=9) == "psychic"
    assert refusal([*ada.entries, first]) == "number"


def test_every_deed_is_by_somebody_who_may():
    ada, phone = log_of_three()
    stranger = OwnDevice.make(7, "Added behind her back", AT)
    for by, why in ((stranger, "by"), (ada.root, "by")):
        entry = device_log.endorse(ada.log, stranger, by, AT)
        assert refusal([*ada.entries, entry]) == why
    forged = device_log.endorse(ada.log, stranger, stranger, AT)
    assert refusal([*ada.entries, statement_of(forged, stranger, by=phone.id)]) == "signature"


def test_what_a_deed_may_be():
    ada, phone = log_of_three()
    log, first, new = ada.log, ada.entries[0], ada.new_device()
    of_bob = OwnDevice.make(9, "Bob's", AT)
    asked = {
        "again": [
            device_log.endorse(log, ada.root, phone, AT),  # who was revoked never comes back
            device_log.endorse(log, phone, phone, AT),
        ],
        "unknown": [device_log.revoke(log, ada.root.id, phone, AT)],
        "card": [
            device_log.endorse(log, of_bob, phone, AT),
            statement_of(device_log.endorse(log, new, phone, AT), phone, device=of_bob.id),
        ],
        "many": [device_log.endorse(log, ada.new_device("recovery"), phone, AT)],
        "deed": [statement_of(device_log.endorse(log, new, phone, AT), phone, deed="root")],
        "shape": [
            statement_of(device_log.endorse(log, new, phone, AT), phone, deed="revoke"),
            statement_of(device_log.revoke(log, phone.id, phone, AT), phone, deed="endorse"),
            {"statement": "{}", "signature": b64(bytes(64))},
            {},
            [],
        ],
    }
    for why, entries in asked.items():
        assert [refusal([*ada.entries, entry]) for entry in entries] == [why] * len(entries)
    assert refusal([statement_of(first, phone, by=phone.id)]) == "by"
    assert refusal([device_log.root(ada.new_device("recovery"), AT)]) == "card"
    assert DeviceLog(7, [*ada.entries, device_log.revoke(log, phone.id, phone, AT)]).live()  # the recovery device


def test_ten_devices_and_no_more():
    ada = Side(7)
    for _ in range(9):
        last = ada.endorse()
    assert refusal([*ada.entries, device_log.endorse(ada.log, ada.new_device(), ada.root, AT)]) == "many"
    ada.revoke(last)
    assert len(ada.log.live()) == 9 and ada.endorse()


def test_pins_tell_what_has_become_of_a_log():
    ada, phone = log_of_three()
    pin = pin_of(ada.log)
    other = DeviceLog(7, [*ada.entries[:-1], device_log.revoke(DeviceLog(7, ada.entries[:-1]), phone.id, phone, AT)])
    assert compare(pin, ada.log) == "same"
    assert compare(pin, DeviceLog(7, ada.entries[:-1])) == "withheld"
    assert compare(pin, other) == "forked"
    ada.endorse(by=phone)
    assert compare(pin, ada.log) == "grown"
    assert compare(pin, Side(7).log) == "other_root"
