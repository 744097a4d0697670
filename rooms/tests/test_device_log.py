"""The rules of a device log, as an entry meets them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindnet.tests.support.sealed import LOG, Keys, Mind
from rooms.device_log import Log, NotNewest, Refused, check, read_card, read_entry


class Somebody:
    def __init__(self, pk=7):
        self.pk = pk


class Tried:
    """A log made by the rules alone, without a database."""

    def __init__(self):
        self.mind, self.log = Mind(Somebody()), Log(7, gone=set())
        self.root = Keys(self.mind.psychic)
        self.add("root", self.root, self.root)

    def try_out(self, entry):
        return check(self.log, *read_entry(entry))

    def add(self, deed, device, by):
        entry = self.mind.entry(deed, device, by)
        growth = self.try_out(entry)
        live = {one: other for one, other in self.log.live.items() if one != device.id}
        gone = self.log.gone | (self.log.live.keys() - live.keys())
        if growth.device:
            live[growth.device.id] = growth.device
        self.log = self.log._replace(length=self.log.length + 1, head=growth.hash, live=live, gone=gone)
        self.mind.keep(entry)

    def device(self, **said):
        return Keys(self.mind.psychic, **said)


@pytest.fixture
def tried():
    return Tried()


@pytest.mark.parametrize("suite", [1, 2])
def test_a_device_of_either_suite_endorses_and_revokes(tried, suite):
    other = tried.device(suite=suite)
    tried.add("endorse", other, tried.root)
    third = tried.device(suite=3 - suite)
    tried.add("endorse", third, other)
    tried.add("revoke", tried.root, third)
    assert tried.log.live.keys() == {other.id, third.id}
    assert (tried.log.length, tried.log.head) == (4, tried.mind.head)


def test_an_entry_follows_the_newest(tried):
    for said in ({"n": 0}, {"n": 2}, {"previous": None}, {"previous": "A" * 43}):
        with pytest.raises(NotNewest):
            tried.try_out(tried.mind.entry("endorse", tried.device(), tried.root, said))


def refused(tried, entry, words):
    with pytest.raises(Refused, match=words) as caught:
        tried.try_out(entry)
    assert type(caught.value) is Refused


def test_what_breaks_a_rule_is_refused(tried):
    mind, root, new = tried.mind, tried.root, tried.device()
    gone = tried.device()
    tried.add("endorse", gone, root)
    tried.add("revoke", gone, root)
    refused(tried, mind.entry("root", new, new), "begins with the deed root")
    refused(tried, mind.entry("endorse", new, new), "Only a live device adds")
    refused(tried, mind.entry("endorse", new, gone), "Only a live device adds")
    refused(tried, mind.entry("endorse", gone, root), "does not come back")
    refused(tried, mind.entry("endorse", root, root), "endorsed once")
    refused(tried, mind.entry("revoke", gone, root), "Only a live device is revoked")
    refused(tried, mind.entry("endorse", new, root, {"psychic": 8}), "somebody else's device log")
    refused(tried, mind.entry("endorse", Keys(Somebody(8)), root), "somebody else's device")
    refused(tried, mind.entry("endorse", new, root, {"device": root.id}), "another device than the statement")
    forged = mind.entry("endorse", new, root) | {
        "signature": new.sign(LOG, mind.entry("endorse", new, root)["statement"])
    }
    refused(tried, forged, "not that of the device")


def test_ten_devices_and_one_recovery_device_are_live_at_a_time(tried):
    for _ in range(9):
        tried.add("endorse", tried.device(), tried.root)
    tried.add("endorse", tried.device(kind="recovery"), tried.root)
    refused(tried, tried.mind.entry("endorse", tried.device(), tried.root), "At most 10 devices")
    refused(tried, tried.mind.entry("endorse", tried.device(kind="recovery"), tried.root), "At most 1 recovery device ")
    tried.add("revoke", tried.root, tried.root)
    with pytest.raises(Refused):
        tried.add("endorse", tried.device(), tried.root)


def test_no_log_begins_with_a_recovery_device():
    mind = Mind(Somebody())
    code = Keys(mind.psychic, kind="recovery")
    with pytest.raises(Refused, match="begins with a recovery device"):
        check(Log(7), *read_entry(mind.entry("root", code, code)))


LOW_ORDER = "A" * 43  # the point 0 of Curve25519


@pytest.mark.parametrize(
    "said",
    [
        {"v": 2}, {"v": True}, {"suite": 3}, {"suite": "1"}, {"psychic": "7"}, {"psychic": 7.5}, {"psychic": 10**400},
        {"kind": "phone"}, {"name": ""}, {"name": "n" * 41}, {"name": " "}, {"name": "a\nb\0"}, {"name": "\ud800"},
        {"name": None}, {"dh": ""}, {"dh": "A" * 44}, {"dh": LOW_ORDER}, {"sign": "A" * 42 + "B"}, {"sign": "=" * 43},
        {"sign": [[]]}, {"made_at": "x" * 41}, {"made_at": ""}, {"more": 1}, {"suite": 2},
    ],
)  # fmt: skip
def test_a_card_that_is_none_is_refused(said):
    card = Keys(Somebody(), says=said)
    with pytest.raises(Refused):
        read_card(card.card, card.signature, psychic_id=7)


def test_any_flipped_bit_is_noticed(tried):
    """In statement and signature, with the card and its signature within."""
    entry = tried.mind.entry("endorse", tried.device(), tried.root)
    for member, text in entry.items():
        for at in range(0, len(text), 7):
            flipped = text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]
            with pytest.raises(Refused):
                tried.try_out(entry | {member: flipped})


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
odd = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["statement", "signature", "x"]), odd | odd.map(json.dumps)) | odd)
def test_whatever_else_comes_is_refused(value):
    with pytest.raises(Refused):
        read_entry(value)


def test_an_object_with_a_member_twice_is_refused(tried):
    entry = tried.mind.entry("revoke", tried.root, tried.root)
    twice = entry["statement"].replace('"n": 1', '"n": 1, "n": 1')
    refused(tried, {"statement": twice, "signature": tried.root.sign(LOG, twice)}, "member twice")


@pytest.mark.parametrize("text", ["[" * 4000, '{"v":' * 800, "1" * 4000, "NaN", '{"v": 1.5}', "", "\ufeff{}", "null"])
def test_odd_json_is_refused(text):
    with pytest.raises(Refused):
        read_entry({"statement": text, "signature": "A" * 86})


def test_a_long_entry_is_refused(tried):
    text = tried.mind.entry("revoke", tried.root, tried.root)["statement"].ljust(4096)
    tried.try_out({"statement": text, "signature": tried.root.sign(LOG, text)})
    refused(tried, {"statement": text + " ", "signature": tried.root.sign(LOG, text + " ")}, "4096 bytes")
