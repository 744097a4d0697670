"""Slow mode holds for whatever says something new: messages and edits."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from messaging import edits, services, slow_mode
from messaging.models import Message
from mindnet.base.errors import DomainError
from rooms import roles
from rooms import services as rooms
from rooms.models import Restriction, Room

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(people):
    return people[0]


@pytest.fixture
def bob(people):
    return people[1]


@pytest.fixture(autouse=True)
def slow(room, ada):
    rooms.update_room(psychic=ada, room_id=room.pk, slow_mode_seconds=60)


def say(psychic, room, content="hello"):
    return services.post_message(psychic=psychic, room_id=room.pk, content=content)[0].id


def edit(psychic, message, content):
    return edits.edit_message(psychic=psychic, message_id=message, content=content)


def later(seconds):
    """As if everything had been said so much earlier."""
    earlier = timedelta(seconds=seconds)
    Message.objects.update(timestamp=F("timestamp") - earlier, edited_at=F("edited_at") - earlier)


def told_to_wait(function, *arguments):
    with pytest.raises(DomainError) as caught:
        function(*arguments)
    assert caught.value.code == "rate_limited", caught.value
    return caught.value.extra["retry_after"]


def test_an_edit_waits_as_a_message_does(room, bob):
    message = say(bob, room)
    assert 59 < told_to_wait(edit, bob, message, "something else") <= 60
    later(30)
    assert 29 < told_to_wait(edit, bob, message, "something else") <= 30
    later(31)
    assert edit(bob, message, "something else").content == "something else"


def test_a_message_and_another_edit_wait_behind_an_edit(room, bob):
    message = say(bob, room)
    later(100)
    edit(bob, message, "something else")
    assert 59 < told_to_wait(say, bob, room) <= 60
    assert 59 < told_to_wait(edit, bob, message, "and more") <= 60
    later(61)
    say(bob, room)


def test_the_same_text_again_waits_for_nothing(room, bob):
    assert edit(bob, say(bob, room), "hello").edited_at is None


def test_who_keeps_order_edits_at_once(room, ada, bob):
    assert edit(ada, say(ada, room), "order").content == "order"
    roles.set_role(psychic=ada, room_id=room.pk, username="bob", role="moderator")
    assert edit(bob, say(bob, room), "order").content == "order"


def test_what_others_edit_or_one_edits_elsewhere_slows_nobody(room, ada, bob, people):
    elsewhere, _ = rooms.create_room(psychic=bob, name="elsewhere")
    edit(bob, say(bob, elsewhere), "something else")
    edit(ada, say(ada, room), "order")
    say(bob, room)


def test_a_mind_link_that_was_slowed_once_is_slow_no_longer(ada, bob):
    link, _ = rooms.create_room(psychic=ada, kind="private", with_username="bob")
    Room.objects.filter(pk=link.pk).update(slow_mode_seconds=3600)  # by a release before
    edit(bob, say(bob, link), "something else")
    say(bob, link)


def slow_down(psychic, room, seconds, **fields):
    Restriction.objects.create(room=room, psychic=psychic, kind="slow", seconds=seconds, reason="Too fast.", **fields)


def test_who_is_slowed_alone_waits_for_the_longer_of_both(room, ada, bob):
    slow_down(bob, room, 300)
    slow_down(bob, room, 5)
    message = say(bob, room)
    later(100)
    assert 199 < told_to_wait(say, bob, room) <= 200
    assert 199 < told_to_wait(edit, bob, message, "something else") <= 200
    later(201)
    say(bob, room)
    rooms.update_room(psychic=ada, room_id=room.pk, slow_mode_seconds=3600)
    assert told_to_wait(say, bob, room) > 3590


def test_a_restriction_that_is_over_or_lifted_slows_nobody_and_one_on_a_moderator_does(room, ada, bob):
    roles.set_role(psychic=ada, room_id=room.pk, username="bob", role="moderator")
    slow_down(bob, room, 300, until=timezone.now())
    slow_down(bob, room, 300, lifted_at=timezone.now())
    say(bob, room)
    edit(bob, say(bob, room), "something else")
    slow_down(bob, room, 300)
    told_to_wait(say, bob, room)


@pytest.mark.parametrize("passed, wait, words", [(59.99, 0.1, "1 s."), (57.91, 2.1, "3 s."), (0, 60, "60 s.")])
def test_who_waits_as_long_as_was_said_is_not_refused_again(passed, wait, words):
    now = timezone.now()
    with pytest.raises(DomainError, match=words) as caught:
        slow_mode.check(now - timedelta(seconds=passed), 60, now)
    assert caught.value.extra["retry_after"] == wait
    slow_mode.check(now - timedelta(seconds=passed), 60, now + timedelta(seconds=wait))
