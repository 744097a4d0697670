"""The people in the tests: Ada owns, Bob takes part, Mallory must see nothing."""

from functools import cached_property

from mindnet.tests.support.sockets import connect

PASSWORD = "open the third eye"


class Person:
    """A signed-in psychic of a world."""

    def __init__(self, world, username, token):
        self.world = world
        self.username = username
        self.token = token
        self.password = PASSWORD

    def api(self, process=0):
        """An HTTP client with this psychic's token. It is closed after the test."""
        return self.world.open_client(headers={"Authorization": f"Token {self.token}"}, process=process)

    def connect(self, process=0, **options):
        """`async with ada.connect() as socket`, to the first process or another."""
        return connect(self.world.ws_urls[process], token=self.token, **options)

    @cached_property
    def id(self):
        return self.api().get(f"/psychics/{self.username}").raise_for_status().json()["id"]

    def create_room(self, **fields):
        """A new room of this psychic's; the server's answer."""
        answer = self.api().post("/rooms", json={"name": f"room of {self.username}"} | fields)
        assert answer.status_code == 201, f"{answer.status_code} {answer.text[:1000]}"
        return answer.json()

    def join(self, room, **fields):
        answer = self.api().post(f"/rooms/{room}/join", json=fields)
        assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text[:1000]}"
        return answer.json()

    def say(self, room, content, **fields):
        """Posts a message by REST; the server's answer."""
        answer = self.api().post(f"/rooms/{room}/messages", json={"content": content} | fields)
        assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text[:1000]}"
        return answer.json()
