"""What one device holds on to, so that a server cannot show it another past."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed import device_log, recovery, room_order
from sealed.device_log import DeviceLog
from sealed.history import hand_on, take
from sealed.link import Link, Person, new_words
from sealed.room_order import RoomOrder
from sealed.safety_number import safety_number
from sealed.words import Refused

from mindnet.tests.sealed.people import Room, Side

pytestmark = pytest.mark.once


def refusal(link, message):
    with pytest.raises(Refused) as refused:
        link.open(message)
    return refused.value.why


def text(link, message):
    try:
        return link.open(message)["text"]
    except Refused as refused:
        return refused.why


def test_a_message_is_shown_once(ada_and_bob):
    room = ada_and_bob
    message, link = room.say(room.ada, "Pay him."), room.link(room.bob)
    assert [text(link, message), text(link, message)] == ["Pay him.", "Pay him."]
    copy = message | {"id": 999, "seq": 9}
    assert refusal(link, copy) == "replayed"
    other = room.link(room.bob)
    assert [text(other, copy), text(other, message), other.refuted] == ["Pay him.", "Pay him.", [999]]
    assert refusal(other, copy) == "replayed"


def test_a_message_is_shown_once_also_by_a_client_that_is_started_anew(ada_and_bob, monkeypatch):
    room = ada_and_bob
    first, link = room.say(room.ada, "Pay him."), room.link(room.bob)
    assert text(link, first) == "Pay him."
    copy = first | {"id": 999, "seq": 9}
    link.forget(first["nonce"])
    assert link.content_keys == {}
    again = room.link(room.bob, order=RoomOrder(**json.loads(json.dumps(link.order.kept()))))
    assert [refusal(again, copy), text(again, first)] == ["replayed", "Pay him."], "though the first was not shown yet"
    second = room.say(room.ada, "Please.")
    assert text(again, second) == "Please."
    monkeypatch.setattr(room_order, "KEPT_MOST", 1)
    assert text(again, room.say(room.bob, "No.")) == "No."
    assert [stand[1] for stand in again.order.kept()["stands"]] == [room.messages[-1]["nonce"], second["nonce"]]


def test_a_wording_does_not_come_back(ada_and_bob):
    room = ada_and_bob
    message = room.say(room.ada, "first")
    ada, bob = room.link(room.ada), room.link(room.bob)
    edited = message | {"content": ada.seal(message["nonce"], new_words("second"), revision=1)}
    assert [text(bob, message), text(bob, edited), text(bob, message)] == ["first", "second", "rolled_back"]


def test_a_revoked_device_keeps_what_it_said_and_says_no_more(ada_and_bob):
    """Not even with a server that shows its words as new: whoever spoke since has named its end."""
    room = ada_and_bob
    phone = room.ada.endorse()
    before, lost = room.say(room.ada, "from my phone", phone), room.link(room.ada, phone)
    room.ada.revoke(phone)
    after = room.say(room.bob, "It is gone, you say?")
    late = room.store(7, before["nonce"][::-1].replace("-", "")[:8] + before["nonce"][8:], "")
    late["content"] = lost.seal(late["nonce"], new_words("I am still here"))
    bob = room.link(room.bob)
    assert [text(bob, one) for one in (before, after, late)] == ["from my phone", "It is gone, you say?", "older_state"]
    assert refusal(room.link(room.ada, phone), after) == "wrap_missing"
    with pytest.raises(Refused):
        room.link(room.ada, phone).seal(after["nonce"], new_words("no"))


def test_an_edit_names_the_devices_of_now_and_bounds_nothing(ada_and_bob):
    room = ada_and_bob
    first, second = room.say(room.ada, "one"), room.say(room.bob, "two")
    room.bob.endorse()
    edited = first | {"content": room.link(room.ada).seal(first["nonce"], new_words("One"), revision=1)}
    bob = room.link(room.bob)
    assert [text(bob, edited), text(bob, second)] == ["One", "two"]


def test_a_log_that_is_withheld_or_forked_stops_everything(ada_and_bob):
    room = ada_and_bob
    phone = room.ada.endorse()
    known = room.ada.person()
    assert known.look(room.ada.entries[:1]) == "withheld"
    forked = Side(7)
    forked.root, forked.log = room.ada.root, DeviceLog(7, room.ada.entries[:1])
    forked.endorse()
    assert known.look(forked.entries) == "forked"
    assert known.look(Side(7).entries) == "other_root"
    assert set(known.log.live()) == {room.ada.root.id, phone.id}
    assert known.look(room.ada.entries) == "same"


def test_who_knows_less_says_so_and_asks_anew(ada_and_bob):
    room = ada_and_bob
    stale = Link(room.id, [room.bob.root], [room.bob.person(), room.ada.person()])
    phone = room.ada.endorse()
    message = room.say(room.ada, "from my new phone", phone)
    assert refusal(stale, message) == "heads"
    assert stale.people[7].look(room.ada.entries) == "grown"
    assert text(stale, message) == "from my new phone"


def test_starting_over_is_seen_and_what_was_said_stays(ada_and_bob):
    room = ada_and_bob
    before = room.say(room.ada, "before")
    known, number = room.ada.person(), safety_number(room.ada.log, room.bob.log)
    old, room.ada = room.ada.entries, Side(7)
    assert known.look(room.ada.entries) == "other_root"
    bob = Link(room.id, [room.bob.root], [room.bob.person(), known])
    after = room.say(room.ada, "after")
    assert [text(bob, before), text(bob, after)] == ["before", "heads"]
    assert known.look(room.ada.entries, accept_root=True) == "first"
    assert [text(bob, before), text(bob, after)] == ["before", "after"]
    assert safety_number(room.ada.log, room.bob.log) != number
    assert known.look(old, accept_root=True) == "withheld"
    assert Person(7, known.kept()).kept() == known.kept()


def test_earlier_messages_are_handed_on(room):
    messages = [room.say(room.ada, "one"), room.say(room.bob, "two")]
    first = room.link(room.ada)
    assert [text(first, message) for message in messages] == ["one", "two"]
    keys = first.content_keys
    phone = room.ada.endorse()
    (part,) = hand_on(room.ada.root, phone, room.id, keys)
    link = room.link(room.ada, phone)
    assert [text(link, message) for message in messages] == ["wrap_missing", "wrap_missing"]
    assert take(phone, room.ada.log, part, room.id, 0) == keys
    assert [text(room.link(room.ada, phone, handed_on=keys), message) for message in messages] == ["one", "two"]
    for why, *asked in [
        ("device", room.ada.root, room.ada.log, part, room.id, 0),
        ("psychic", room.bob.root, room.bob.log, part, room.id, 0),
        ("device", phone, room.bob.log, part, room.id, 0),
        ("room", phone, room.ada.log, part, room.id, 1),
        ("room", phone, room.ada.log, part, 13, 0),
        ("shape", phone, room.ada.log, part.replace("part", "Part"), room.id, 0),
        ("signature", phone, room.ada.log, part.replace('"box":"', '"box":"AAAA'), room.id, 0),
    ]:
        with pytest.raises(Refused) as refused:
            take(*asked)
        assert refused.value.why == why


def test_a_code_brings_everything_back(room):
    code = recovery.new_code()
    device = room.ada.endorse(kind="recovery")
    bundle = recovery.wrap(device, code)
    message = room.say(room.bob, "Remember this.")
    back = recovery.unwrap(bundle, code, room.ada.log.devices[device.id])
    assert text(room.link(room.ada, back), message) == "Remember this."
    assert room.ada.endorse(by=back).id in room.ada.log.live()
    for bad, why in [
        ((bundle, recovery.new_code(), device), "code"),
        ((bundle | {"device": room.ada.root.id}, code, device), "device"),
        ((bundle | {"device": room.ada.root.id}, code, room.ada.root), "code"),
        ((bundle | {"salt": bundle["salt"][:-2]}, code, device), "shape"),
        ((recovery.wrap(room.ada.root, code) | {"device": device.id}, code, device), "code"),
    ]:
        with pytest.raises(Refused) as refused:
            recovery.unwrap(*bad)
        assert refused.value.why == why


def test_a_safety_number_is_the_same_for_both(ada_and_bob):
    ada, bob = ada_and_bob.ada.log, ada_and_bob.bob.log
    number = safety_number(ada, bob)
    assert number == safety_number(bob, ada) and len(number.replace(" ", "")) == 60 and len(number.split()) == 12


DEEDS = "endorse", "endorse", "revoke", "recover", "say", "say", "say"


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.booleans(), st.integers(0, 9)), max_size=25))
def test_whatever_happens_live_devices_read_and_revoked_ones_do_not(deeds):
    """Every live device reads what was sent since it came, and no revoked one what came after it went."""
    room = Room(Side(7), Side(9, suite=2))
    came, went = {room.ada.root.id: 0, room.bob.root.id: 0}, {}

    for deed, is_ada, dice in deeds:
        side = room.ada if is_ada else room.bob
        live = side.log.live()
        device = side.devices[list(live)[dice % len(live)]]
        now = len(room.messages)
        if deed == "say":
            room.say(side, f"message {now}", device)
        elif deed == "revoke" and len(live) > 1:
            side.revoke(device, by=side.devices[list(live)[(dice + 1) % len(live)]])
            went[device.id] = now
        elif deed in ("endorse", "recover"):
            change = enter if deed == "endorse" else recover
            for new in change(side, device, dice, went, now):
                came[new.id] = now

    for side in (room.ada, room.bob):
        for id, device in side.devices.items():
            link = room.link(side, device)
            for place, message in enumerate(room.messages):
                reads = came[id] <= place and place < went.get(id, len(room.messages))
                assert text(link, message) == (f"message {place}" if reads else "wrap_missing")


def enter(side, by, dice, went, now):
    if len([one for one in side.log.live().values() if one.kind == "device"]) < device_log.LIVE_DEVICES:
        yield side.endorse(by=by, suite=1 + dice % 2)


def recover(side, by, dice, went, now):
    """A new code in the place of the old one, whose device then lets a new one in."""
    for old in [one for one in side.log.live().values() if one.kind == "recovery" and one.id != by.id]:
        side.revoke(old, by=by)
        went[old.id] = now
    if not [one for one in side.log.live().values() if one.kind == "recovery"]:
        device = side.endorse(by=by, kind="recovery")
        code = recovery.new_code()
        back = recovery.unwrap(recovery.wrap(device, code), code, side.log.devices[device.id])
        yield device
        yield from enter(side, back, dice, went, now)
