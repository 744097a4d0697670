"""What is noticed about a wrong answer."""

import gzip
import json

import pytest

from benchmarks.client import checks
from benchmarks.client.link import Answer
from benchmarks.web.shared import MESSAGES

pytestmark = pytest.mark.once


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
