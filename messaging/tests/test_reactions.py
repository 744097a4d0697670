"""Reactions: what a message carries of them however many react, and how often that is told."""

import asyncio
import json

import pytest

from messaging import reacted, reactions, sync
from messaging.models import Message, Reaction
from messaging.reactions import Gatherer, Toggle
from mindnet.base.errors import DomainError
from mindnet.base.limits import Rate
from mindnet.database.threads import run
from mindnet.realtime import events
from mindnet.tests.pages.visitors import Browser
from presence.models import Psychic
from rooms import restrictions
from rooms.models import Room
from rooms.places import give_place

pytestmark = pytest.mark.django_db

EYE, MOON = "👁", "🌙"


@pytest.fixture
def message(api, room):
    answer = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "all of you"})
    return Message.objects.get(pk=answer.json()["id"])


def crowd(count):
    souls = Psychic.objects.bulk_create(Psychic(username=f"soul{number}") for number in range(count))
    return [soul.pk for soul in souls]


def given(message, emoji, psychic_ids):
    """As if they had reacted, in this order."""
    Reaction.objects.bulk_create(Reaction(message=message, emoji=emoji, psychic_id=one) for one in psychic_ids)
    Message.objects.filter(pk=message.pk).update(has_reactions=True)


def shown(message):
    [out] = sync.read(Message.objects.filter(pk=message.pk))
    return json.loads(events.encode(out))


@pytest.mark.parametrize("few", [500, 10])
def test_a_message_names_a_hundred_an_emoji_and_counts_the_others(message, few, monkeypatch):
    monkeypatch.setattr(reacted, "FEW", few)  # whether they are counted here or by the database
    souls = crowd(240)
    given(message, EYE, souls[:100])
    given(message, MOON, reversed(souls))
    assert shown(message)["reactions"] == {EYE: souls[:100], MOON: souls[:139:-1]}
    assert shown(message)["reaction_counts"] == {MOON: 240}
    given(message, EYE, souls[100:101])
    assert shown(message)["reactions"][EYE] == souls[:100]
    assert shown(message)["reaction_counts"] == {EYE: 101, MOON: 240}


def test_where_all_are_named_nothing_is_counted(message):
    given(message, EYE, crowd(100))
    assert "reaction_counts" not in shown(message)


def test_a_message_grows_no_more_however_many_react(message, django_assert_num_queries):
    souls = crowd(1000)
    given(message, EYE, souls[:200])
    before = len(events.message_event(sync.read(Message.objects.filter(pk=message.pk))[0]))
    given(message, EYE, souls[200:])
    with django_assert_num_queries(3):  # the second finds that there are many
        [out] = sync.read(Message.objects.filter(pk=message.pk))
    assert len(events.message_event(out)) - before == len("1000") - len("200")


def test_both_doors_and_the_page_say_the_same(api, room, message):
    given(message, EYE, crowd(240))
    history = api("bob", "get", f"/rooms/{room.pk}/messages")
    [out] = sync.read(Message.objects.filter(pk=message.pk))
    assert events.encode(out).encode() in history.content
    bob = Browser(Psychic.objects.get(username="bob"))
    assert f"{EYE} 240" in bob.get(f"/room/{room.pk}").text


# Gathering


def given_by(message):
    return sorted(Reaction.objects.filter(message=message).values_list("psychic__username", "emoji"))


def numbers(room):
    """How many the room has given since the message that the tests begin with."""
    return Room.objects.get(pk=room.pk).last_seq - 1


async def carry_out(message, toggles):
    """All at once, by a gatherer of a running server. Gives the results, or what they were refused with."""
    gatherer = Gatherer()
    futures = [gatherer.submit(message.pk, toggle) for toggle in toggles]
    results = await asyncio.gather(*futures, return_exceptions=True)
    await gatherer.stop()
    return results


def a_hundred_in(room):
    """A hundred more in a room, with place for them."""
    souls = crowd(100)
    for soul in Psychic.objects.filter(pk__in=souls):
        give_place(room, soul)
    return souls


@pytest.mark.django_db(transaction=True)
async def test_sixty_changes_of_mind_are_one_change_of_the_message(people, room, message):
    bob = people[1].pk
    results = await carry_out(message, [Toggle(bob, EYE, on=number % 2 == 0) for number in range(59)])
    assert await run(given_by, message) == [("bob", EYE)]
    assert await run(numbers, room) == 1
    assert {(out.changed_seq, *out.reactions[EYE]) for out in results} == {(2, bob)}
    await carry_out(message, [Toggle(bob, EYE, on=number % 2 == 1) for number in range(60)])
    assert await run(numbers, room) == 1, "what is in the end as it was takes no number"


@pytest.mark.django_db(transaction=True)
async def test_a_crowd_that_reacts_at_once_is_told_once_a_moment(room, message):
    souls = await run(a_hundred_in, room)
    gatherer = Gatherer()
    at_once = gatherer.submit(message.pk, Toggle(souls[0], EYE, on=True))
    first = await at_once
    assert (first.reactions, first.changed_seq) == ({EYE: souls[:1]}, 2)
    outs = await asyncio.gather(*(gatherer.submit(message.pk, Toggle(soul, EYE, on=True)) for soul in souls[1:]))
    assert {(len(out.reactions[EYE]), out.changed_seq) for out in outs} == {(100, 3)}
    await gatherer.stop()
    assert (gatherer.waiting, gatherer.count, gatherer.tasks) == ({}, 0, set()), "nothing is kept of it"


@pytest.mark.django_db(transaction=True)
async def test_each_is_refused_alone(people, room, message):
    ada, bob, mallory = people
    restrict = {"psychic": ada, "room_id": room.pk, "kind": "mute", "reason": "loud"}
    await run(restrictions.restrict, username="bob", **restrict)
    toggles = [Toggle(one.pk, EYE, on=True) for one in (bob, mallory, ada)]
    muted, stranger, out = await carry_out(message, [*toggles[:2], toggles[2]])
    assert (muted.code, muted.extra["reason"], stranger.code) == ("muted", "loud", "not_found")
    assert out.reactions == {EYE: [ada.pk]}
    assert await run(given_by, message) == [("ada", EYE)]


@pytest.mark.django_db(transaction=True)
async def test_what_waits_when_a_process_ends_is_stored(people, room, message):
    gatherer = Gatherer()
    await gatherer.submit(message.pk, Toggle(people[0].pk, EYE, on=True))
    waits = gatherer.submit(message.pk, Toggle(people[1].pk, EYE, on=True))
    await gatherer.stop()
    assert len((await waits).reactions[EYE]) == 2


@pytest.mark.django_db(transaction=True)
async def test_more_than_can_wait_is_refused(people, message, monkeypatch):
    monkeypatch.setattr(reactions, "WAITING_MOST", 2)
    gatherer = Gatherer()
    toggles = [Toggle(people[0].pk, emoji, on=True) for emoji in (EYE, MOON)]
    waiting = [gatherer.submit(message.pk, toggle) for toggle in toggles]
    with pytest.raises(DomainError) as caught:
        gatherer.submit(message.pk, toggles[0])
    assert caught.value.code == "overloaded"
    await asyncio.gather(*waiting)
    await gatherer.submit(message.pk, toggles[0])
    await gatherer.stop()


@pytest.mark.django_db(transaction=True)
async def test_a_message_there_is_not_refuses_all(people, room):
    results = await carry_out(Message(pk=10**9), [Toggle(one.pk, EYE, on=True) for one in people])
    assert [error.code for error in results] == ["not_found"] * 3


def test_a_message_carries_so_many_different_emoji_and_no_more(people, message):
    emoji = [chr(0x1F400 + number) for number in range(21)]
    toggles = [Toggle(people[0].pk, one, on=True) for one in emoji]
    results = reactions.store(message.pk, toggles)
    assert results[-1].code == "validation_error" and len(results[0].reactions) == 20
    swap = [Toggle(people[0].pk, emoji[0], on=False), toggles[-1]]
    assert list(reactions.store(message.pk, swap)[-1].reactions) == emoji[1:]


def test_reactions_have_a_rate(people, room, message, settings, limits_on):
    settings.LIMITS = settings.LIMITS | {"REACTION_RATE": Rate(20, 0.01)}  # none comes back meanwhile
    ada = people[0]
    for number in range(20):
        reactions.react(psychic=ada, message_id=message.pk, emoji=EYE, on=number % 2 == 0)
    with pytest.raises(DomainError) as caught:
        reactions.react(psychic=ada, message_id=message.pk, emoji=EYE, on=True)
    assert caught.value.code == "rate_limited" and 0 < caught.value.extra["retry_after"] <= 101
    assert numbers(room) == 20
