"""The short way of requests gives what the long way gives, byte for byte, and leaves the same behind."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from knox.models import AuthToken

from messaging import edits, reactions, services
from messaging.models import HeldMessage, Message
from mindnet.base import rates
from mindnet.tests.support.both_ways import READS, People, compare, ways, with_token, words
from presence.models import Node, Psychic
from rooms import restrictions
from rooms.models import Room, RoomParticipant
from rooms.tests.gatherings import connect

pytestmark = pytest.mark.django_db(transaction=True)

JSON = {"content-type": "application/json"}


@pytest.fixture
def people(cast):
    """With something to read in their room."""
    for number in range(4):
        services.post_message(psychic=cast.owner, room_id=cast.room.pk, content=f"message {number}")
    connect(Node.objects.create(host="there", pid=1, heartbeat_at=timezone.now() + timedelta(hours=1)), cast.moderator)
    message, _ = services.post_message(psychic=cast.participant, room_id=cast.room.pk, content="mine")
    edits.edit_message(psychic=cast.participant, message_id=message.id, content=f"hello {message.nonce}")
    reactions.react(psychic=cast.moderator, message_id=Message.objects.latest("pk").pk, emoji="👁", on=True)
    return People(cast)


def operations(doors, people):
    """(method, path, body) of everything that has a short way, plain in every respect."""
    for method, template in words(doors):
        of = Message.objects.filter(sender=people.paul).earliest("pk") if "/messages/" in template else people.cast.room
        query = "?q=message" if template == "/messages/search" else ""
        yield method, template.format(of.pk) + query, b"" if method == "GET" else b'{"content": "hello NONCE"}'


def test_everybody_has_the_same_answer_both_ways(doors, people):
    for who, (make_headers, taken) in people.all().items():
        for method, path, body in operations(doors, people):
            is_taken = method == "GET" if taken is READS else taken
            if method == "PATCH" and who in ("an owner", "a moderator"):
                is_taken = False  # it is Paul's
            compare(doors, method, path, lambda: make_headers() | JSON, body, taken=is_taken)  # noqa: B023


def test_it_speaks_json_with_who_asks_for_nothing_else(doors, people):
    plain = (None, "*/*", "application/json", "application/json, text/plain, */*")
    others = ("text/html", "text/html, application/json", "application/json;q=0.1, text/html", "image/png", "", "x")
    for accept in plain + others:
        for method, path, body in operations(doors, people):
            headers = lambda: people.token() | JSON | {"accept": accept}  # noqa: B023, E731
            compare(doors, method, path, headers, body, taken=accept in plain)


QUERIES = {
    "?limit=2": True, "?limit=0": True, "?limit=-5": True, "?limit=": True, "?": True,
    "?limit=999999999999999999999": True,
    "?limit=x": None, "?limit=1&limit=2": False, "?nothing=1": None, "?format=json": False, "?format=api": False,
    "?limit=%32": True, "?limit=\u0662": False, "?limit=2;after=1": None, "?limit": True, "?%6Cimit=2": True,
}  # fmt: skip


CSRF = "x" * 32
WRITES = {  # what comes with a cookie, and whether it may write
    (): False,
    ("x-csrftoken", CSRF): True,
    ("x-csrftoken", CSRF, "origin", "http://localhost"): True,
    ("x-csrftoken", CSRF, "origin", "https://localhost"): False,
    ("x-csrftoken", CSRF, "origin", "http://evil.example"): False,
    ("x-csrftoken", CSRF, "origin", "null"): False,
    ("x-csrftoken", "y" * 32): False,
    ("x-csrftoken", "x"): False,
    ("x-csrftoken", ""): False,
}


def writes_with_a_cookie(doors, people, taken, **more):
    """The statuses of all writes, from a browser whose cookie has the token CSRF."""
    named = {name.replace("_", "-"): value for name, value in more.items()}

    def headers():
        return JSON | named | {"cookie": f"{people.cookie()['cookie']}; csrftoken={CSRF}"}

    return {
        int(compare(doors, method, path, headers, body, taken=taken))
        for method, path, body in operations(doors, people)
        if method != "GET"
    }


def test_a_write_with_a_cookie_is_held_against_its_csrf_token(doors, people):
    for more, may in WRITES.items():
        named = {name.replace("-", "_"): value for name, value in zip(more[::2], more[1::2], strict=True)}
        statuses = writes_with_a_cookie(doors, people, may, **named)
        assert statuses == ({200, 201} if may else {403}), more
    doors.scheme = "https"
    for referer, may in ((None, False), ("https://localhost/room/1", True), ("https://evil.example/", False)):
        statuses = writes_with_a_cookie(doors, people, may, x_csrftoken=CSRF, referer=referer)
        assert statuses == ({200, 201} if may else {403}), referer


def test_queries_are_read_as_ever(doors, people):
    for method, path, _ in operations(doors, people):
        if method == "GET":
            for query in QUERIES:
                compare(doors, method, path + query.replace("?", "&" if "?" in path else "?"), people.token)
    refused = ("before=x", "before=1&after=1")
    for query in ("before=3", "after=1", "around=2", "after=99", "before=1", "after=1&limit=2", *refused):
        status = compare(doors, "GET", f"/rooms/{people.cast.room.pk}/messages?{query}", people.token)
        assert status == (400 if query in refused else 200)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "evil.example", "localhost, localhost", "", None])
def test_the_host_is_looked_at(doors, people, host):
    for method, path, body in operations(doors, people):
        compare(doors, method, path, lambda: people.token() | JSON | {"host": host}, body)
    compare(doors, "GET", "/healthz", lambda: {"host": host})


PLAIN_RETRY = b'{"content": "hello", "nonce": "6d9ff3cc-ee7b-4b5c-8d0b-30b5b2f6a0f1"}'
BODIES = {
    b'{"content": "hello"}': True,
    b'{"content": "hello", "nonce": null, "reply_to": null, "urgent": false, "attachments": []}': True,
    b'{"content": "hello", "nonce": "NONCE"}': True,
    b'{"content": "@mona *hello*", "message_type": "text"}': True,
    b'{"content": "hello", "urgent": true, "urgent_reason": "fire"}': True,
    b'{"content": "hello", "urgent_reason": "fire"}': None,
    b'{"content": "hello", "nonce": "{NONCE}"}': False,
    b'{"content": "hello", "reply_to": 1.0}': False,
    b'{"content": "hello", "reply_to": "1"}': False,
    b'{"content": "hello", "reply_to": 99999}': False,
    b'{"content": "hello", "reply_to": 99999999999999999999}': False,
    b'{"content": "hello", "urgent": 1}': False,
    b'{"content": "hello", "urgent": null}': False,
    b'{"content": "hello", "message_type": null}': False,
    b'{"content": "hello", "message_type": "system"}': False,
    b'{"content": "hello", "message_type": "image"}': False,
    b'{"content": "hello", "message_type": "sealed"}': False,
    b'{"content": "hello", "attachments": null}': False,
    b'{"content": "hello", "attachments": ["6d9ff3cc-ee7b-4b5c-8d0b-30b5b2f6a0f1"]}': False,
    b'{"content": "hello", "unknown": 1}': False,
    b'{"content": "a", "content": "b"}': True,
    b'{"content": ""}': False,
    b'{"content": " \\n"}': False,
    b'{"content": "\\u0000"}': False,
    b'{"content": "\\ud800"}': False,
    b'{"content": "\xff"}': False,
    b'{"content": 1}': False,
    b'{"content": null}': False,
    b'{"content": "' + b"x" * 4001 + b'"}': False,
    b'{"content": "' + b"x" * 300_000 + b'"}': False,
    b'{"content": "hello"} x': False,
    b'["hello"]': False,
    b"{}": False,
    b"{": False,
    b"": False,
    b"NaN": False,
}


def test_bodies_are_read_as_ever(doors, people):
    path = f"/rooms/{people.cast.room.pk}/messages"
    for body, taken in BODIES.items():
        compare(doors, "POST", path, lambda: people.token() | JSON, body, taken=taken)
    for kind in ("application/json; charset=utf-8", "application/json; charset=latin-1", "text/plain", "", None):
        for method, path, body in operations(doors, people):
            compare(doors, method, path, lambda: people.token() | {"content-type": kind}, body)  # noqa: B023


def test_other_methods_and_paths_go_the_long_way(doors, people):
    room = people.cast.room.pk
    paths = [
        f"/rooms/0{room}/messages", f"/rooms/{room}/messages/", f"//rooms/{room}/messages",
        f"/rooms/{'9' * 18}/messages", f"/rooms/{'9' * 19}/messages", f"/rooms/{'9' * 5000}/messages",
        "/rooms/0/messages", "/rooms/<int>/messages",
        "/rooms/x/messages", "/rooms/\u0661/messages", "/healthz/", "/rooms/-1/messages",
    ]  # fmt: skip
    for path in paths:
        compare(doors, "GET", path, people.token)
    for method in ("HEAD", "OPTIONS", "DELETE", "TRACE", "get"):
        compare(doors, method, f"/rooms/{room}/messages", people.token, taken=False)
    compare(doors, "GET", "/healthz", dict, taken=True)
    compare(doors, "HEAD", "/healthz", dict, taken=False)
    compare(doors, "GET", "/healthz", lambda: {"cookie": "csrftoken=x"}, taken=False)


@pytest.mark.parametrize("room", ["0", "9" * 18, str(2**63 - 1), str(2**63), "9" * 40])
def test_a_room_that_cannot_be_is_as_good_as_none(doors, people, room):
    for method, body in (("GET", b""), ("POST", b'{"content": "hello"}')):
        assert compare(doors, method, f"/rooms/{room}/messages", lambda: people.token() | JSON, body) == 404
    assert compare(doors, "PATCH", f"/messages/{room}", lambda: people.token() | JSON, b'{"content": "hello"}') == 404


def test_what_is_refused_is_counted_and_done_once(doors, people, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {
        name: settings.LIMITS[name]._replace(burst=4, per_second=0.001) for name in ("REST_RATE", "MESSAGE_RATE")
    }
    room, muted = people.cast.room.pk, people.cast.restricted
    headers = with_token(muted) | JSON
    for method, path, body, status, told in (
        ("POST", f"/rooms/{room}/messages", b'{"content": "hello"}', 403, {"REST_RATE": 3, "MESSAGE_RATE": 3}),
        ("POST", f"/rooms/{room}/messages", b'{"content": ""}', 400, {"REST_RATE": 2, "MESSAGE_RATE": 3}),
        ("GET", "/rooms/999999/messages", b"", 404, {"REST_RATE": 1, "MESSAGE_RATE": 3}),
        ("GET", f"/rooms/{room}/messages", b"", 200, {"REST_RATE": 0, "MESSAGE_RATE": 3}),
        ("GET", f"/rooms/{room}/messages", b"", 429, {"REST_RATE": 0, "MESSAGE_RATE": 3}),
        ("POST", f"/rooms/{room}/messages", b'{"content": "hello"}', 429, {"REST_RATE": 0, "MESSAGE_RATE": 3}),
    ):
        assert doors.ask(doors.short, method, path, headers, body)[0] == status
        assert {name: int(rates.buckets[name, muted.pk].tokens) for name in told} == told


def test_what_is_held_back_is_held_back_once(doors, people):
    Room.objects.filter(pk=people.cast.room.pk).update(hold_new_hours=24)
    path = f"/rooms/{people.cast.room.pk}/messages"
    assert compare(doors, "POST", path, lambda: people.token() | JSON, b'{"content": "hello"}', taken=False) == 403
    assert HeldMessage.objects.count() == len(ways(doors))


def test_a_retry_has_the_message_as_it_stands(doors, people):
    path, headers, body = f"/rooms/{people.cast.room.pk}/messages", people.token() | JSON, PLAIN_RETRY
    first, second, third = [
        doors.ask(way, "POST", path, headers, body) for way in (doors.short, doors.short, doors.long)
    ]
    assert (first[0], second[0], doors.went_on) == (201, 200, 0)
    assert second == third and second[2] == first[2]
    status, _, content = doors.ask(doors.short, "POST", path, headers, body.replace(b"hello", b"hallo"))
    assert (status, json.loads(content)["code"]) == (409, "nonce_reused")


def test_nothing_of_who_may_is_kept(doors, people):
    """What has changed since the last request holds for the next."""
    room, paul, headers = people.cast.room.pk, people.paul, people.token() | JSON

    def asked():
        path = f"/rooms/{room}/messages"
        requests = [("GET", path, b""), ("POST", path, b'{"content": "hello"}')]
        return {doors.ask(doors.short, method, path, headers, body)[0] for method, path, body in requests}

    assert asked() == {200, 201}
    Room.objects.filter(pk=room).update(kind="closed")
    assert asked() == {200, 201}
    participants = RoomParticipant.objects.filter(room=room, psychic=paul)
    participants.update(is_active=False)
    assert asked() == {404}
    participants.update(is_active=True)
    assert asked() == {200, 201}
    AuthToken.objects.filter(user=paul).delete()
    assert asked() == {401}


def test_lists_follow_at_once_what_one_may_see(doors, people, settings):
    room, headers = people.cast.room.pk, people.token()
    paths = (f"/rooms/{room}/participants", "/rooms", "/presence/online", "/messages/search?q=message")
    Room.objects.filter(pk=room).update(kind="closed")

    def seen():
        """How many each list has, or its status, the same both ways."""
        both = [[doors.ask(way, "GET", path, headers) for path in paths] for way in (doors.short, doors.long)]
        assert both[0] == both[1]
        return [len(json.loads(body)["results"]) if status == 200 else status for status, _, body in both[0]]

    assert seen() == [4, 2, 1, 4]
    restrictions.restrict(
        psychic=people.cast.moderator, room_id=room, username=people.paul.username, kind="kick", reason="Go."
    )
    assert seen() == [404, 1, 1, 0]
    settings.PRESENCE_AUDIENCE = "rooms"
    assert seen() == [404, 1, 0, 0]
    RoomParticipant.objects.filter(room=room, psychic=people.paul).update(is_active=True)
    assert seen() == [4, 2, 1, 4]
    Psychic.objects.filter(pk=people.cast.moderator.pk).update(status="invisible")
    assert seen() == [4, 2, 0, 4]


def test_filters_and_searches_are_read_as_ever(doors, people):
    rooms = {"kind=open": 200, "kind=shut": 400, "mine=true&is_active=true": 200, "search=r": 200, "mine=": 200}
    searches = {
        "q=message+1&from=OLGA&after=2020-01-01": 200, "has=file": 200, "from=me": 200, "mentions=nobody": 200,
        "q=%22%C3%A9%22": 200, "q=message&older=2&limit=1": 200,
        "q=": 400, "q=has:x": 400, "": 400, "room=0&q=x": 404, "before=x": 400,
    }  # fmt: skip
    for path, queries in (("/rooms", rooms), ("/messages/search", searches)):
        for query, status in queries.items():
            assert compare(doors, "GET", f"{path}?{query}", people.token, taken=status == 200) == status


def test_a_search_is_counted_once(doors, people, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {
        "SEARCH_RATE": settings.LIMITS["SEARCH_RATE"]._replace(burst=2, per_second=1e-6),
        "REST_RATE": settings.LIMITS["REST_RATE"]._replace(per_second=1e-6),
    }
    paul, headers = people.paul, people.token()
    whole = settings.LIMITS["REST_RATE"].burst
    for number, (query, status) in enumerate([("q=x&room=999999", 404), ("q=x", 200), ("q=x", 429), ("q=", 400)], 1):
        answer = doors.ask(doors.short, "GET", f"/messages/search?{query}", headers)
        assert answer[0] == status
        counted = rates.buckets.get(("SEARCH_RATE", paul.pk))
        assert (counted is None) == (number == 1), "what does not exist for them is not searched"
        assert counted is None or counted.tokens < 1
        assert whole - number <= rates.buckets["REST_RATE", paul.pk].tokens < whole - number + 1
