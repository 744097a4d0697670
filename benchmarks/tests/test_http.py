"""The HTTP client of the measurement, and what it notices."""

import gzip
import json

import pytest

from benchmarks import village
from benchmarks.client import checks
from benchmarks.client.link import Answer, Link
from benchmarks.scenarios.http import add_ratios
from benchmarks.web.calls import PAGE
from benchmarks.web.found import PAGE_MOST, by_number, by_search
from benchmarks.web.ours import MESSAGES, page_before

pytestmark = pytest.mark.once

BODY = b"<p>one</p>" * 100
WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
IN_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + BODY + b"\r\n0\r\n\r\n"
UNCHANGED = b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_answers_are_taken_apart_however_they_arrive(step):
    answers = []
    link = Link(answers.append)
    for whole in (WITH_LENGTH, IN_CHUNKS, UNCHANGED, IN_CHUNKS):
        for start in range(0, len(whole), step):
            link.data_received(whole[start : start + step])
    link.connection_lost(None)
    assert [answer and (answer.status, answer.body) for answer in answers] == [
        (200, BODY), (200, BODY), (304, b""), (200, BODY), None,
    ]  # fmt: skip


def answer(text, status=200, coded=False):
    body = gzip.compress(text.encode()) if coded else text.encode()
    return Answer(status, b"http/1.1 200 ok\r\ncontent-encoding: gzip\r\n" if coded else b"", body)


def problem(check, *arguments, place=0, sent="", **more):
    return checks.made(**check).problem(answer(*arguments, **more), place, sent)


def test_a_page_has_the_wanted_messages_in_their_order():
    said = '<article data-id="{}"><div class="paragraph" dir="auto">{}</div></article>'.format
    wanted = [[["1", "a"], ["2", "b"]], [["7", "g"]]]
    check = {"kind": "marked", "pattern": MESSAGES, "wanted": wanted, "coded": True}
    assert problem(check, said(1, "a") + said(2, "b"), coded=True) == ""
    assert problem(check, said(7, "g"), coded=True, place=1) == ""
    assert "compressed" in problem(check, said(1, "a") + said(2, "b"))
    assert "entry 0" in problem(check, said(2, "b") + said(1, "a"), coded=True)
    assert "1 and not 2" in problem(check, said(1, "a"), coded=True)
    assert "404" in problem(check, said(1, "a") + said(2, "b"), coded=True, status=404)


def test_lists_and_messages_are_compared_member_by_member():
    check = {"kind": "listed", "members": ["id", "psychic.username"], "wanted": [[[1, "ada"]]]}
    row = {"id": 1, "psychic": {"username": "ada"}}
    assert problem(check, json.dumps({"results": [row]})) == ""
    assert problem(check, json.dumps({"results": [row, row]})) and problem(check, json.dumps({"results": []}))
    said, sent = checks.made(kind="said", status=201), json.dumps({"content": "hello"})
    stored = answer(json.dumps({"id": 5, "room": 2, "seq": 9, "content": "hello"}), status=201)
    assert said.problem(stored, 0, sent) == "" and said.receipt(stored) == [5, 2, 9, "hello"]
    assert said.problem(stored, 0, json.dumps({"content": "other"}))


def test_every_post_is_looked_for():
    receipts = [[number, 2, number + 10, f"post {number} qword{number % 2}"] for number in range(1, 251)]
    paths, check = by_number(receipts)
    assert [len(page) for page in check["wanted"]] == [PAGE_MOST, PAGE_MOST, 50]
    assert paths[1] == "/rooms/2/messages?after=110&limit=100"
    paths, check = by_search(receipts)
    assert sorted(receipt for page in check["wanted"] for receipt in page) == receipts
    assert [len(page) for page in check["wanted"]] == [100, 25, 100, 25] and "&older=" in paths[1]


def test_the_village_has_what_makes_a_page_dear():
    page = page_before(None)
    assert len(page) == PAGE and page[-1] == village.MESSAGES and len(page_before(51)) == PAGE
    assert all("&lt;b&gt;it&#x27;s&lt;/b&gt; &quot;" in village.text_in_html(seq) for seq in page)
    assert sum(map(bool, map(village.replied_to, page))) == 5
    assert sum(map(bool, map(village.reactions, page))) == 10


def test_figures_are_held_against_the_bare_view_of_as_many_clients_and_against_sqlite():
    def row(system, call, at_once, cpu_ms):
        return {"system": system, "call": call, "signed_in": "", "at_once": at_once, "cpu_ms": cpu_ms}

    rows = [
        row("bare-django", "bare view", 1, 2), row("bare-django", "bare view", 16, 1),
        row("mindnet-embedded", "healthz", 1, 3), row("mindnet-alone", "healthz", 16, 4),
        row("mindnet-embedded", "healthz", 16, 2),
    ]  # fmt: skip
    add_ratios(rows)
    assert [each.get("to_bare") for each in rows] == [None, None, 1.5, 4, 2]
    assert [each.get("to_sqlite") for each in rows] == [None, None, None, 2, None]
