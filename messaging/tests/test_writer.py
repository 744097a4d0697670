"""What the writer takes besides drafts: letters of whoever has a credential."""

import pytest
from django.db import IntegrityError
from knox.models import AuthToken

from messaging import services, writer
from messaging.drafts import Letter
from messaging.models import Message
from mindnet.base.errors import DomainError
from presence.callers import Credential


def letter(cast, token, content, opened=None):
    """Of the participant, whose token it is; `opened` gets everybody that it was opened for."""

    def make(psychic):
        if opened is not None:
            opened.append(psychic)
        if psychic is None:
            raise LookupError("nobody")
        return services.make_draft(psychic=psychic, room_id=cast.room.pk, content=content)

    return Letter(cast.room.pk, Credential(token=token), make)


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
