"""Reads that are done together: everybody has their own answer, and what befalls one of them is no other's business."""

import asyncio
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from messaging import edits, services
from messaging.models import Message, MessageVersion
from mindnet.base import rates
from mindnet.database import statements
from mindnet.serving import together
from mindnet.tests.support.both_ways import People, guess_whose, with_cookie, with_token
from presence.models import Psychic
from rooms.models import Room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(cast):
    for number in range(3):
        services.post_message(psychic=cast.owner, room_id=cast.room.pk, content=f"message {number}")
    return People(cast)


def paths_of(room_id):
    return [f"/rooms/{room_id}/messages", f"/rooms/{room_id}/participants?limit=2", "/rooms", "/presence/online"]


def test_everybody_has_their_own_answer(doors, people):
    """Also Mallory, who may not, and who has no good credential."""
    cast = people.cast
    Room.objects.filter(pk=cast.room.pk).update(kind="closed")
    callers = [
        with_token(cast.owner), with_cookie(cast.moderator), with_token(cast.outsider),
        {"authorization": "Token " + "f" * 64}, with_cookie(cast.participant),
    ]  # fmt: skip
    asked = [(path, headers) for headers in callers for path in paths_of(cast.room.pk)]
    answers = doors.ask_together(asked)
    for (path, headers), answer in zip(asked, answers, strict=True):
        assert answer == doors.ask(doors.long, "GET", path, headers), (path, headers)
    assert [status for status, *_ in answers[:4]] == [200] * 4
    assert [status for status, *_ in answers[8:12]] == [404, 404, 200, 200]
    assert [status for status, *_ in answers[12:16]] == [401] * 4


def test_what_is_refused_is_counted_once(doors, people, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"REST_RATE": settings.LIMITS["REST_RATE"]._replace(burst=4, per_second=1e-6)}
    outsider, room = people.cast.outsider, people.cast.room.pk
    Room.objects.filter(pk=room).update(kind="closed")
    headers = with_token(outsider)
    answers = doors.ask_together([(f"/rooms/{room}/messages", headers), ("/rooms", headers), ("/rooms", headers)])
    assert [status for status, *_ in answers] == [404, 200, 200]
    assert int(rates.buckets["REST_RATE", outsider.pk].tokens) == 1
    answers = doors.ask_together([("/rooms", headers), ("/rooms", headers)])
    assert sorted(status for status, *_ in answers) == [200, 429]


def test_edits_are_each_carried_out_once(doors, people):
    """Of one message too, and Mallory's are not."""
    cast = people.cast
    mine, other = Message.objects.order_by("pk")[:2]
    headers = {"content-type": "application/json"}
    asked = [
        (f"/messages/{mine.pk}", with_token(cast.owner) | headers, b'{"content": "first"}'),
        (f"/messages/{other.pk}", with_token(cast.outsider) | headers, b'{"content": "not mine"}'),
        (f"/messages/{other.pk}", with_token(cast.owner) | headers, b'{"content": "second"}'),
        (f"/messages/{mine.pk}", with_token(cast.owner) | headers, b'{"content": "third"}'),
    ]
    answers = doors.ask_together(asked, "PATCH")
    assert [status for status, *_ in answers] == [200, 403, 200, 200]
    assert [json.loads(answers[place][2])["content"] for place in (0, 2, 3)] == ["first", "second", "third"]
    assert [one.content for one in Message.objects.order_by("pk")[:2]] == ["third", "second"]
    assert MessageVersion.objects.count() == 3


@pytest.mark.allow_traceback
def test_an_edit_that_fails_is_its_own_failure(doors, people, monkeypatch):
    """By a mistake of ours, say."""
    cast, messages, real = people.cast, list(Message.objects.order_by("pk")), edits.checked_content

    def checked_content(content, message_type):
        return real(content, message_type) if content != "odd" else 1 / 0

    monkeypatch.setattr(edits, "checked_content", checked_content)
    headers = with_token(cast.owner) | {"content-type": "application/json"}
    bodies = [b'{"content": "first"}', b'{"content": "odd"}', b'{"content": "third"}']
    asked = [(f"/messages/{one.pk}", headers, body) for one, body in zip(messages, bodies, strict=True)]
    assert [status for status, *_ in doors.ask_together(asked, "PATCH")] == [200, 500, 200]
    assert [one.content for one in Message.objects.order_by("pk")] == ["first", "message 1", "third"]
    assert MessageVersion.objects.count() == 2


def test_more_than_one_turn_takes_are_answered(doors, people):
    headers, count = with_token(people.paul), 2 * together.MOST + 3
    answers = doors.ask_together([("/rooms?limit=1", headers)] * count)
    assert [status for status, *_ in answers] == [200] * count
    doors.runner.run(asyncio.wait_for(idle(doors), 5))


async def idle(doors):
    while doors.short.reads.at_work:
        await asyncio.sleep(0.01)


def test_who_was_told_that_no_answer_comes_costs_nothing(doors, people, limits_on):
    """Refused by the deadline while they stood in line."""
    headers = with_token(people.paul)

    async def given_up():
        work = doors.short.reads
        work.at_work = together.AT_WORK  # all are busy
        future = work.submit(doors.short.plain(doors.scope("GET", "/rooms", headers)))
        future.cancel()
        work.at_work = 0
        waiting = work.submit(doors.short.plain(doors.scope("GET", "/rooms", headers)))
        return (await waiting).status

    assert doors.runner.run(given_up()) == 200
    spent = rates.settings.LIMITS["REST_RATE"].burst - rates.buckets["REST_RATE", people.paul.pk].tokens
    assert 0 < spent <= 1


@pytest.mark.allow_traceback
def test_a_database_that_fails_is_said_by_the_long_way(doors, people):
    """None of them is lost or answered with another's error, and none is counted twice."""
    asked = [("/rooms", with_token(people.paul)), ("/rooms", with_token(people.cast.owner))]
    table = Room._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        try:
            statuses = [status for status, *_ in doors.ask_together(asked)]
        finally:
            cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
    # PostgreSQL says that this is our mistake, SQLite that it is the database's.
    assert statuses == [500 if connection.vendor == "postgresql" else 503] * 2
    assert [status for status, *_ in doors.ask_together(asked)] == [200, 200]


def test_a_mistake_of_ours_is_everybodys_answer_and_ends_nothing(doors, people, monkeypatch):
    """What is no failure of the database, and met before the actions."""
    headers = with_token(people.paul)

    def broken(_):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("mindnet.serving.actions.Lookup", broken)
        with pytest.raises(ZeroDivisionError):
            doors.ask_together([("/rooms", headers), ("/rooms", headers)])
    assert [status for status, *_ in doors.ask_together([("/rooms", headers)])] == [200]


def test_a_change_between_two_of_them_is_seen(doors, people):
    headers, room = with_token(people.paul), people.cast.room.pk

    def names():
        answers = doors.ask_together([(f"/rooms/{room}/participants", headers)] * 2)
        return [{one["psychic"]["username"] for one in json.loads(body)["results"]} for *_, body in answers]

    assert all("mona" in found for found in names())
    Psychic.objects.filter(username="mona").update(username="monika")
    assert all("monika" in found and "mona" not in found for found in names())
    Psychic.objects.filter(pk=people.paul.pk).update(banned_until=timezone.now() + timedelta(days=1))
    assert {status for status, *_ in doors.ask_together([("/rooms", headers)] * 2)} == {403}


@pytest.fixture
def exchanges(monkeypatch):
    """What was asked of the database by whoever was at work for a request, one entry an exchange."""
    found = []
    real = statements.exchange

    def exchange(link, questions, **options):
        found.append([text for text, *_ in questions])
        return real(link, questions, **options)

    monkeypatch.setattr(statements, "exchange", exchange)
    return found


def of_requests(exchanges):
    """The sweeps of the process ask too."""
    return [asked for asked in exchanges if any(word in "".join(asked) for word in ("knox_", "django_session"))]


@pytest.mark.parametrize("sign_in", [with_token, with_cookie])
def test_who_comes_alone_is_looked_up_with_what_they_ask(doors, people, exchanges, sign_in):
    headers = sign_in(people.paul)
    if sign_in is with_cookie:
        doors.ask(doors.long, "GET", "/rooms", headers)  # which tells whose it is
    for path in paths_of(people.cast.room.pk):
        assert doors.ask(doors.short, "GET", path, headers)[0] == 200
        exchanges.clear()
        assert doors.ask(doors.short, "GET", path, headers)[0] == 200
        is_postgresql = connection.vendor == "postgresql"  # SQLite has no exchanges
        assert [len(asked) > 1 for asked in of_requests(exchanges)] == ([True] if is_postgresql else []), path


def test_what_was_guessed_of_a_caller_is_told_to_nobody_else(doors, people):
    """A process takes a token for another's, and a login session too."""
    cast = people.cast
    Room.objects.filter(pk=cast.room.pk).update(kind="closed")
    path = f"/rooms/{cast.room.pk}/messages"
    mine = Message.objects.earliest("pk")
    for headers in (with_token(cast.outsider), with_cookie(cast.outsider)):
        guess_whose(cast.owner.pk)
        assert doors.ask(doors.short, "GET", path, headers)[0] == 404
        guess_whose(cast.owner.pk)
        change = headers | {"content-type": "application/json"}
        status, *_ = doors.ask(doors.short, "PATCH", f"/messages/{mine.pk}", change, b'{"content": "not mine"}')
        assert status == (404 if "authorization" in headers else 403)
    mine.refresh_from_db()
    assert mine.content == "message 0" and ("REST_RATE", cast.owner.pk) not in rates.buckets


def test_above_the_rate_nothing_is_done_at_a_guess(doors, people, limits_on, settings):
    settings.LIMITS = settings.LIMITS | {"REST_RATE": settings.LIMITS["REST_RATE"]._replace(burst=1, per_second=1e-6)}
    owner, mine = people.cast.owner, Message.objects.earliest("pk")
    headers = with_token(owner) | {"content-type": "application/json"}
    guess_whose()
    texts = (b'{"content": "once"}', b'{"content": "twice"}')
    answers = [doors.ask(doors.short, "PATCH", f"/messages/{mine.pk}", headers, text) for text in texts]
    assert [status for status, *_ in answers] == [200, 429]
    mine.refresh_from_db()
    assert mine.content == "once"
