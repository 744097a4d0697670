"""Finding messages again: in one's own rooms, and nowhere else."""

import random
from datetime import UTC, datetime

import pytest

from messaging import attachments, edits, reactions, search, search_index, search_sql, services
from messaging.models import Attachment, Mention, Message, MessageType, SearchEntry
from messaging.search_keys import searchable
from messaging.search_language import parse
from messaging.tests.files import attach as put_file
from mindnet.base import rates
from mindnet.base.limits import Rate
from mindnet.database.statements import ask
from presence import blocks
from presence.models import Psychic
from rooms import restrictions
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


@pytest.mark.parametrize("is_indexed", [False, True])
def test_the_number_of_queries_does_not_grow_with_the_finds(
    client, people, room, django_assert_max_num_queries, is_indexed
):
    write(room, people[0], *[f"comet {number}" for number in range(60)])
    if is_indexed:
        search_index.index_next()
    client.force_login(people[1])
    # Login session, psychic, rooms, blocks, newest entry, index, messages; before it is followed, the room's own. And
    # PostgreSQL has a transaction with a limit of time.
    with django_assert_max_num_queries(13):
        assert len(texts(client.get("/messages/search", {"q": "comet"}))) == 50


def test_what_a_message_has_and_whom_it_mentions(find, people, room):
    write(room, people[0], "see http://stars.example", "see @bob")
    written = Message.objects.get(content="see @bob")
    Mention.objects.create(message=written, psychic=people[1], room=room, seq=written.seq)
    write(room, people[0], "a picture", has_attachments=True)
    attach(Message.objects.get(content="a picture"), "image")
    for _ in range(2):
        assert texts(find("bob", has="link")) == texts(find("bob", q="see has:link")) == ["see http://stars.example"]
        assert texts(find("bob", mentions="me")) == texts(find("ada", q="mentions:bob")) == ["see @bob"]
        assert texts(find("bob", mentions="ada")) == []
        assert texts(find("bob", has="file")) == texts(find("bob", has="image")) == ["a picture"]
        search_index.index_next()


def attach(message, kind):
    Attachment.objects.create(
        room=message.room, uploader=message.sender, message=message, kind=kind, name="x", media_type="x/x", size=1,
        stored_bytes=1, key=f"{message.pk}", nonce_digest=b"",
    )  # fmt: skip


@pytest.mark.parametrize("is_followed", [True, False])
def test_a_file_is_found_by_its_name(find, people, room, is_followed):
    files = [put_file(people[0], room, name) for name in ("Météor_2.PDF", "sky.webp")]
    fields = {"psychic": people[0], "room_id": room.pk, "attachments": [file.pk for file in files]}
    services.post_message(content="A comet", **fields)
    if is_followed:
        search_index.index_next()
    for query, found in {"meteor": 1, "comet sky": 1, "_2.pdf": 1, "comet -sky": 0, '"comet meteor"': 0}.items():
        assert len(texts(find("bob", q=query))) == found, query
    attachments.take_away(attachment_id=files[0].pk)
    assert texts(find("bob", q="meteor")) == []


def test_what_changes_between_finding_and_reading_is_left_out(people, room):
    fields = {"psychic": people[0], "room_id": room.pk}
    file = put_file(people[0], room, "comet.pdf")
    said = [services.post_message(content=text, **fields)[0] for text in ("comet one", "comet two", "comet three")]
    said += [services.post_message(content="", message_type="file", attachments=[file.pk], **fields)[0]]
    ids = [message.id for message in said]
    hits = [search.Hit(pk, has_reactions=False, has_attachments=pk == ids[3]) for pk in ids]
    assert [message.id for message in search.still_so(hits, parse("comet"))] == ids[::-1]
    edits.edit_message(psychic=people[0], message_id=ids[0], content="nothing")
    services.delete_message(psychic=people[0], message_id=ids[1])
    attachments.take_away(attachment_id=file.pk)
    assert [message.id for message in search.still_so(hits, parse("comet"))] == [ids[2]]


def test_what_is_beside_a_message_is_as_it_is_when_it_is_read(people, room):
    """Whatever it was when the message was found."""
    message, _ = services.post_message(psychic=people[0], room_id=room.pk, content="comet")
    reactions.react(psychic=people[0], message_id=message.id, emoji="👁", on=True)
    for had_reactions in (True, False):
        hits = [search.Hit(message.id, has_reactions=had_reactions, has_attachments=not had_reactions)]
        [found] = search.still_so(hits, parse("comet"))
        assert (found.reactions, found.attachments) == ({"👁": [people[0].pk]}, [])


def test_by_day(find, people, room):
    for day in (1, 2, 3):
        write(room, people[0], f"day {day}", timestamp=datetime(2026, 11, day, tzinfo=UTC))
    assert texts(find("bob", q="day after:2026-11-02")) == ["day 3", "day 2"]
    assert texts(find("bob", q="day", before="2026-11-03", after="2026-11-02")) == ["day 2"]


def test_what_blocked_people_wrote_is_found_by_their_name_only(find, people, room):
    write(room, people[0], "comet")
    blocks.block(psychic=people[1], username="ada")
    assert texts(find("bob", q="comet")) == []
    assert texts(find("bob", q="comet from:ada")) == ["comet"]


def test_an_edit_and_a_deletion_are_true_at_once(find, people, room):
    message, _ = services.post_message(psychic=people[0], room_id=room.pk, content="a comet")
    search_index.index_next()
    edits.edit_message(psychic=people[0], message_id=message.id, content="a meteor")
    assert texts(find("bob", q="comet")) == [] and texts(find("bob", q="meteor")) == ["a meteor"]
    search_index.index_next()
    assert texts(find("bob", q="comet")) == [] and texts(find("bob", q="meteor")) == ["a meteor"]
    services.delete_message(psychic=people[0], message_id=message.id)
    assert texts(find("bob", q="meteor")) == []
    search_index.index_next()
    assert texts(find("bob", q="meteor")) == [] and not SearchEntry.objects.filter(pk=message.id).exists()


def test_a_room_is_shut_at_once_and_an_ended_one_is_searched(find, people, room):
    write(room, people[0], "comet")
    search_index.index_next()
    restrictions.restrict(psychic=people[0], room_id=room.pk, username="bob", kind="kick", reason="Enough.")
    assert texts(find("bob", q="comet")) == []
    rooms.end_room(psychic=people[0], room_id=room.pk)
    assert texts(find("ada", q="comet in:field")) == ["comet"]


def test_a_search_that_takes_too_long_ends(people, room, monkeypatch):
    write(room, people[0], *[f"comet {number}" for number in range(600)])
    monkeypatch.setattr(search_sql, "STEPS", 1)
    with pytest.raises(search_sql.OutOfTime), search_sql.bounded(0.001) as look:
        slow = "SELECT count(*) FROM messages a, messages b, messages c, messages d WHERE a.content < b.content"
        look((slow,))
    assert texts_of(search.find(psychic=people[1], asked=parse("comet"), limit=3)) == [
        "comet 599", "comet 598", "comet 597",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_bounds_of_a_search_hold_outside_of_transactions_and_end_with_it(monkeypatch):
    monkeypatch.setattr(search_sql, "STEPS", 1)
    rows = "(WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 2000) SELECT n FROM r)"
    with pytest.raises(search_sql.OutOfTime), search_sql.bounded(0.001) as look:
        look(("SELECT 1",), (f"SELECT count(*) FROM {rows} AS a, {rows} AS b",))
    with search_sql.bounded() as look:
        assert look(("SELECT 1",), ("SELECT 2",)) == [[(1,)], [(2,)]]
    if search_sql.on_postgresql():
        assert ask(("SHOW statement_timeout",), ("SHOW enable_hashjoin",)) == [[("0",)], [("on",)]]


def texts_of(found):
    return [message.content for message in found.messages]


ALPHABET = ["comet", "Comété", "COMETARY", "ﬁx", "Straße", "İz", "心", "漢字検索", "ラジオ", "Ω", "50%", "a_b", "it's",
            "x", "yz", "\ud55c\uae00", "👁", "ｆｕｌｌ", "-", "\n", "no"]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
def test_it_finds_what_reading_everything_would_find(people, seed):
    """Whatever the index has followed, and whatever happened to the messages since."""
    chance = random.Random(seed)
    places = [rooms.create_room(psychic=people[number % 2], name=f"room {number}")[0] for number in range(3)]
    rooms.join_room(psychic=people[1], room_id=places[0].pk)
    for _ in range(4):
        for place in places:
            owner = place.created_by
            write(place, owner, *[phrase(chance) for _ in range(8)], message_type=chance.choice(["text", "sealed"]))
            write(place, owner, *[phrase(chance) for _ in range(8)])
        for message in chance.sample(list(Message.objects.filter(message_type="text", deleted_at=None)), 6):
            if chance.random() < 0.5:
                services.delete_message(psychic=message.sender, message_id=message.pk)
            else:
                edits.edit_message(psychic=message.sender, message_id=message.pk, content=phrase(chance) + "!")
        for place in places:
            place.refresh_from_db()
        search_index.index_next(chance.choice([1, 7, 500]))
    for psychic, own in ((people[0], [0, 2]), (people[1], [0, 1]), (people[2], [])):
        readable = Message.objects.filter(room__in=[places[number] for number in own], deleted_at=None)
        readable = readable.exclude(message_type="sealed").order_by("-pk")
        for query in [*ALPHABET, *(phrase(chance) for _ in range(8)), *(piece(chance) for _ in range(12))]:
            words = [word for word in searchable(query).split() if not word.startswith("-") or word == "-"]
            if not words:
                continue
            expected = [m.pk for m in readable if all(word in searchable(m.content) for word in words)]
            found = search.find(psychic=psychic, asked=parse(query), limit=1000)
            assert found.is_all and [message.id for message in found.messages] == expected, query


def phrase(chance):
    return " ".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 4))).strip() or "x"


def piece(chance):
    word = chance.choice([one for one in ALPHABET if one.isalnum()])
    start = chance.randrange(len(word))
    return word[start : start + chance.randint(1, 4)]


@pytest.mark.parametrize(
    "query",
    [
        {}, {"limit": "5"}, {"q": ""}, {"q": "  "}, {"q": "", "room": "1"}, {"q": "x" * 101}, {"q": "a\x00b"},
        {"q": "a\x07b"}, {"q": "comet", "room": "field"}, {"q": "comet", "limit": "all"}, {"has": "everything"},
        {"before": "soon"}, {"q": "comet", "after": "2026-13-01"}, {"q": "comet", "older": "-1"},
    ],
)  # fmt: skip
def test_bad_questions_are_refused(find, room, query):
    answer = find("ada", **query)
    assert answer.status_code == 400 and answer.json()["code"] == "validation_error"


@pytest.mark.parametrize("name", ["\x00", "a b", "x" * 5000, "'; drop table messages"])
def test_names_that_cannot_be_find_nobody(find, people, room, name):
    write(room, people[0], "comet")
    assert texts(find("ada", **{"q": "comet", "from": name})) == []


# As often as it costs


def test_searches_count_and_long_ones_for_more(find, people, room, settings, limits_on):
    settings.LIMITS = settings.LIMITS | {"SEARCH_RATE": Rate(4, 0.001)}
    statuses = [find("ada", q="comet").status_code for _ in range(5)]
    assert statuses[:2] == [200, 200] and statuses[-1] == 429  # between them it depends on the time they took
    assert find("bob", q="comet").status_code == 200
    # What one of half a second has taken, as it is known afterwards.
    rates.charge("SEARCH_RATE", people[1].pk, 0.5 * search.TOKENS_A_SECOND)
    refused = find("bob", q="comet")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.json()["retry_after"] > 2000
