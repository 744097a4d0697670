"""Ada owns, Bob takes part, Mallory must see nothing."""

import functools

import msgspec
import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from knox.models import AuthToken
from rest_framework.test import APIClient

from mindnet.base import rates
from mindnet.realtime import groups
from mindnet.tests.support.cast import PASSWORD, make_cast, make_room
from presence.models import Node, Psychic
from rooms import roles, services


def make_psychic(username):
    return Psychic.objects.create_user(username, password=PASSWORD)


@pytest.fixture(autouse=True)
def full_buckets():
    """No test finds a rate used up by the psychic who had this id before."""
    rates.buckets.clear()


@pytest.fixture
def ada(db):
    return make_psychic("ada")


@pytest.fixture
def bob(db):
    return make_psychic("bob")


@pytest.fixture
def mallory(db):
    return make_psychic("mallory")


@pytest.fixture
def room(ada, bob):
    """Ada's closed room, with Bob in it."""
    return make_room(ada, bob, "Inner circle", kind="closed")


@pytest.fixture
def open_room(ada, bob):
    """Ada's open room, with Bob in it."""
    return make_room(ada, bob, "The garden")


@pytest.fixture
def carol(open_room, ada):
    """A moderator of the open room."""
    carol = make_psychic("carol")
    services.join_room(psychic=carol, room_id=open_room.pk)
    roles.set_role(psychic=ada, room_id=open_room.pk, username="carol", role="moderator")
    return carol


@pytest.fixture
def quiet(ada, bob):
    """Ada's meditation room, with Bob in it."""
    return make_room(ada, bob, "Quiet", kind="meditation")


@pytest.fixture
def node(db):
    return Node.objects.create(host="here", pid=1)


@pytest.fixture
def api():
    """`api(ada)`: a REST client with a token of hers."""

    def client(psychic):
        return APIClient(headers={"Authorization": f"Token {AuthToken.objects.create(psychic)[1]}"})

    return client


class Ear:
    """Hears what is published to a room and to the psychics, over the real layer, after the commit."""

    def __init__(self, room_id, capture):
        self.capture = capture
        self.layer = get_channel_layer()
        self.channel = async_to_sync(self.layer.new_channel)()
        for group in (groups.room(room_id), groups.NODES):
            async_to_sync(self.layer.group_add)(groups.on_the_wire(group), self.channel)
        self.start()

    def start(self):
        """A test's transaction is never committed, so its commit is played: callbacks run when `heard` is asked."""
        self.commit = self.capture(execute=True)
        self.commit.__enter__()

    def messages(self):
        """What was published since the last time, in order."""
        self.commit.__exit__(None, None, None)
        self.start()
        queue, messages = self.layer.channels.get(self.channel), []
        while queue and not queue.empty():
            messages.append(queue.get_nowait()[1])
        return messages

    def heard(self):
        """The same as [(kind of publish, psychic or None, decoded line)]."""
        told = [one for one in self.messages() if one.get("line")]
        return [(one["type"], one.get("psychic"), msgspec.json.decode(one["line"])) for one in told]

    def versions(self, psychic):
        """Of the psychic's comings and goings since the last time, in order."""
        moves = [one for one in self.messages() if one["type"] in ("attach", "detach")]
        return [one["version"] for one in moves if one["psychic"] == psychic.pk]


@pytest.fixture
def listen(django_capture_on_commit_callbacks):
    return functools.partial(Ear, capture=django_capture_on_commit_callbacks)


@pytest.fixture
def cast(db):
    """An open room with an owner, a moderator, a participant and a restricted one, and an outsider."""
    return make_cast()


@pytest.fixture
def closed_cast(db):
    """The same with a closed room."""
    return make_cast("closed")
