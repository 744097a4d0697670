"""Earlier texts: what a message said before it was edited, for whoever may read it, until it is deleted."""

import pytest

from messaging import edits, services, versions
from messaging.models import Message, MessageVersion
from messaging.tests.conftest import refused, say
from mindnet.base.errors import DomainError
from mindnet.tests.support.sealed import envelope, two_minds
from rooms import services as rooms

pytestmark = pytest.mark.django_db


def edit(api, message, content):
    answer = api("ada", "patch", f"/messages/{message['id']}", {"content": content})
    assert answer.status_code == 200, answer.content
    return answer.json()


def texts(api, message, **params):
    answer = api("bob", "get", f"/messages/{message['id']}/versions", params)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_each_edit_keeps_the_text_before_it_with_when_it_was_written(api, room):
    message = say(api, room, "one")
    assert texts(api, message) == []
    second = edit(api, message, "two")
    edit(api, message, "three")
    edit(api, message, "three")
    assert texts(api, message) == [
        {"content": "one", "edited_at": message["timestamp"]},
        {"content": "two", "edited_at": second["edited_at"]},
    ]
    assert texts(api, message, limit=1) == texts(api, message)[:1]
    assert api("bob", "get", f"/messages/{message['id']}").json()["content"] == "three"


def test_a_deletion_takes_them_along(api, room):
    message = say(api, room, "regretted")
    edit(api, message, "mild")
    assert api("ada", "delete", f"/messages/{message['id']}").status_code == 204
    assert texts(api, message) == []
    now = api("bob", "get", f"/messages/{message['id']}").json()
    assert (now["deleted"], now["content"]) == (True, "")
    assert not MessageVersion.objects.exists()


def test_an_edit_that_is_refused_keeps_nothing(cast):
    message, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="mine")
    with pytest.raises(DomainError):
        edits.edit_message(psychic=cast.moderator, message_id=message.id, content="theirs")
    assert not MessageVersion.objects.exists()


def test_of_a_sealed_message_nothing_is_kept(cast):
    link, _ = rooms.create_room(psychic=cast.participant, kind="private", with_username="olga")
    minds = two_minds(cast.participant, cast.owner)
    sealed = envelope(link.pk, *minds)
    message, _ = services.post_message(psychic=cast.participant, room_id=link.pk, **sealed)
    another = envelope(link.pk, *minds, nonce=sealed["nonce"], revision=1)["content"]
    edits.edit_message(psychic=cast.participant, message_id=message.id, content=another)
    assert Message.objects.get(pk=message.id).content == another
    assert not MessageVersion.objects.exists()


@pytest.mark.parametrize("times, kept", [(3, ["0", "1", "2"]), (4, ["0", "2", "3"]), (6, ["0", "4", "5"])])
def test_of_many_the_first_and_the_newest_stay(cast, settings, times, kept):
    settings.LIMITS = settings.LIMITS | {"MESSAGE_VERSIONS": 3}
    out, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="0")
    for number in range(1, times + 1):
        edits.edit_message(psychic=cast.participant, message_id=out.id, content=str(number))
    found = versions.list_versions(psychic=cast.owner, message_id=out.id)
    assert [one.content for one in found.order_by("pk")] == kept
    assert Message.objects.get(pk=out.id).content == str(times)


def test_nothing_is_told_of_a_message_of_another_room(api, room):
    message = say(api, room, "secret")
    edit(api, message, "open")
    for path in ("", "/versions"):
        refused(api("mallory", "get", f"/messages/{message['id']}{path}"), 404, "not_found")
