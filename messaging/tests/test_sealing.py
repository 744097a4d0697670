"""Sealed messages as the writer meets them: for which devices, in which place, and what may be said plainly."""

import json
import random
import threading
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import edits, services, writer
from messaging.models import Message
from messaging.reactions import react
from mindnet.base.errors import DomainError
from mindnet.base.signed import b64
from mindnet.database.transactions import write_transaction
from mindnet.tests.support.sealed import Keys, Mind, envelope, noise, two_minds
from rooms import devices
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(people):
    ada, *_ = people
    return rooms.create_room(psychic=ada, kind="private", with_username="bob")[0]


@pytest.fixture
def minds(people, link):
    """Ada and Bob, each with a device."""
    return two_minds(*people[:2])


def post(mind, room, sealed):
    return services.post_message(psychic=mind.psychic, room_id=room.pk, **sealed)


def refusal(code, call, *arguments, **fields):
    with pytest.raises(DomainError) as caught:
        call(*arguments, **fields)
    assert caught.value.code == code, caught.value
    return caught.value


def test_what_is_sealed_for_all_live_devices_is_stored(minds, link):
    ada, bob = minds
    bob.endorse(suite=2)
    code = ada.recover_by()
    sealed = envelope(link.pk, ada, bob, to=[*reversed(ada.live), *bob.live])
    out, duplicate = post(ada, link, sealed)
    assert (out.message_type, out.content, out.mentions, duplicate) == ("sealed", sealed["content"], [], False)
    answer, _ = post(bob, link, envelope(link.pk, bob, ada, by=bob.live[1], reply_to=out.id) | {"reply_to": out.id})
    assert (answer.reply_to, answer.seq) == (out.id, 2)
    ada.revoke(code)
    post(bob, link, envelope(link.pk, bob, ada))


def test_another_list_of_devices_is_refused_with_those_of_now(minds, link):
    ada, bob = minds
    too_few = envelope(link.pk, ada, bob, to=ada.live)
    too_many = envelope(link.pk, ada, bob, to=[*ada.live, *bob.live, Keys(bob.psychic)])
    late = envelope(link.pk, ada, bob)
    for sealed in (too_few, too_many):
        error = refusal("device_list_changed", post, ada, link, sealed)
        assert [one.head for one in error.extra["lists"]] == [ada.head, bob.head]
    bob.endorse()
    error = refusal("device_list_changed", post, ada, link, late)
    assert [len(one.devices) for one in error.extra["lists"]] == [1, 2]
    post(ada, link, envelope(link.pk, ada, bob, nonce=late["nonce"]))
    assert Message.objects.count() == 1


def test_long_lists_are_left_out_of_the_refusal(minds, link, settings):
    settings.LIMITS = settings.LIMITS | {"SERVER_FRAME_BYTES": 1000}
    late = envelope(link.pk, *minds)
    minds[1].endorse()
    error = refusal("device_list_changed", post, minds[0], link, late)
    assert "lists" not in error.extra


def test_a_device_that_is_not_the_senders_live_one_seals_nothing(minds, link):
    ada, bob = minds
    gone = ada.endorse()
    ada.revoke(gone)
    for device in (gone, bob.live[0], Keys(ada.psychic)):
        error = refusal("validation_error", post, ada, link, envelope(link.pk, ada, bob, by=device))
        assert "live" in error.errors["content"][0]


@pytest.mark.parametrize(
    "says",
    [
        {"room": 0}, {"sender": 0}, {"nonce": str(uuid.uuid4())}, {"nonce": "x"}, {"revision": 1}, {"reply_to": 7},
        {"room": True}, {"v": 2}, {"suite": 3}, {"device": "x"}, {"heads": {}}, {"heads": {"1": 1, "2": None}},
        {"heads": {"1": "a", "2": "b", "3": "c"}}, {"room": 10**40}, {"reply_to": [[]]}, {"more": None},
    ],
)  # fmt: skip
def test_what_was_sealed_for_another_place_is_refused(minds, link, says):
    error = refusal("validation_error", post, minds[0], link, envelope(link.pk, *minds, says=says))
    assert set(error.errors) == {"content"}


def test_somebody_elses_envelope_is_not_ones_own(minds, link):
    """Replayed by the other, moved to another room, or under another nonce."""
    ada, bob = minds
    sealed = envelope(link.pk, ada, bob)
    post(ada, link, sealed)
    refusal("validation_error", post, bob, link, sealed)
    refusal("validation_error", post, ada, link, sealed | {"nonce": uuid.uuid4()})
    refusal("validation_error", post, ada, link, sealed | {"nonce": None})
    elsewhere, _ = rooms.create_room(psychic=ada.psychic, name="open")
    refusal("validation_error", post, ada, elsewhere, sealed)
    refusal("validation_error", post, ada, elsewhere, envelope(elsewhere.pk, ada, bob))


@pytest.mark.parametrize(
    "change",
    [
        {"box": "A"}, {"box": noise(27)}, {"box": "=" * 100}, {"box": 7}, {"signature": noise(63)}, {"signature": None},
        {"to": []}, {"to": {}}, {"to": ["x"]}, {"to": [{}] * 23}, {"header": {}}, {"header": "[" * 9000},
        {"header": '{"v": 1, "v": 1}'}, {"header": "\ud800"}, {"more": 1},
    ],
)  # fmt: skip
def test_what_has_not_the_shape_is_refused(minds, link, change):
    sealed = envelope(link.pk, *minds)
    changed = json.loads(sealed["content"]) | change
    error = refusal("validation_error", post, minds[0], link, sealed | {"content": json.dumps(changed)})
    assert set(error.errors) == {"content"}


@pytest.mark.parametrize("wrong", [{"device": "x"}, {"enc": noise(33)}, {"key": noise(47)}, {"key": None}, {"x": 1}])
def test_wraps_that_are_none_are_refused(minds, link, wrong):
    sealed = envelope(link.pk, *minds)
    whole = json.loads(sealed["content"])
    odd = whole | {"to": [whole["to"][0] | wrong, whole["to"][1]]}
    twice = whole | {"to": [*whole["to"], whole["to"][0]]}
    for one in (odd, twice):
        refusal("validation_error", post, minds[0], link, sealed | {"content": json.dumps(one)})
    for text in ("sealed", "[]", "null", "[" * 30000, sealed["content"].replace("{", '{"box": "A", ', 1)):
        refusal("validation_error", post, minds[0], link, sealed | {"content": text})


def test_why_it_is_urgent_is_said_within(minds, link):
    sealed = envelope(link.pk, *minds) | {"urgent": True}
    error = refusal("validation_error", post, minds[0], link, sealed | {"urgent_reason": "The house is on fire."})
    assert set(error.errors) == {"urgent_reason"}
    assert post(minds[0], link, sealed)[0].urgent


# Plain text


def test_plain_text_goes_until_both_have_a_device(people, link):
    ada, bob = (Mind(one) for one in people[:2])
    plain, _ = services.post_message(psychic=ada.psychic, room_id=link.pk, content="hello")
    ada.begin()
    heads = {str(one.psychic.pk): ada.head for one in (ada, bob)}
    error = refusal("device_list_changed", post, ada, link, envelope(link.pk, ada, bob, says={"heads": heads}))
    assert [one.head for one in error.extra["lists"]] == [ada.head, None]
    services.post_message(psychic=bob.psychic, room_id=link.pk, content="hello")
    device = bob.begin()
    for psychic in people[:2]:
        refusal("sealed_required", services.post_message, psychic=psychic, room_id=link.pk, content="hello")
    refusal("sealed_required", edits.edit_message, psychic=ada.psychic, message_id=plain.id, content="changed")
    services.delete_message(psychic=ada.psychic, message_id=plain.id)
    bob.revoke(device)
    services.post_message(psychic=ada.psychic, room_id=link.pk, content="hello")


def test_a_retry_of_what_was_said_plainly_is_answered_all_the_same(people, link):
    said = {"psychic": people[0], "room_id": link.pk, "content": "hello", "nonce": uuid.uuid4()}
    first, _ = services.post_message(**said)
    minds = two_minds(*people[:2])
    assert services.post_message(**said) == (first, True)
    sealed = envelope(link.pk, *minds, nonce=said["nonce"])
    refusal("nonce_reused", post, minds[0], link, sealed)


def test_a_retry_that_was_sealed_again_is_the_same_message(minds, link):
    ada, bob = minds
    first = envelope(link.pk, ada, bob)
    again = envelope(link.pk, ada, bob, nonce=first["nonce"])
    stored, _ = post(ada, link, first)
    assert post(ada, link, again) == (stored, True)
    bob.endorse()
    assert post(ada, link, again) == (stored, True)
    drafts = [services.make_draft(psychic=ada.psychic, room_id=link.pk, **one) for one in (again, first)]
    assert [one.duplicate for one in writer.store(drafts)] == [True, True]


# Edits


def test_an_edit_is_sealed_again_one_revision_higher(minds, link):
    ada, bob = minds
    first = envelope(link.pk, ada, bob)
    out, _ = post(ada, link, first)

    def edit(revision, mind=ada, **says):
        content = envelope(link.pk, ada, bob, nonce=first["nonce"], revision=revision, says=says)["content"]
        return edits.edit_message(psychic=mind.psychic, message_id=out.id, content=content)

    for revision in (0, 2):
        refusal("conflict", edit, revision)
    refusal("validation_error", edits.edit_message, psychic=ada.psychic, message_id=out.id, content="plainly")
    refusal("validation_error", edit, 1, nonce=str(uuid.uuid4()))
    refusal("validation_error", edit, 1, reply_to=out.id)
    refusal("validation_error", edit, 1, sender=bob.psychic.pk)
    refusal("permission_denied", edit, 1, mind=bob)
    edited = edit(1)
    assert (edited.message_type, json.loads(json.loads(edited.content)["header"])["revision"]) == ("sealed", 1)
    assert edits.edit_message(psychic=ada.psychic, message_id=out.id, content=edited.content) == edited
    bob.endorse()
    late = bob.log.pop()
    error = refusal("device_list_changed", edit, 2)
    assert len(error.extra["lists"]) == 2
    bob.log.append(late)
    edit(2)


# Reactions


def test_reactions_on_a_sealed_message_are_sealed(minds, link, people, client):
    ada, bob = minds
    out, _ = post(ada, link, envelope(link.pk, ada, bob))
    token = noise(76)
    assert react(psychic=people[1], message_id=out.id, emoji=token, on=True).reactions == {token: [people[1].pk]}
    assert react(psychic=people[1], message_id=out.id, emoji=token, on=False).reactions == {}
    for emoji in ("🔮", token[:-1], token[:-1] + "B", b64(b"x" * 77)):
        refusal("validation_error", react, psychic=people[1], message_id=out.id, emoji=emoji, on=True)
    bob.revoke(bob.live[0])
    plain, _ = services.post_message(psychic=people[0], room_id=link.pk, content="hello")
    refusal("validation_error", react, psychic=people[1], message_id=plain.id, emoji=token, on=True)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_a_message_is_for_just_those_who_are_live(people, link, seed):
    """Any sequence of adding, revoking, recovering, starting over and sending, the latter from what a client may think
    of the lists: stored is what is for all live devices and no other, and everything else is refused."""
    chance, minds = random.Random(seed), two_minds(*people[:2])
    codes, stored = {}, []
    for _ in range(25):
        mind = chance.choice(minds)
        known = [(list(one.log), list(one.live)) for one in minds]
        deed = chance.choice(["add", "revoke", "code", "over", "send", "send"])
        if deed == "add" and len(mind.live) < 5:
            mind.endorse(by=chance.choice(mind.live), suite=chance.choice([1, 2]))
        elif deed == "revoke" and len(mind.live) > 1:
            gone = mind.revoke(chance.choice(mind.live), by=chance.choice(mind.live))
            codes = {whose: code for whose, code in codes.items() if code is not gone}
        elif deed == "code":
            codes[mind] = mind.recover_by(before=codes.get(mind), by=mind.live[0])
        elif deed == "over" and chance.random() < 0.3:
            codes.pop(mind, None)
            mind.begin(start_over=True)
        now = [(list(one.log), list(one.live)) for one in minds]
        sender, other = minds if chance.random() < 0.5 else minds[::-1]
        for (before, was_live), one in zip(known, minds, strict=True):
            one.log, one.live = before, was_live
        late = envelope(link.pk, sender, other)
        for (log, live), one in zip(now, minds, strict=True):
            one.log, one.live = log, live
        if known != now:
            refusal("device_list_changed", post, sender, link, late)
            late = envelope(link.pk, sender, other, nonce=late["nonce"])
        post(sender, link, late)
        stored.append({one["device"] for one in json.loads(late["content"])["to"]})
        assert stored[-1] == {device.id for one in minds for device in one.live}
    assert Message.objects.filter(room=link).count() == len(stored)


# What it costs


def test_only_a_mind_link_costs_a_statement_more(minds, link, people):
    ada, bob = minds
    room, _ = rooms.create_room(psychic=people[0], name="open")

    def statements(room, said):
        draft = services.make_draft(psychic=people[0], room_id=room.pk, **said)
        with CaptureQueriesContext(connection) as counted:
            writer.store([draft])
        return [one["sql"] for one in counted.captured_queries]

    statements(room, {"content": "warm"})
    plain, sealed = statements(room, {"content": "x"}), statements(link, envelope(link.pk, ada, bob))
    assert not any("device_logs" in one for one in plain)
    assert sum("device_logs" in one for one in sealed) == 1
    assert len(sealed) == len(plain) + 1


# At once


def beside(call):
    """A thread that calls, and where its result will be: what it gave, or the code of the refusal."""
    results = []

    def run():
        try:
            results.append(call())
        except DomainError as error:
            results.append(error.code)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def outcome_of(call, *, while_open):
    """What `call` comes to that begins when `while_open` is done and not committed yet."""
    with write_transaction():
        while_open()
        thread, results = beside(call)
        thread.join(0.3)
        assert results == [], "it did not wait"
    thread.join(30)
    return results[0]


@pytest.fixture
def committed(transactional_db, people):
    ada, bob = people[:2]
    return rooms.create_room(psychic=ada, kind="private", with_username="bob")[0], two_minds(ada, bob)


def test_a_message_waits_for_an_endorsement_and_is_refused(committed):
    link, (ada, bob) = committed
    new = Keys(bob.psychic)
    devices.offer_device(psychic=bob.psychic, **new.offer)
    entry = bob.entry("endorse", new, bob.live[0])

    def endorse():
        devices.endorse_device(psychic=bob.psychic, device_id=new.id, entry=entry)

    late = envelope(link.pk, ada, bob)
    assert outcome_of(lambda: post(ada, link, late), while_open=endorse) == "device_list_changed"
    assert not Message.objects.exists()


def test_an_endorsement_waits_for_a_message(committed):
    link, (ada, bob) = committed
    new = Keys(bob.psychic)
    devices.offer_device(psychic=bob.psychic, **new.offer)
    entry = bob.entry("endorse", new, bob.live[0])
    draft = services.make_draft(psychic=ada.psychic, room_id=link.pk, **envelope(link.pk, ada, bob))
    edited = outcome_of(
        lambda: devices.endorse_device(psychic=bob.psychic, device_id=new.id, entry=entry).head,
        while_open=lambda: writer.commit([draft]),
    )
    bob.keep(entry, came=new)
    assert (edited, Message.objects.count()) == (bob.head, 1)


def test_plain_words_wait_for_the_first_device_and_are_refused(transactional_db, people):
    ada, bob = (Mind(one) for one in people[:2])
    link = rooms.create_room(psychic=ada.psychic, kind="private", with_username="bob")[0]
    ada.begin()

    def say():
        return services.post_message(psychic=ada.psychic, room_id=link.pk, content="hello")

    assert outcome_of(say, while_open=bob.begin) == "sealed_required"
