"""Offering, endorsing and revoking devices, on either database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mindnet.tests.support.sealed import Keys, Mind, bundle, handed_on, two_minds
from presence import blocks
from rooms import devices, recovery, services
from rooms import handed_on as handing
from rooms.device_lists import get_list, lists_of, own_devices
from rooms.models import Device, DeviceLog, DeviceLogEntry, HandedOnKeys, RecoveryBundle
from rooms.tests.checks import refused
from rooms.tests.test_services_races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def mind(ada):
    """Ada, with one device."""
    mind = Mind(ada)
    mind.begin()
    return mind


@pytest.fixture
def link(ada, bob):
    room, _ = services.create_room(psychic=ada, kind="private", with_username="bob")
    return room


def ids(devices):
    return [device.id for device in devices]


def test_the_first_device_begins_the_log_and_the_next_waits(mind):
    first, second = mind.live[0], Keys(mind.psychic, name="Ångström", suite=2)
    answer, is_new = devices.offer_device(psychic=mind.psychic, **second.offer)
    assert is_new and (ids(answer.devices), ids(answer.waiting), answer.recovery) == ([first.id], [second.id], False)
    assert devices.offer_device(psychic=mind.psychic, **second.offer)[1] is False
    mind.endorse(second)
    answer = own_devices(psychic=mind.psychic)
    assert (ids(answer.devices), answer.waiting, answer.head) == ([first.id, second.id], [], mind.head)
    assert [vars_of(entry) for entry in answer.log] == mind.log


def vars_of(entry):
    return {"statement": entry.statement, "signature": entry.signature}


def test_what_comes_again_changes_nothing(mind):
    first, second = mind.live[0], Keys(mind.psychic)
    root = mind.log[0]
    assert devices.offer_device(psychic=mind.psychic, **first.offer, entry=root)[1] is False
    devices.offer_device(psychic=mind.psychic, **second.offer)
    endorsement = mind.entry("endorse", second, first)
    for _ in range(2):
        devices.endorse_device(psychic=mind.psychic, device_id=second.id, entry=endorsement)
    mind.keep(endorsement, came=second)
    revocation = mind.entry("revoke", second, first)
    for _ in range(2):
        answer = devices.revoke_device(psychic=mind.psychic, device_id=second.id, entry=revocation)
    assert (len(answer.log), ids(answer.devices)) == (3, [first.id])


def test_a_card_waits_for_a_day_and_ten_wait_at_a_time(mind):
    offers = [Keys(mind.psychic) for _ in range(11)]
    for one in offers[:10]:
        devices.offer_device(psychic=mind.psychic, **one.offer)
    refused("conflict", devices.offer_device, psychic=mind.psychic, **offers[10].offer)
    Device.objects.filter(pk=offers[0].id).update(offered_at=timezone.now() - timedelta(hours=25))
    entry = mind.entry("endorse", offers[0], mind.live[0])
    refused("not_found", devices.endorse_device, psychic=mind.psychic, device_id=offers[0].id, entry=entry)
    devices.offer_device(psychic=mind.psychic, **offers[10].offer)
    assert not Device.objects.filter(pk=offers[0].id).exists()
    devices.offer_device(psychic=mind.psychic, **offers[10].offer)


def test_who_was_revoked_never_comes_back(mind):
    second = mind.endorse()
    mind.revoke(second)
    refused("conflict", devices.offer_device, psychic=mind.psychic, **second.offer)
    entry = mind.entry("endorse", second, mind.live[0])
    refused("not_found", devices.endorse_device, psychic=mind.psychic, device_id=second.id, entry=entry)


def test_an_entry_for_an_old_head_is_refused_with_the_list_of_now(mind):
    second, third = Keys(mind.psychic), Keys(mind.psychic)
    devices.offer_device(psychic=mind.psychic, **second.offer)
    late = mind.entry("endorse", second, mind.live[0])
    mind.endorse(third)
    error = refused(
        "device_list_changed", devices.endorse_device, psychic=mind.psychic, device_id=second.id, entry=late
    )
    [whole] = error.extra["lists"]
    assert (whole.psychic.username, whole.head, len(whole.log)) == ("ada", mind.head, 2)


def test_a_second_root_is_refused_unless_one_starts_over(mind):
    other = Keys(mind.psychic)
    fresh = Mind(mind.psychic)
    entry = fresh.entry("root", other, other)
    error = refused("device_list_changed", devices.offer_device, psychic=mind.psychic, **other.offer, entry=entry)
    assert error.extra["lists"][0].head == mind.head


def test_starting_over_buries_the_devices_before(mind, link, ada):
    code = mind.recover_by()
    second = mind.endorse()
    handing.hand_on(
        psychic=ada, device_id=second.id, room_id=link.pk, part=0,
        sealed=handed_on(link.pk, mind.live[0], second, psychic=ada),
    )  # fmt: skip
    new = mind.begin(start_over=True)
    answer = own_devices(psychic=ada)
    assert (ids(answer.devices), len(answer.log), answer.head, answer.recovery) == ([new.id], 1, mind.head, False)
    assert not RecoveryBundle.objects.exists() and not HandedOnKeys.objects.exists()
    assert set(Device.objects.filter(state="revoked").values_list("pk", flat=True)) >= {code.id, second.id}
    before = get_list(psychic=ada, username="ada", generation=0)
    assert (len(before.log), before.devices, before.psychic.username) == (3, [], "ada")
    for generation in (1, 2**63 - 1):
        refused("not_found", get_list, psychic=ada, username="ada", generation=generation)
    again = Mind(ada).entry("root", second, second)
    refused("conflict", devices.offer_device, psychic=ada, **second.offer, entry=again, start_over=True)


def test_a_full_log_says_that_one_starts_over(mind, settings):
    settings.LIMITS = settings.LIMITS | {"DEVICE_LOG_ENTRIES": 2}
    mind.endorse()
    with pytest.raises(Exception, match="Start over"):
        mind.endorse()
    mind.begin(start_over=True)


def test_mallory_adds_nothing_to_anybodys_log(mind, mallory):
    evil = Mind(mallory)
    evil.begin()
    second = Keys(mind.psychic)
    devices.offer_device(psychic=mind.psychic, **second.offer)
    refused("validation_error", devices.offer_device, psychic=mallory, **second.offer)
    by_evil = mind.entry("endorse", second, evil.live[0])
    for who, code in ((mallory, "not_found"), (mind.psychic, "validation_error")):
        refused(code, devices.endorse_device, psychic=who, device_id=second.id, entry=by_evil)
    theirs = mind.entry("revoke", mind.live[0], mind.live[0])
    refused("not_found", devices.revoke_device, psychic=mallory, device_id=mind.live[0].id, entry=theirs)
    refused("validation_error", devices.revoke_device, psychic=mind.psychic, device_id=second.id, entry=theirs)
    assert own_devices(psychic=mind.psychic).head == mind.head


# Recovery


def test_a_new_code_takes_the_place_of_the_one_before(mind, ada):
    refused("not_found", recovery.get_recovery, psychic=ada)
    before = mind.recover_by()
    assert recovery.get_recovery(psychic=ada).device == before.id
    entry = mind.entry("endorse", Keys(ada, kind="recovery"), mind.live[0])
    other = Keys(ada, kind="recovery")
    entry = mind.entry("endorse", other, mind.live[0])
    refused(
        "validation_error", recovery.put_recovery, psychic=ada, **other.offer, entries=[entry], bundle=bundle(other)
    )
    after = mind.recover_by(before=before)
    assert recovery.get_recovery(psychic=ada).device == after.id
    mind.endorse(by=after)
    mind.revoke(after, by=mind.live[0])
    refused("not_found", recovery.get_recovery, psychic=ada)


@pytest.mark.parametrize(
    "wrong",
    [{"v": 2}, {"salt": "AA"}, {"iv": "A" * 17}, {"box": ""}, {"box": "A" * 3000}, {"device": "A" * 22}, {"x": 1}],
)
def test_a_bundle_that_is_none_is_refused(mind, ada, wrong):
    code = Keys(ada, kind="recovery")
    entries = [mind.entry("endorse", code, mind.live[0])]
    for value in (bundle(code) | wrong, [], "{}", None):
        refused("validation_error", recovery.put_recovery, psychic=ada, **code.offer, entries=entries, bundle=value)


def test_only_the_code_before_is_revoked_on_the_way(mind, ada):
    second = mind.endorse()
    code = Keys(ada, kind="recovery")
    first = mind.entry("revoke", second, mind.live[0])
    mind.log.append(first)
    entries = [first, mind.entry("endorse", code, mind.live[0])]
    refused("validation_error", recovery.put_recovery, psychic=ada, **code.offer, entries=entries, bundle=bundle(code))
    assert own_devices(psychic=ada).devices[1].id == second.id


# Keys that are handed on


def test_keys_are_handed_on_to_an_own_live_device(mind, link, ada, bob, mallory, settings):
    settings.LIMITS = settings.LIMITS | {"HANDED_ON_PARTS": 2}
    first, second = mind.live[0], mind.endorse()

    def hand(psychic=ada, part=0, device=second, room=link.pk, source=first, written=link.pk):
        sealed = handed_on(written, source, second, psychic=ada, part=part)
        handing.hand_on(psychic=psychic, device_id=device.id, room_id=room, part=part, sealed=sealed)
        return sealed

    hand()
    sealed = [hand(), hand(part=1)]
    assert [row.sealed for row in handing.handed_on(psychic=ada, device_id=second.id).order_by("pk")] == sealed
    for room_id, count in ((link.pk, 2), (link.pk + 1, 0), (2**70, 0)):
        assert handing.handed_on(psychic=ada, device_id=second.id, room_id=room_id).count() == count
    refused("not_found", handing.handed_on, psychic=mallory, device_id=second.id)
    refused("validation_error", hand, part=2)
    refused("validation_error", hand, psychic=mallory)
    refused("validation_error", hand, device=first)
    refused("validation_error", hand, source=Keys(ada))
    refused("validation_error", hand, room=link.pk + 1)
    open_room, _ = services.create_room(psychic=ada, name="open")
    refused("not_found", hand, room=open_room.pk, written=open_room.pk)
    mind.revoke(second)
    assert not HandedOnKeys.objects.exists()
    refused("not_found", hand)


# Who sees whose


def test_a_list_is_for_who_shares_a_room(mind, link, ada, bob, mallory):
    assert get_list(psychic=bob, username="ADA").head == mind.head
    assert get_list(psychic=ada, username="ada").head == mind.head
    assert (get_list(psychic=ada, username="bob").head, get_list(psychic=ada, username="bob").log) == (None, [])
    for name in ("ada", "nobody", "\0"):
        refused("not_found", get_list, psychic=mallory, username=name)
    open_room, _ = services.create_room(psychic=mallory, name="open")
    services.join_room(psychic=ada, room_id=open_room.pk)
    assert get_list(psychic=mallory, username="ada").head == mind.head
    services.leave_room(psychic=ada, room_id=open_room.pk)
    refused("not_found", get_list, psychic=mallory, username="ada")


def test_a_list_stays_for_who_keeps_the_link_to_read(mind, link, ada, bob):
    mind.recover_by()
    blocks.block(psychic=ada, username="bob")
    assert get_list(psychic=bob, username="ada").head == mind.head, "a block is told to nobody"
    services.end_room(psychic=ada, room_id=link.pk)
    ada.is_active = False
    ada.save(update_fields=["is_active"])
    assert get_list(psychic=bob, username="ada").head == mind.head
    assert not RecoveryBundle.objects.exists()
    services.leave_room(psychic=bob, room_id=link.pk)
    refused("not_found", get_list, psychic=bob, username="ada")


def test_two_lists_take_few_queries(ada, bob, link, django_assert_num_queries):
    for mind in two_minds(ada, bob):
        mind.endorse()
    with django_assert_num_queries(3):
        assert [len(one.log) for one in lists_of([ada, bob])] == [2, 2]


# News


def test_the_two_of_a_link_hear_of_a_change_and_nobody_else(link, ada, bob, mallory, listen):
    room, _ = services.create_room(psychic=ada, name="open")
    services.join_room(psychic=mallory, room_id=room.pk)
    ear = listen(room.pk)
    mind = Mind(ada)
    mind.begin()
    [told] = ear.messages()
    assert told["psychics"] == [ada.pk, bob.pk]
    assert told["line"] == (
        f'{{"type":"devices.changed","payload":{{"psychic":{{"id":{ada.pk},"username":"ada"}},"head":"{mind.head}"}}}}'
    )
    second = Keys(ada)
    devices.offer_device(psychic=ada, **second.offer)
    assert [one["psychics"] for one in ear.messages()] == [[ada.pk]]


def test_ones_devices_hear_of_keys_once_all_of_a_link_are_there(mind, link, ada, listen):
    ear, second = listen(link.pk), mind.endorse()
    ear.messages()
    for part, told in ((1, []), (0, [[ada.pk]])):
        sealed = handed_on(link.pk, mind.live[0], second, psychic=ada, part=part)
        handing.hand_on(psychic=ada, device_id=second.id, room_id=link.pk, part=part, sealed=sealed)
        assert [one["psychics"] for one in ear.messages()] == told


# At once


@pytest.mark.django_db(transaction=True)
def test_of_two_endorsements_at_once_one_is_refused(ada):
    mind = Mind(ada)
    mind.begin()
    for _ in range(3):
        offers = [Keys(ada), Keys(ada)]
        for one in offers:
            devices.offer_device(psychic=ada, **one.offer)
        entries = [mind.entry("endorse", one, mind.live[0]) for one in offers]

        def endorse(one, entry):
            return lambda: devices.endorse_device(psychic=ada, device_id=one.id, entry=entry).head

        results = at_once([endorse(*pair) for pair in zip(offers, entries, strict=True)])
        assert results.count("device_list_changed") == 1
        won = results[0] == "device_list_changed"
        mind.keep(entries[won], came=offers[won])
        assert mind.head in results
        assert DeviceLog.objects.get(pk=ada.pk).live.split() == ids(mind.live)


@pytest.mark.django_db(transaction=True)
def test_of_two_first_devices_at_once_one_begins_the_log(ada):
    first, second = Keys(ada), Keys(ada)

    def begin(one):
        entry = Mind(ada).entry("root", one, one)
        return lambda: devices.offer_device(psychic=ada, **one.offer, entry=entry)[1]

    assert sorted(map(str, at_once([begin(first), begin(second)]))) == ["True", "device_list_changed"]
    assert DeviceLogEntry.objects.count() == 1
