"""Reactions over REST: what is one, and which are the same."""

from importlib import import_module
from urllib.parse import quote

import pytest
from django.apps import apps

from messaging.models import Message, Reaction
from messaging.tests.conftest import refused, say
from presence.models import Psychic

pytestmark = pytest.mark.django_db

EYE = "👁"


def reaction_path(message, emoji):
    return f"/messages/{message['id']}/reactions/{quote(emoji)}"


def test_reactions_come_and_go(api, room):
    message = say(api, room, "look")
    path = reaction_path(message, EYE)
    bob = Psychic.objects.get(username="bob").pk
    answer = api("bob", "put", path)
    assert answer.status_code == 200 and answer.json()["reactions"] == {EYE: [bob]}
    again = api("bob", "put", path)
    assert again.json()["changed_seq"] == answer.json()["changed_seq"]
    assert api("bob", "delete", path).status_code == 204
    [seen] = api("ada", "get", f"/rooms/{room.pk}/messages").json()["results"]
    assert seen["reactions"] == {}


@pytest.mark.parametrize(
    "emoji",
    [
        "x", "like", "<b>", "👁" * 17, " ", "\0", "\u200b", "\ufe0f", "\u202e", "плохо", "馬鹿", "%FF", "🜁", "👁👁", "👁x",
        "❤\ufe0e", "😀\u200d😀", "🏽", "1", "#",
    ],
)  # fmt: skip
def test_only_emoji_are_reactions(api, room, emoji):
    message = say(api, room, "look")
    refused(api("bob", "put", reaction_path(message, emoji)), 400, "validation_error")
    refused(api("bob", "delete", reaction_path(message, emoji)), 400, "validation_error")


def test_bytes_that_are_no_text_are_no_reaction(api, room):
    message = say(api, room, "look")
    refused(api("bob", "put", f"/messages/{message['id']}/reactions/%FF"), 400, "validation_error")


@pytest.mark.parametrize("emoji", ["👁", "❤\ufe0f", "🏳\ufe0f\u200d🌈", "👩🏽\u200d💻", "🇩🇪", "#\ufe0f\u20e3", "🫨"])
def test_any_emoji_of_unicodes_list_is_a_reaction(api, room, emoji):
    bob = Psychic.objects.get(username="bob").pk
    answer = api("bob", "put", reaction_path(say(api, room, "look"), emoji))
    assert answer.status_code == 200 and answer.json()["reactions"] == {emoji: [bob]}


@pytest.mark.parametrize("first, second", [("❤", "❤\ufe0f"), ("❤\ufe0f", "❤"), ("👍", "👍\ufe0f"), ("👍\ufe0f", "👍")])
def test_both_ways_to_write_an_emoji_are_one_reaction(api, room, first, second):
    message = say(api, room, "look")
    ada, bob = (Psychic.objects.get(username=name).pk for name in ("ada", "bob"))
    one = api("ada", "put", reaction_path(message, first)).json()
    again = api("ada", "put", reaction_path(message, second)).json()
    assert again == one
    [(emoji, who)] = api("bob", "put", reaction_path(message, second)).json()["reactions"].items()
    assert who == [ada, bob] and emoji in (first, "👍")
    assert api("ada", "delete", reaction_path(message, second)).status_code == 204
    [seen] = api("ada", "get", f"/rooms/{room.pk}/messages").json()["results"]
    assert seen["reactions"] == {emoji: [bob]}


def test_the_reactions_of_earlier_releases_become_emoji(api, room):
    ada, bob = Psychic.objects.filter(username__in=("ada", "bob")).order_by("username")
    liked, cursed = (Message.objects.get(pk=say(api, room, text)["id"]) for text in ("liked", "cursed"))
    Message.objects.update(has_reactions=True)
    for message, psychic, emoji in [
        (liked, bob, "❤"), (liked, ada, "❤\ufe0f"), (liked, bob, "❤\ufe0f"), (liked, ada, "👁"), (liked, ada, "плохо"),
        (cursed, bob, "\u202e"),
    ]:  # fmt: skip
        Reaction.objects.create(message=message, psychic=psychic, emoji=emoji)
    migration = import_module("messaging.migrations.0005_reactions_of_one_emoji")
    migration.keep_emoji(apps, None)
    seen = api("ada", "get", f"/rooms/{room.pk}/messages").json()["results"]
    assert [message["reactions"] for message in seen] == [{"❤": [bob.pk, ada.pk], "👁": [ada.pk]}, {}]
    assert list(Message.objects.order_by("pk").values_list("has_reactions", flat=True)) == [True, False]
