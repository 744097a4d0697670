"""A line of the log is an event, and no client can write one."""

import logging
import re
import sys

import pytest

from mindnet.base.logs import LineFormatter, NowAndThen

EVENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+ ")
FORGED = "2026-01-01 00:00:00,000 ERROR root forged"


def record(message, *args, exc_info=None, **extra):
    made = logging.LogRecord("mindnet.some.module", logging.WARNING, __file__, 1, message, args, exc_info)
    made.__dict__.update(extra)
    return made


def fault(text):
    try:
        raise ValueError(text)
    except ValueError:
        return sys.exc_info()


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_message_begins_a_line(end):
    for written in (record(f"no such page: x{end}{FORGED}"), record("no such page: %s", f"x{end}{FORGED}")):
        [line] = LineFormatter().format(written).splitlines()
        assert EVENT.match(line) and FORGED in line


def test_controls_of_a_terminal_are_escaped_and_letters_are_not():
    assert LineFormatter().format(record("\x1b[2J\x00\x7f é 🜁")).endswith("\\x1b[2J\\x00\\x7f é 🜁")


def test_no_line_of_a_traceback_is_an_event():
    first, *rest = LineFormatter().format(record("went wrong", exc_info=fault(f"x\n{FORGED}\r{FORGED}"))).splitlines()
    assert EVENT.match(first) and first.endswith("went wrong")
    assert rest[0] == "  Traceback (most recent call last):"
    assert all(line.startswith("  ") for line in rest) and not any(EVENT.match(line) for line in rest)


def test_a_refusal_has_no_traceback_and_a_fault_has_one():
    refusal = record("Forbidden: %s", "/admin/", exc_info=fault("no"), status_code=403)
    assert "Traceback" not in LineFormatter().format(refusal)
    assert refusal.exc_info, "others who handle the record find it as it was"
    assert "Traceback" in LineFormatter().format(record("Error: %s", "/", exc_info=fault("no"), status_code=500))


def test_now_and_then_is_once_in_a_while():
    assert [NowAndThen(60).filter(record("x")) for _ in range(2)] == [True, True]
    calm = NowAndThen(60)
    assert [calm.filter(record("x")) for _ in range(3)] == [True, False, False]
    calm.quiet_until = 0.0
    assert calm.filter(record("x"))
