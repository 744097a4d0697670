"""What the writer takes besides drafts: letters of whoever has a credential."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from knox.crypto import hash_token
from knox.models import AuthToken

from messaging import services, writer
from messaging.drafts import Letter
from messaging.models import Message
from mindnet.base.errors import DomainError
from presence.callers import Credential, whose_token


def letter(cast, token, content, opened=None, nonce=None):
    """Of the participant, whose token it is; `opened` gets everybody that it was opened for."""

    def make(psychic):
        if opened is not None:
            opened.append(psychic)
        if psychic is None:
            raise LookupError("nobody")
        return services.make_draft(psychic=psychic, room_id=cast.room.pk, content=content, nonce=nonce)

    return Letter(cast.room.pk, nonce, Credential(token=token), make)


def draft(cast, content):
    return services.make_draft(psychic=cast.owner, room_id=cast.room.pk, content=content)


@pytest.fixture
def token(cast):
    return AuthToken.objects.create(cast.participant)[1]


def test_letters_and_drafts_are_stored_in_the_order_they_came(cast, token):
    own, nobodys = letter(cast, token, "second"), letter(cast, "f" * 64, "nobody's")
    items = [draft(cast, "first"), own, nobodys, draft(cast, "third")]
    first, second, refused, third = writer.commit_opened(items)
    assert [one.message.content for one in (first, second, third)] == ["first", "second", "third"]
    assert isinstance(refused, LookupError) and second.message.sender.id == cast.participant.pk
    said = cast.room.messages.order_by("seq").values_list("content", "sender")
    owner, participant = cast.owner.pk, cast.participant.pk
    assert list(said) == [("first", owner), ("second", participant), ("third", owner)]


def test_where_nobody_may_nothing_is_begun(cast, django_assert_num_queries):
    with django_assert_num_queries(1):  # who it is
        [refused] = writer.commit_opened([letter(cast, "f" * 64, "nobody's")])
    assert isinstance(refused, LookupError) and not cast.room.messages.exists()


def test_a_letter_is_opened_once_however_often_it_is_tried(cast, token, monkeypatch):
    opened, tried = [], []
    real = writer.commit

    def commit(drafts):
        tried.append(len(drafts))
        if len(tried) == 1:
            raise IntegrityError("another process was faster")
        if len(tried) == 2:
            raise ValueError("something else")
        return real(drafts)

    monkeypatch.setattr(writer, "commit", commit)
    items = [letter(cast, token, "one", opened), letter(cast, token, "two", opened), letter(cast, "f" * 64, "", opened)]
    with pytest.raises(ValueError, match="something else"):
        writer.commit_opened(items)
    results = [writer.commit_opened([one])[0] for one in items]  # as a Batcher does then
    assert opened == [cast.participant, cast.participant, None] and tried == [2, 2, 1, 1]
    assert [one.message.content for one in results[:2]] == ["one", "two"] and isinstance(results[2], LookupError)
    assert cast.room.messages.count() == 2


def test_who_is_out_by_now_has_nothing_stored(cast, token):
    kept = letter(cast, token, "too late")
    cast.participant.is_active = False
    cast.participant.save()
    [refused] = writer.commit_opened([kept])
    assert isinstance(refused, LookupError) and not Message.objects.exists()


def test_what_a_letter_is_refused_with_is_its_own(cast, token):
    stored, refused = writer.commit_opened([letter(cast, token, content) for content in ("well", "")])
    assert stored.message.content == "well" and isinstance(refused, DomainError) and refused.code == "validation_error"


# On PostgreSQL, where it was read before whose the letters are, that is read once more with all else.


@pytest.fixture
def guessed(token, cast):
    """The token, known to the process."""
    whose_token.put(hash_token(token), cast.participant.pk)
    yield token
    whose_token.ids.clear()


def test_who_has_written_is_read_under_the_lock(cast, guessed):
    with CaptureQueriesContext(connection) as queries:
        [stored] = writer.commit_opened([letter(cast, guessed, "hello")])
    read = [("knox_authtoken" in query["sql"], "FROM rooms" in query["sql"]) for query in queries]
    assert stored.message.content == "hello" and stored.message.sender.id == cast.participant.pk
    token, room = (next(place for place, kinds in enumerate(read) if kinds[kind]) for kind in (0, 1))
    assert token > room if connection.vendor == "postgresql" else token < room


def test_a_guess_that_was_wrong_stores_nothing_of_anybody_else(cast, guessed):
    whose_token.put(hash_token(guessed), cast.owner.pk)
    opened = []
    [stored] = writer.commit_opened([letter(cast, guessed, "hello", opened)])
    assert stored.message.sender.id == cast.participant.pk and opened == [cast.participant]
    assert list(Message.objects.values_list("sender", flat=True)) == [cast.participant.pk]
    assert whose_token.get(hash_token(guessed)) == cast.participant.pk


def test_a_token_that_is_gone_opens_no_letter_and_ends_no_other(cast, guessed):
    other = AuthToken.objects.create(cast.owner)[1]
    whose_token.put(hash_token(other), cast.owner.pk)
    AuthToken.objects.filter(user=cast.participant).delete()
    opened = []
    refused, stored = writer.commit_opened([letter(cast, one, "hello", opened) for one in (guessed, other)])
    assert isinstance(refused, LookupError) and stored.message.sender.id == cast.owner.pk
    assert opened == [None, cast.owner] and Message.objects.count() == 1
    AuthToken.objects.all().delete()
    [refused] = writer.commit_opened([letter(cast, other, "again", opened)])
    assert isinstance(refused, LookupError) and opened == [None, cast.owner, None] and Message.objects.count() == 1


def test_a_retry_at_a_guess_finds_what_is_stored(cast, guessed):
    nonce = uuid4()
    letters = [letter(cast, guessed, "hello", nonce=nonce) for _ in range(3)]
    first, again = writer.commit_opened(letters[:2])
    [later] = writer.commit_opened(letters[2:])
    assert [one.duplicate for one in (first, again, later)] == [False, True, True]
    assert {one.message.id for one in (first, again, later)} == {first.message.id} and Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_another_process_that_was_faster_opens_no_letter_twice(cast, guessed, monkeypatch):
    """It stores the same nonce after this one has looked for it."""
    nonce, opened, real = uuid4(), [], writer.Batch.insert
    faster = services.make_draft(psychic=cast.participant, room_id=cast.room.pk, content="hello", nonce=nonce)

    def insert(batch):
        monkeypatch.setattr(writer.Batch, "insert", real)
        raise IntegrityError("another process was faster")

    monkeypatch.setattr(writer.Batch, "insert", insert)
    written = letter(cast, guessed, "hello", opened, nonce)
    [found] = writer.commit_opened([written])
    assert opened == [cast.participant] and not found.duplicate
    [stored] = writer.commit([faster])
    assert stored.duplicate and stored.message.id == found.message.id
