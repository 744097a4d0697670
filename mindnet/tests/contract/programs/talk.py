"""A stranger's program on the client that openapi-python-client made of /schema. Prints what it found as JSON."""

import json
import sys

from mindnet_client import AuthenticatedClient, Client
from mindnet_client.api.auth import sign_in
from mindnet_client.api.messages import search_messages
from mindnet_client.api.psychics import sign_up
from mindnet_client.api.rooms import create_room, get_room, list_messages, post_message
from mindnet_client.models import (
    Credentials,
    Error,
    FoundMessageList,
    Message,
    MessageList,
    NewMessage,
    NewPsychic,
    NewRoom,
    NewRoomKind,
    Profile,
    Room,
    Token,
)


def main(url: str, username: str, password: str) -> None:
    anonymous = Client(base_url=url)
    profile = sign_up.sync(client=anonymous, body=NewPsychic(username=username, password=password))
    assert isinstance(profile, Profile), profile
    token = sign_in.sync(client=anonymous, body=Credentials(username=username, password=password))
    assert isinstance(token, Token), token
    client = AuthenticatedClient(base_url=url, token=token.token, prefix="Token")

    room = create_room.sync(client=client, body=NewRoom(name="Attic", kind=NewRoomKind.CLOSED))
    assert isinstance(room, Room), room
    posted = post_message.sync(room.id, client=client, body=NewMessage(content="The candles are lit."))
    assert isinstance(posted, Message), posted
    listed = list_messages.sync(room.id, client=client, limit=10)
    assert isinstance(listed, MessageList), listed
    found = search_messages.sync(client=client, q="candles", room=room.id)
    assert isinstance(found, FoundMessageList), found
    refused = get_room.sync(0, client=client)
    assert isinstance(refused, Error), refused

    result = {
        "posted": posted.content,
        "listed": [message.id == posted.id and message.sender.username == username for message in listed.results],
        "found": [message.content for message in found.results],
        "nothing": [*posted.attachments, *posted.reactions.additional_properties],
        "refused": refused.code,
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
