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

    def long(at_once, to_short):
        return http_row("mindnet-alone", "room page, long room", at_once, to_short=to_short, messages=1_000_000)

    assert verdicts(http=[long(1, 1.1) | {"messages": 20_000}])[target] == "not measured"
    assert verdicts(http=[long(1, 1.19)])[target] == "met"
    assert verdicts(http=[long(1, 1.19), long(16, 1.3), long(64, 1.0)])[target] == "met"
    assert verdicts(http=[long(1, 1.21), long(16, 1.3), long(64, 1.0)])[target] == "NOT met"


def test_sockets_beside_room_pages_are_held_against_sockets_alone():
    target = "HTTP: sockets' p99 ≤ 2 × while 16 clients fetch room pages"
    alone = http_row("mindnet-embedded", talk.ALONE, socket_p99_ms=10, rounds_p99_ms=[10, 5, 10])
    assert verdicts(http=[alone])[target] == "not measured"
    beside = http_row("mindnet-embedded", talk.BESIDE, socket_p99_ms=20, rounds_p99_ms=[90, 9, 20])
    assert verdicts(http=[alone, beside])[target] == "met"
    assert verdicts(http=[alone, beside | {"rounds_p99_ms": [90, 9, 21]}])[target] == "NOT met"
    assert verdicts(http=[alone, beside | {"errors": 1}])[target] == "not measured"
