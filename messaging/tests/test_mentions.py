"""Whom a text means."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import edits, mentions, services
from messaging.models import Message
from mindnet.base import rates
from presence.models import Psychic, Status
from rooms import roles
from rooms import services as rooms
from rooms.models import Role, Room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def full_buckets():
    rates.buckets.clear()


def say(room, psychic, content, **fields):
    message, _ = services.post_message(psychic=psychic, room_id=room.pk, content=content, **fields)
    return message


def asking_for(room, role):
    Room.objects.filter(pk=room.pk).update(mention_all=role)


@pytest.mark.parametrize(
    "text",
    [
        "@paul",
        "@PAUL!",
        "hello @paul.",
        "(@paul)",
        "@paul, look",
        "@paul @paul @mona's",
        "@nobody-else @paul",
        "@paul-",
    ],
)
def test_a_name_means_whoever_bears_it(cast, text):
    meant = {cast.participant.pk} | ({cast.moderator.pk} if "mona" in text else set())
    assert set(say(cast.room, cast.owner, text).mentions) == meant


@pytest.mark.parametrize(
    "text",
    [
        "paul",
        "a@paul",
        "paul@paul.example",
        "@@paul",
        "/@paul",
        "@paulx",
        "@pa",
        "@otto",
        "@olga",
        "@" * 4000,
        "@ paul",
    ],
)
def test_what_looks_like_a_name_and_is_none_means_nobody(cast, text):
    """Who is not in the room is not meant, and nobody means themselves."""
    assert say(cast.room, cast.owner, text).mentions == []


def test_a_dot_may_end_the_name_or_the_sentence(cast):
    dotted = Psychic.objects.create_user("paul.", password="open the third eye")
    rooms.join_room(psychic=dotted, room_id=cast.room.pk)
    assert say(cast.room, cast.owner, "@paul.").mentions == [dotted.pk]
    assert say(cast.room, cast.owner, "@paul..").mentions == [dotted.pk]
    assert say(cast.room, cast.owner, "@paul").mentions == [cast.participant.pk]


@pytest.mark.parametrize("asked, role", list(itertools.product(Role.values, Role.values)))
def test_all_at_once_are_for_who_has_the_role_the_room_asks_for(cast, asked, role):
    asking_for(cast.room, asked)
    speaker = {"owner": cast.owner, "moderator": cast.moderator, "participant": cast.participant}[role]
    ranks = ["owner", "moderator", "participant"]
    everybody = {one.pk for part, one in cast.everybody().items() if part != "outsider"} - {speaker.pk}
    may = ranks.index(role) <= ranks.index(asked)
    assert set(say(cast.room, speaker, "Look, @all!").mentions) == (everybody if may else set())


def test_here_means_who_is_online_and_seen(cast):
    Psychic.objects.filter(pk=cast.participant.pk).update(status=Status.AWAY)
    Psychic.objects.filter(pk=cast.restricted.pk).update(status=Status.INVISIBLE)
    assert say(cast.room, cast.owner, "@here").mentions == [cast.participant.pk]


def test_only_a_message_with_an_at_sign_asks_more(cast):
    def asked(text):
        with CaptureQueriesContext(connection) as captured:
            say(cast.room, cast.owner, text)
        return len(captured)

    asked("warm")
    assert asked("@paul and @all") > asked("paul and all")


def test_an_edit_means_others_and_a_deletion_nobody(cast):
    message = say(cast.room, cast.owner, "@paul")
    edited = edits.edit_message(psychic=cast.owner, message_id=message.id, content="@mona and @rita")
    assert set(edited.mentions) == {cast.moderator.pk, cast.restricted.pk}
    assert edits.edit_message(psychic=cast.owner, message_id=message.id, content="nobody").mentions == []
    edits.edit_message(psychic=cast.owner, message_id=message.id, content="@paul again")
    assert services.delete_message(psychic=cast.owner, message_id=message.id).mentions == []
    assert Message.objects.get(pk=message.id).mentions is None


def test_an_edit_by_who_has_lost_the_role_means_not_all(cast):
    message = say(cast.room, cast.moderator, "hello")
    roles.set_role(psychic=cast.owner, room_id=cast.room.pk, username="mona", role="participant")
    assert edits.edit_message(psychic=cast.moderator, message_id=message.id, content="@all").mentions == []


def test_a_sealed_text_says_nothing_to_the_server(cast):
    link, _ = rooms.create_room(psychic=cast.owner, kind="private", with_username="paul")
    assert say(link, cast.owner, "@all @paul").mentions == [cast.participant.pk]
    assert not mentions.can_mention("sealed", "@paul")


def test_names_beyond_the_bound_are_words(cast):
    text = " ".join(f"@nobody{number}" for number in range(mentions.NAMES_MOST)) + " @paul"
    assert say(cast.room, cast.owner, text).mentions == []


def test_the_message_is_the_same_in_history_and_in_a_retry(cast):
    message = say(cast.room, cast.owner, "@paul")
    again, duplicate = services.post_message(
        psychic=cast.owner, room_id=cast.room.pk, content="@paul", nonce=message.nonce
    )
    assert duplicate
    assert again == message
