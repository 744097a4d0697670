"""The socket's door to rooms answers as REST does."""

from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync

from mindnet.base.errors import DomainError
from mindnet.realtime.events import encode
from mindnet.socket.payloads import JoinPayload, RoomPayload
from rooms import handlers

# The handlers run in threads of their own, which do not see a test's open transaction.
committed = pytest.mark.django_db(transaction=True)


@committed
def test_the_socket_answers_a_join_as_rest_does(open_room, mallory, api):
    context = SimpleNamespace(psychic=mallory)
    reply = async_to_sync(handlers.join)(context, JoinPayload(room=open_room.pk))
    rest = api(mallory).post(f"/rooms/{open_room.pk}/join")
    assert encode(reply).encode() == rest.content
    assert async_to_sync(handlers.leave)(context, RoomPayload(room=open_room.pk)) == {}
    with pytest.raises(DomainError) as caught:
        async_to_sync(handlers.join)(context, JoinPayload(room=10**30))
    assert caught.value.as_reply() == {"code": "not_found", "detail": "Not found."}
