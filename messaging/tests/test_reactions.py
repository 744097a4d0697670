"""Reactions: what a message carries of them however many react."""

import json

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from messaging import sync
from messaging.models import Message, Reaction
from mindnet.realtime import events
from presence.models import Psychic

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


def test_a_message_names_a_hundred_an_emoji_and_counts_the_others(message):
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
    with django_assert_num_queries(2):
        [out] = sync.read(Message.objects.filter(pk=message.pk))
    assert len(events.message_event(out)) - before == len("1000") - len("200")


def test_both_doors_and_the_page_say_the_same(api, room, message):
    given(message, EYE, crowd(240))
    history = api("bob", "get", f"/rooms/{room.pk}/messages")
    [out] = sync.read(Message.objects.filter(pk=message.pk))
    assert events.encode(out).encode() in history.content
    item = {"message": out, "first": True}
    page = render_to_string("room/message.html", {"item": item}, request=RequestFactory().get("/"))
    assert f"{EYE} 240" in page
