"""Messages over REST: Ada owns the room, Bob takes part, Mallory must see nothing."""

import uuid
from urllib.parse import quote

import pytest

from messaging.models import Message
from messaging.tests.conftest import refused, say
from mindnet.realtime import events
from presence.models import Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db

NOT_FOUND = b'{"code":"not_found","detail":"Not found."}'
EYE = "👁"


@pytest.fixture
def open_room(people):
    room, _ = rooms.create_room(psychic=people[0], name="the open field")
    return room


# Posting


def test_a_participant_posts_and_the_answer_is_the_message(api, room):
    nonce = str(uuid.uuid4())
    answer = api("bob", "post", f"/rooms/{room.pk}/messages", {"content": "hello\r\nworld <b>", "nonce": nonce})
    assert answer.status_code == 201
    message = answer.json()
    stored = Message.objects.get()
    assert message == {
        "id": stored.pk, "room": room.pk, "seq": 1, "changed_seq": 1,
        "sender": {"id": stored.sender_id, "username": "bob"}, "message_type": "text", "content": "hello\nworld <b>",
        "timestamp": message["timestamp"], "edited_at": None, "deleted": False, "reply_to": None, "attachments": [],
        "reactions": {}, "nonce": nonce, "urgent": False, "mentions": [],
    }  # fmt: skip
    assert message["timestamp"].endswith("Z")


def test_the_bytes_of_a_message_are_those_of_the_socket(api, room):
    from messaging import sync

    answer = api("ada", "post", f"/rooms/{room.pk}/messages", {"content": "ümlaut </script> \u2028 👁"})
    [message] = sync.read(Message.objects.all())
    assert answer.content.decode() == events.encode(message)
    assert events.encode(message) in events.message_event(message)


def test_a_retry_answers_200_with_the_message_as_it_stands_now(api, room):
    body = {"content": "once", "nonce": str(uuid.uuid4())}
    first = api("ada", "post", f"/rooms/{room.pk}/messages", body)
    api("ada", "patch", f"/messages/{first.json()['id']}", {"content": "once, edited"})
    retry = api("ada", "post", f"/rooms/{room.pk}/messages", body)
    assert (first.status_code, retry.status_code) == (201, 200)
    assert retry.json()["id"] == first.json()["id"] and retry.json()["content"] == "once, edited"
    assert Message.objects.count() == 1
    refused(api("ada", "post", f"/rooms/{room.pk}/messages", body | {"content": "other"}), 409, "nonce_reused")


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": None}, "content"),
        ({"content": 7}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"content": "\x00"}, "content"),
        ({"content": "bell \x07"}, "content"),
        ({"content": "x", "nonce": 7}, "nonce"),
        ({"content": "x", "nonce": "seven"}, "nonce"),
        ({"content": "x", "message_type": "system"}, "message_type"),
        ({"content": "x", "message_type": "broadcast"}, "message_type"),
        ({"content": "x", "message_type": ["text"]}, "message_type"),
        ({"content": "x", "message_type": "image"}, "attachments"),
        ({"content": "x", "attachments": [str(uuid.uuid4())]}, "attachments"),
        ({"content": "x", "attachments": "all"}, "attachments"),
        ({"content": "x", "attachments": [str(uuid.uuid4())] * 21}, "attachments"),
        ({"content": "x", "reply_to": "1"}, "reply_to"),
        ({"content": "x", "reply_to": True}, "reply_to"),
        ({"content": "x", "reply_to": 999_999}, "reply_to"),
        ({"content": "x", "reply_to": 2**80}, "reply_to"),
        ({"content": "x", "urgent": "yes"}, "urgent"),
        ({"content": "x", "colour": "red"}, "colour"),
        ({"content": "x", "sender": 1}, "sender"),
    ],
)
def test_bad_input_is_refused_with_its_field(api, room, body, field):
    answer = api("ada", "post", f"/rooms/{room.pk}/messages", body)
    refused(answer, 400, "validation_error")
    assert any(name.split(".")[0] == field for name in answer.json()["errors"]), answer.content
    assert not Message.objects.exists()


@pytest.mark.parametrize("content", [" ", " \t\r\n", "\u00a0\u3000", "\u200b\u2060", "\u2800", "\ufe0f"])
def test_a_message_in_which_there_is_nothing_to_see_is_empty(api, room, content):
    message = say(api, room, "look")
    refused(api("bob", "post", f"/rooms/{room.pk}/messages", {"content": content}), 400, "validation_error")
    refused(api("ada", "patch", f"/messages/{message['id']}", {"content": content}), 400, "validation_error")
    urgent = {"content": "x", "urgent": True, "urgent_reason": content}
    refused(api("bob", "post", f"/rooms/{room.pk}/messages", urgent), 400, "validation_error")
    [stored] = Message.objects.all()
    assert stored.content == "look"


def test_white_space_is_kept_as_sent(api, room):
    assert say(api, room, "  two spaces \n")["content"] == "  two spaces \n"


def test_a_reply_stays_in_its_room(api, room, open_room):
    first = say(api, room, "first")
    assert say(api, room, "second", reply_to=first["id"])["reply_to"] == first["id"]
    refused(
        api("ada", "post", f"/rooms/{open_room.pk}/messages", {"content": "x", "reply_to": first["id"]}),
        400,
        "validation_error",
    )


def test_who_only_looks_at_an_open_room_does_not_write_there(api, open_room):
    path = f"/rooms/{open_room.pk}/messages"
    say(api, open_room, "hello")
    assert api("mallory", "get", path).status_code == 200
    refused(api("mallory", "post", path, {"content": "x"}), 403, "not_participant")


# Pages


def numbers(answer):
    return [message["seq"] for message in answer.json()["results"]]


def test_pages_are_linked_in_both_directions(api, client, room):
    for number in range(1, 8):
        say(api, room, f"number {number}")
    newest = api("bob", "get", f"/rooms/{room.pk}/messages", {"limit": 3})
    assert numbers(newest) == [5, 6, 7]
    assert newest.json()["next"] is None
    assert (newest.json()["first_seq"], newest.json()["last_seq"]) == (1, 7)
    middle = client.get(newest.json()["previous"])
    assert numbers(middle) == [2, 3, 4]
    oldest = client.get(middle.json()["previous"])
    assert numbers(oldest) == [1] and oldest.json()["previous"] is None
    assert numbers(client.get(oldest.json()["next"])) == [2, 3, 4]
    assert numbers(client.get(middle.json()["next"])) == [5, 6, 7]


def test_around_shows_both_sides(api, room):
    for number in range(1, 8):
        say(api, room, f"number {number}")
    answer = api("bob", "get", f"/rooms/{room.pk}/messages", {"around": 4, "limit": 3})
    assert numbers(answer) == [3, 4, 5]
    assert "before=3" in answer.json()["previous"] and "after=5" in answer.json()["next"]
    assert "around" not in answer.json()["next"]


SEQS = [1, 2, 5, 6, 8]  # what lies between took the numbers of edits


@pytest.fixture
def edited(room):
    """A room of which every number from 1 to 9 was given, most of them to messages."""
    Message.objects.bulk_create(
        Message(room=room, sender_id=room.created_by_id, content="x", seq=n, changed_seq=n, nonce_digest=b"")
        for n in SEQS
    )
    type(room).objects.filter(pk=room.pk).update(last_seq=9)
    return f"/rooms/{room.pk}/messages"


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_around_fills_the_page_from_either_side(api, edited, limit):
    for around in range(11):
        page = numbers(api("bob", "get", edited, {"around": around, "limit": limit}))
        older = [seq for seq in SEQS if seq <= around]
        assert len(page) == min(limit, len(SEQS)) and page in [SEQS[n : n + limit] for n in range(len(SEQS))]
        assert len([seq for seq in page if seq > around]) <= max(limit // 2, limit - len(older))
        assert not older or older[-1] in page


@pytest.mark.parametrize("cursor", ["before", "after", "around"])
@pytest.mark.parametrize("limit", [2, 9])
def test_from_whatever_page_the_links_lead_to_all_others(api, client, edited, cursor, limit):
    for seq in (0, 1, 3, 8, 9, 10**30):
        page = api("bob", "get", edited, {cursor: seq, "limit": limit})
        behind = [found for link in ("previous", "next") for found in walked(client, page, link)]
        assert sorted(behind + numbers(page)) == SEQS, (cursor, seq)


def walked(client, page, link):
    """The numbers on all further pages in this direction."""
    met = []
    while page.json()[link]:
        page = client.get(page.json()[link])
        met += numbers(page)
    return met


def test_an_empty_room_has_an_empty_page(api, room):
    answer = api("bob", "get", f"/rooms/{room.pk}/messages")
    assert answer.json() == {"next": None, "previous": None, "results": [], "first_seq": None, "last_seq": 0}
    for cursor in ("before", "after", "around"):
        assert api("bob", "get", f"/rooms/{room.pk}/messages", {cursor: 1}).json() == answer.json()


def test_the_page_size_is_clamped(api, room):
    Message.objects.bulk_create(
        Message(room=room, sender_id=room.created_by_id, content="x", seq=n, changed_seq=n, nonce_digest=b"")
        for n in range(1, 131)
    )
    path = f"/rooms/{room.pk}/messages"
    for limit, count in [(None, 50), ("1000", 100), ("9" * 20, 100), ("0", 1), ("-7", 1)]:
        answer = api("ada", "get", path, {"limit": limit} if limit else None)
        assert len(answer.json()["results"]) == count


@pytest.mark.parametrize(
    "query",
    [{"before": "x"}, {"before": "-1"}, {"after": "1.5"}, {"around": ""}, {"limit": "many"}, {"before": 3, "after": 1}],
)
def test_numbers_that_are_none_are_refused(api, room, query):
    refused(api("ada", "get", f"/rooms/{room.pk}/messages", query), 400, "validation_error")


def test_numbers_beyond_everything_are_numbers(api, room):
    say(api, room, "x")
    path = f"/rooms/{room.pk}/messages"
    assert numbers(api("ada", "get", path, {"before": 2**200})) == [1]
    assert numbers(api("ada", "get", path, {"after": 2**200})) == []
    assert numbers(api("ada", "get", path, {"around": 2**63 - 1})) == [1]


# Changing


def test_the_sender_edits_and_nobody_else(api, room):
    message = say(api, room, "befor", name="bob")
    refused(api("ada", "patch", f"/messages/{message['id']}", {"content": "mine now"}), 403, "permission_denied")
    answer = api("bob", "patch", f"/messages/{message['id']}", {"content": "before"})
    assert answer.status_code == 200
    assert answer.json()["content"] == "before" and answer.json()["edited_at"].endswith("Z")
    assert (answer.json()["seq"], answer.json()["changed_seq"]) == (1, 2)
    refused(api("bob", "patch", f"/messages/{message['id']}", {"content": ""}), 400, "validation_error")
    refused(api("bob", "patch", f"/messages/{message['id']}", {}), 400, "validation_error")
    refused(api("bob", "patch", f"/messages/{message['id']}", {"content": "x", "seq": 1}), 400, "validation_error")


def test_sender_and_moderators_delete(api, room):
    of_ada, of_bob, another = say(api, room, "a"), say(api, room, "b", name="bob"), say(api, room, "c", name="bob")
    refused(api("bob", "delete", f"/messages/{of_ada['id']}"), 403, "permission_denied")
    for name, message in [("bob", of_bob), ("ada", another)]:
        answer = api(name, "delete", f"/messages/{message['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
    page = api("ada", "get", f"/rooms/{room.pk}/messages").json()["results"]
    assert [(m["content"], m["deleted"]) for m in page] == [("a", False), ("", True), ("", True)]


def test_in_a_mind_link_only_the_sender_deletes(api, people):
    link, _ = rooms.create_room(psychic=people[0], kind="private", with_username="bob")
    of_ada, of_bob = say(api, link, "a"), say(api, link, "b", name="bob")
    refused(api("ada", "delete", f"/messages/{of_bob['id']}"), 403, "permission_denied")
    refused(api("bob", "delete", f"/messages/{of_ada['id']}"), 403, "permission_denied")
    assert api("ada", "delete", f"/messages/{of_ada['id']}").status_code == 204
    page = api("bob", "get", f"/rooms/{link.pk}/messages").json()["results"]
    assert [(m["content"], m["deleted"]) for m in page] == [("", True), ("b", False)]


# Mallory


OUTSIDE = [
    ("get", "/rooms/{room}/messages", None),
    ("post", "/rooms/{room}/messages", {"content": "x"}),
    ("patch", "/messages/{message}", {"content": "x"}),
    ("delete", "/messages/{message}", None),
    ("put", f"/messages/{{message}}/reactions/{quote(EYE)}", None),
    ("delete", f"/messages/{{message}}/reactions/{quote(EYE)}", None),
    ("post", "/messages/{message}/ack", None),
    ("get", "/messages/{message}", None),
    ("get", "/messages/{message}/versions", None),
    ("get", "/messages/{message}/journey", None),
    ("get", "/messages/search?q=secret&room={room}", None),
]


@pytest.mark.parametrize("method, path, body", OUTSIDE)
def test_what_mallory_may_not_see_does_not_exist(api, room, method, path, body):
    message = say(api, room, "secret")
    hidden = api("mallory", method, path.format(room=room.pk, message=message["id"]), body)
    absent = [
        api("mallory", method, path.format(room=number, message=number), body)
        for number in (0, 987_654, 2**63 - 1, 2**63, 2**200)
    ]
    for answer in [hidden, *absent]:
        assert (answer.status_code, answer.content) == (404, NOT_FOUND)
    assert Message.objects.get().content == "secret"


@pytest.mark.parametrize("method, path, body", OUTSIDE)
def test_nobody_signed_in_is_asked_to_sign_in(client, api, room, method, path, body):
    message = say(api, room, "secret")
    client.logout()
    path = path.format(room=room.pk, message=message["id"])
    answer = client.generic(method.upper(), path, "{}", content_type="application/json")
    refused(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_requests_without_input_take_none(api, room):
    message = say(api, room, "look")
    path = f"/messages/{message['id']}/reactions/{quote(EYE)}"
    refused(api("bob", "put", path, {"on": True}), 400, "validation_error")


@pytest.mark.parametrize("path", ["/rooms/{room}/messages", "/messages/search?q=look"])
def test_a_browser_gets_a_page_with_what_was_typed_escaped(api, client, room, path):
    say(api, room, "look <script>alert(1)</script>")
    client.force_login(Psychic.objects.get(username="bob"))
    answer = client.get(path.format(room=room.pk), headers={"accept": "text/html"})
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    assert "&lt;script&gt;alert(1)" in answer.text and "<script>alert(1)" not in answer.text
