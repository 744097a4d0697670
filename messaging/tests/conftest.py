"""Ada owns the room, Bob takes part, Mallory must see nothing."""

import pytest

from mindnet.tests.support.cast import make_cast, make_psychics, make_room
from presence.models import Psychic


@pytest.fixture
def people(db):
    """Ada, Bob and Mallory."""
    return make_psychics("ada", "bob", "mallory")


@pytest.fixture
def room(people):
    """A closed room of Ada and Bob, which does not exist for Mallory."""
    ada, bob, *_ = people
    return make_room(ada, bob, "the closed circle", kind="closed")


@pytest.fixture
def api(client, people):
    """`api("bob", "post", path, body)` as that psychic."""

    def call(name, method, path, body=None):
        client.force_login(Psychic.objects.get(username=name))
        if method == "get":
            return client.get(path, body)
        return getattr(client, method)(path, body if body is not None else {}, content_type="application/json")

    return call


def say(api, room, content, name="ada", **fields):
    answer = api(name, "post", f"/rooms/{room.pk}/messages", {"content": content, **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


@pytest.fixture
def cast(db):
    """An open room with an owner, a moderator, a participant and a restricted one, and an outsider."""
    return make_cast()


@pytest.fixture
def closed_cast(db):
    """The same with a closed room."""
    return make_cast("closed")
