"""The index follows the rooms' numbers: what is in it, and what a process leaves that dies at it."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from messaging import attachments, edits, search, search_index, services
from messaging.models import SearchedRoom, SearchEntry
from messaging.search_index import index_next, left
from messaging.search_language import parse
from messaging.tests.files import attach

pytestmark = pytest.mark.django_db


def say(cast, text):
    return services.post_message(psychic=cast.owner, room_id=cast.room.pk, content=text)[0]


def test_it_goes_on_where_it_stopped_and_ends_at_the_head(cast):
    for number in range(5):
        say(cast, f"comet {number}")
    assert left() == 5
    assert [index_next(2), index_next(2), index_next(2), index_next(2)] == [2, 2, 1, 0]
    assert left() == 0 and SearchEntry.objects.count() == 5
    assert SearchedRoom.objects.get(room=cast.room).seq == 5


def test_what_fails_in_the_middle_leaves_nothing_and_is_done_again(cast, monkeypatch):
    say(cast, "comet")

    def die():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(search_index, "tidy", die)
        index_next()
    assert not SearchEntry.objects.exists() and left() == 1
    assert index_next() == 1 and SearchEntry.objects.get().folded == "comet"


def test_an_edit_replaces_and_a_deletion_removes_what_was_said(cast):
    message = say(cast, "comet")
    index_next()
    edits.edit_message(psychic=cast.owner, message_id=message.id, content="Météor")
    index_next()
    assert SearchEntry.objects.get().folded == "meteor"
    services.delete_message(psychic=cast.owner, message_id=message.id)
    index_next()
    assert not SearchEntry.objects.exists() and left() == 0


def test_the_parts_of_the_index_are_merged_when_there_is_nothing_to_follow(cast):
    """On PostgreSQL there are none."""

    def parts():
        if connection.vendor == "postgresql":
            return 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(DISTINCT id >> 37) FROM search_keys_data WHERE id >> 37 > 0")
            return cursor.fetchone()[0]

    for number in range(3):
        say(cast, f"comet {number}")
        index_next()
    before = parts()
    while search_index.merging.go_on():
        pass
    assert (before, parts()) == (3 if connection.vendor == "sqlite" else 1, 1)
    found = search.find(psychic=cast.owner, asked=parse("comet"))
    assert [message.content for message in found.messages] == ["comet 2", "comet 1", "comet 0"]


def test_a_file_is_entered_by_its_name_and_gone_when_it_is_taken_away(cast):
    files = [attach(cast.owner, cast.room, name) for name in ("Météor_2.PDF", "sky.webp")]
    fields = {"psychic": cast.owner, "room_id": cast.room.pk, "attachments": [file.pk for file in files]}
    services.post_message(content="A comet", **fields)
    index_next()
    entry = SearchEntry.objects.get()
    assert (entry.folded, entry.has) == ("a comet\nmeteor_2.pdf\nsky.webp", "file")
    attachments.take_away(attachment_id=files[0].pk)
    index_next()
    assert SearchEntry.objects.get().folded == "a comet\nsky.webp"


def test_the_command_says_how_far_it_is(cast):
    say(cast, "comet")
    told = io.StringIO()
    call_command("index_messages", stdout=told)
    assert told.getvalue().splitlines() == ["1 changes to follow.", "Done: 1 messages read, 0 changes left."]
