"""Messages take the files that their senders have put into the room: each file once, and for good."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import deciding, edits, services, sync, writer
from messaging.models import Attachment, HeldMessage, Message
from messaging.tests.files import attach
from mindnet.base import rates
from mindnet.base.errors import DomainError
from mindnet.realtime import events
from rooms.models import Room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def full_buckets():
    rates.buckets.clear()


def say(psychic, room, *files, content="Look.", **fields):
    message, _ = services.post_message(
        psychic=psychic, room_id=room.pk, content=content, attachments=[file.pk for file in files], **fields
    )
    return message


def refusal(function, *arguments, **fields):
    with pytest.raises(DomainError) as caught:
        function(*arguments, **fields)
    return caught.value


def is_refused(error):
    return error.code == "validation_error" and list(error.errors) == ["attachments"]


def test_a_message_carries_its_files_in_their_order_wherever_it_is_read(cast):
    first = attach(cast.participant, cast.room, "b.txt")
    second = attach(cast.participant, cast.room, "a.png", kind="image", width=4, height=3, thumbnail_key="k")
    said = say(cast.participant, cast.room, first, second)
    assert [one.name for one in said.attachments] == ["b.txt", "a.png"]
    assert said.attachments[0].thumbnail_url is None
    assert said.attachments[1].thumbnail_url == f"/attachments/{second.pk}/thumbnail"
    [read] = sync.read(Message.objects.all())
    assert events.encode(read) == events.encode(said), "the same bytes from the batch and from the table"
    [held] = sync.sync(psychic=cast.owner, held={cast.room.pk: 0})["rooms"][str(cast.room.pk)]["messages"]
    assert bytes(held) == events.encode(read).encode()
    edited = edits.edit_message(psychic=cast.participant, message_id=said.id, content="See.")
    assert edited.attachments == said.attachments


def test_only_a_message_of_files_may_be_without_words(cast):
    for kind in ("image", "file"):
        assert refusal(say, cast.owner, cast.room, content="", message_type=kind).errors == {
            "attachments": [f"A message of type {kind} needs an attachment."]
        }
        said = say(cast.owner, cast.room, attach(cast.owner, cast.room), content="", message_type=kind)
        assert (said.content, said.message_type) == ("", kind)
        assert edits.edit_message(psychic=cast.owner, message_id=said.id, content="Mine.").content == "Mine."
    one = attach(cast.owner, cast.room)
    for blank in ("", " \n"):
        assert list(refusal(say, cast.owner, cast.room, one, content=blank).errors) == ["content"]
    assert Attachment.objects.get(pk=one.pk).message is None


def test_what_is_not_the_senders_own_free_and_of_this_room_is_refused(cast, closed_cast_room):
    mine = attach(cast.participant, cast.room)
    foreign = {
        "another's": attach(cast.owner, cast.room),
        "of another room": attach(cast.participant, closed_cast_room),
        "never stored": attach(cast.participant, cast.room, ready_at=None),
        "taken away": attach(cast.participant, cast.room, removed_at=timezone.now()),
        "said already": attach(cast.participant, cast.room),
        "nothing at all": Attachment(pk=uuid.uuid4()),
    }
    say(cast.participant, cast.room, foreign["said already"])
    for why, one in foreign.items():
        assert is_refused(refusal(say, cast.participant, cast.room, mine, one)), why
    assert is_refused(refusal(say, cast.participant, cast.room, mine, mine))
    assert is_refused(refusal(say, cast.participant, cast.room, *[mine] * 21))
    assert Message.objects.count() == 1
    assert say(cast.participant, cast.room, mine).attachments


@pytest.fixture
def closed_cast_room(cast):
    from rooms import services as rooms

    room, _ = rooms.create_room(psychic=cast.participant, name="elsewhere")
    return room


def test_of_two_messages_in_one_batch_one_has_the_file(cast):
    one = attach(cast.participant, cast.room)
    fields = {"psychic": cast.participant, "room_id": cast.room.pk, "attachments": [one.pk]}
    drafts = [services.make_draft(content=content, **fields) for content in ("One.", "Two.")]
    first, second = writer.commit(drafts)
    assert [file.id for file in first.message.attachments] == [one.pk]
    assert is_refused(second)


def test_a_retry_gives_the_first_and_other_files_under_its_nonce_are_refused(cast):
    nonce, one, two = uuid.uuid4(), attach(cast.owner, cast.room), attach(cast.owner, cast.room)
    first = say(cast.owner, cast.room, one, nonce=nonce)
    assert say(cast.owner, cast.room, one, nonce=nonce) == first
    for others in ((), (two,), (one, two)):
        assert refusal(say, cast.owner, cast.room, *others, nonce=nonce).code == "nonce_reused"
    assert Attachment.objects.get(pk=two.pk).message is None


def test_a_deleted_message_has_none_and_they_are_to_be_taken_away(cast):
    one = attach(cast.owner, cast.room)
    said = say(cast.owner, cast.room, one)
    assert services.delete_message(psychic=cast.owner, message_id=said.id).attachments == []
    one.refresh_from_db()
    assert one.removed_at and not Message.objects.get().has_attachments


def test_messages_without_files_ask_nothing_of_them(cast):
    say(cast.owner, cast.room, attach(cast.owner, cast.room))
    draft = services.make_draft(psychic=cast.owner, room_id=cast.room.pk, content="x")
    with CaptureQueriesContext(connection) as asked:
        writer.commit([draft])
        sync.read(Message.objects.filter(content="x"))
    assert [query["sql"] for query in asked if "FROM attachments" in query["sql"].replace('"', "")] == []


# Held back


def hold(cast, *files, **fields):
    assert refusal(say, cast.participant, cast.room, *files, **fields).extra["held"]
    return HeldMessage.objects.latest("pk")


def test_a_message_that_waited_is_said_with_its_files(cast):
    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=9)
    files = [attach(cast.participant, cast.room, name) for name in ("b", "a")]
    held = hold(cast, *files, content="", message_type="image")
    assert is_refused(refusal(say, cast.participant, cast.room, files[0])), "what waits is not free"
    [waiting] = deciding.list_held(psychic=cast.moderator, room_id=cast.room.pk)
    assert [row.name for row in waiting.attachments.all()] == ["b", "a"]
    deciding.let_through(psychic=cast.moderator, room_id=cast.room.pk, held_id=held.pk)
    [said] = sync.read(Message.objects.all())
    assert (said.message_type, [one.name for one in said.attachments]) == ("image", ["b", "a"])
    assert not Attachment.objects.exclude(held=None).exists()


@pytest.mark.parametrize("end", ["refuse", "take_back", "room"])
def test_a_message_that_is_never_said_loses_its_files(cast, end):
    from rooms import services as rooms

    Room.objects.filter(pk=cast.room.pk).update(hold_new_messages=9)
    held = hold(cast, attach(cast.participant, cast.room))
    where = {"room_id": cast.room.pk, "held_id": held.pk}
    if end == "refuse":
        deciding.refuse(psychic=cast.moderator, reason="No.", **where)
    elif end == "take_back":
        deciding.take_back(psychic=cast.participant, **where)
    else:
        rooms.end_room(psychic=cast.owner, room_id=cast.room.pk)
    assert Attachment.objects.get().removed_at
