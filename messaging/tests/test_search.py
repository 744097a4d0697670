"""Finding messages again: in one's own rooms, and nowhere else."""

import pytest

from messaging.models import Message, MessageType
from presence.models import Psychic
from rooms import services as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(people):
    """An open room of Ada and Bob; Mallory could read it, but is not in it."""
    room, _ = rooms.create_room(psychic=people[0], name="the open field")
    rooms.join_room(psychic=people[1], room_id=room.pk)
    return room


@pytest.fixture
def find(client, people):
    def find(name, **query):
        client.force_login(Psychic.objects.get(username=name))
        return client.get("/messages/search", query)

    return find


def write(room, sender, *texts, **columns):
    """Rows as the writer leaves them."""
    for text in texts:
        room.last_seq += 1
        Message.objects.create(
            room=room, sender=sender, content=text, seq=room.last_seq, changed_seq=room.last_seq, nonce_digest=b"",
            **columns,
        )  # fmt: skip
    room.save(update_fields=["last_seq"])


def texts(answer):
    assert answer.status_code == 200, answer.content
    return [message["content"] for message in answer.json()["results"]]


def test_newest_first_whatever_the_case(find, people, room):
    write(room, people[0], "A comet", "nothing", "the COMET again")
    assert texts(find("bob", q="comet")) == ["the COMET again", "A comet"]
    assert texts(find("bob", q="  comet ")) == ["the COMET again", "A comet"]


def test_by_room_and_by_sender(find, people, room):
    other, _ = rooms.create_room(psychic=people[0], name="another")
    write(room, people[0], "comet one")
    write(room, people[1], "comet two")
    write(other, people[0], "comet three")
    assert texts(find("ada", q="comet", room=room.pk)) == ["comet two", "comet one"]
    assert texts(find("ada", **{"q": "comet", "from": "BOB"})) == ["comet two"]
    assert texts(find("ada", **{"q": "comet", "from": "ada", "room": other.pk})) == ["comet three"]
    assert texts(find("ada", **{"q": "comet", "from": "nobody-here"})) == []
    assert texts(find("bob", q="comet")) == ["comet two", "comet one"]


def test_without_words_by_room_and_by_sender(find, people, room):
    other, _ = rooms.create_room(psychic=people[0], name="another")
    write(room, people[0], "one")
    write(room, people[1], "two")
    write(other, people[0], "three")
    write(room, people[0], "sealed", message_type=MessageType.SEALED)
    assert texts(find("bob", room=room.pk)) == ["two", "one"]
    assert texts(find("ada", **{"from": "ada"})) == ["three", "one"]
    assert texts(find("ada", **{"from": "ada", "room": other.pk})) == ["three"]
    assert texts(find("mallory", **{"from": "ada"})) == []
    assert texts(find("mallory", room=room.pk)) == []
    assert find("bob", room=10**6).status_code == 404


def test_a_single_letter_is_a_word(find, people, room):
    write(room, people[0], "心", "heart")
    assert texts(find("ada", q="心")) == ["心"]


def test_mallory_finds_nothing_in_rooms_she_is_not_in(find, people, room):
    write(room, people[0], "comet")
    assert texts(find("mallory", q="comet")) == []
    assert texts(find("mallory", q="comet", room=room.pk)) == []
    rooms.leave_room(psychic=people[1], room_id=room.pk)
    assert texts(find("bob", q="comet")) == []


def test_deleted_and_sealed_messages_are_not_found(find, people, room):
    write(room, people[0], "comet sealed", message_type=MessageType.SEALED)
    write(room, people[0], "comet")
    assert texts(find("ada", q="comet")) == ["comet"]


def test_signs_with_a_meaning_in_sql_mean_themselves(find, people, room):
    write(room, people[0], "100% sure", "100 sure", "a_b", "axb", "it's \\ here")
    assert texts(find("ada", q="0% s")) == ["100% sure"]
    assert texts(find("ada", q="a_b")) == ["a_b"]
    assert texts(find("ada", q="'s \\")) == ["it's \\ here"]


def test_pages_lead_to_older_ones(client, find, people, room):
    write(room, people[0], *[f"comet {number}" for number in range(120)])
    first = find("bob", q="comet")
    second = client.get(first.json()["next"])
    third = client.get(second.json()["next"])
    found = texts(first) + texts(second) + texts(third)
    assert [len(texts(page)) for page in (first, second, third)] == [50, 50, 20]
    assert found == [f"comet {number}" for number in reversed(range(120))]
    assert third.json()["next"] is None and first.json()["previous"] is None


def test_the_number_of_queries_does_not_grow_with_the_finds(client, people, room, django_assert_num_queries):
    write(room, people[0], *[f"comet {number}" for number in range(60)])
    client.force_login(people[1])
    with django_assert_num_queries(4):  # login session, psychic, ids of the page, messages
        client.get("/messages/search", {"q": "comet"})


@pytest.mark.parametrize(
    "query",
    [
        {}, {"limit": "5"}, {"q": ""}, {"q": "  "}, {"q": "", "room": "1"}, {"q": "x" * 101}, {"q": "a\x00b"},
        {"q": "a\x07b"}, {"q": "comet", "room": "field"}, {"q": "comet", "limit": "all"},
    ],
)  # fmt: skip
def test_bad_questions_are_refused(find, room, query):
    answer = find("ada", **query)
    assert answer.status_code == 400 and answer.json()["code"] == "validation_error"


@pytest.mark.parametrize("name", ["\x00", "a b", "x" * 5000, "'; drop table messages"])
def test_names_that_cannot_be_find_nobody(find, people, room, name):
    write(room, people[0], "comet")
    assert texts(find("ada", **{"q": "comet", "from": name})) == []
