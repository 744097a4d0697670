"""Whether a target of HTTP is met by the figures."""

import pytest

from benchmarks.tests.test_targets import verdicts
from benchmarks.web import talk

pytestmark = pytest.mark.once


def http_row(system, call, at_once=16, **figures):
    usual = {"signed_in": "cookie", "answers": 100, "errors": 0, "cpu_ms": 1.0, "command": "x"}
    return usual | {"system": system, "call": call, "at_once": at_once} | figures


def test_http_is_judged_by_its_worst_row_and_by_every_answer():
    pages = "HTTP: room page, lobby, directory ≤ 4 × the CPU of a bare view"
    right = "HTTP: every answer is right, and every acknowledged post is found"
    rows = [http_row("mindnet-embedded", "lobby", to_bare=3.9), http_row("mindnet-alone", "lobby", to_bare=9)]
    assert verdicts(http=rows)[pages] == verdicts(http=rows)[right] == "met"
    rows += [http_row("mindnet-embedded", "room page", 1, to_bare=4.1), http_row("express", "post", errors=1)]
    assert verdicts(http=rows)[pages] == verdicts(http=rows)[right] == "NOT met"
    assert verdicts(fanout=[])[pages] == verdicts(fanout=[])[right] == "not measured"


def test_a_long_room_costs_as_much_as_a_short_one_and_only_a_million_messages_make_it_long():
    target = "HTTP: pages of a room of 1,000,000 messages within 20 %"
    short, long = http_row("mindnet-alone", "room page"), http_row("mindnet-alone", "room page, long room", cpu_ms=1.19)
    assert verdicts(http=[short, long | {"messages": 20_000}])[target] == "not measured"
    assert verdicts(http=[short, long | {"messages": 1_000_000}])[target] == "met"
    dear = http_row("mindnet-alone", "room page, long room", 1, cpu_ms=1.3, messages=1_000_000)
    assert verdicts(http=[short, long | {"messages": 1_000_000}, dear])[target] == "NOT met"


def test_sockets_beside_room_pages_are_held_against_sockets_alone():
    target = "HTTP: sockets' p99 ≤ 2 × while 16 clients fetch room pages"
    alone = http_row("mindnet-embedded", talk.ALONE, socket_p99_ms=10)
    assert verdicts(http=[alone])[target] == "not measured"
    beside = http_row("mindnet-embedded", talk.BESIDE, socket_p99_ms=20)
    assert verdicts(http=[alone, beside])[target] == "met"
    assert verdicts(http=[alone, beside | {"socket_p99_ms": 21}])[target] == "NOT met"
