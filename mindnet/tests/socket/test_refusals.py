"""Refused handshakes in the log: the first at once, and then how many there were in each minute."""

import asyncio

import pytest

from mindnet.database.group_commit import Batcher
from mindnet.socket import refusals
from presence.registry import Refused

pytestmark = pytest.mark.once


@pytest.fixture
async def kept(monkeypatch):
    """Refusals with minutes of a tenth of a second, and the lines that they have had written."""
    monkeypatch.setattr(refusals, "GATHER_SECONDS", 0.1)
    lines = []
    register = Batcher("register", lambda items: lines.extend(items) or [None] * len(items))
    found = refusals.Refusals(register)
    yield found, lines
    found.close()
    await register.close()


def refused(address="203.0.113.5", reason="too many handshakes from this address", psychic_id=None, agent="a"):
    return Refused(psychic_id, address, agent, reason)


async def written(lines, count):
    async with asyncio.timeout(10):
        while len(lines) < count:
            await asyncio.sleep(0.005)


async def test_three_thousand_knocks_are_a_line_a_minute(kept, caplog):
    caplog.set_level("INFO")
    found, lines = kept
    for number in range(3000):
        found.add(refused(agent=str(number)))
    await written(lines, 1)
    assert lines == [refused(agent="0")]
    await written(lines, 2)
    assert lines == [refused(agent="0"), refused(agent="0")._replace(times=2999)]
    await asyncio.sleep(0.4)  # minutes in which nobody knocks
    assert len(lines) == 2
    assert sum("refused a socket" in record.message for record in caplog.records) == 2
    assert not found.lines, "and then they are forgotten"


async def test_each_address_reason_and_person_has_a_line(kept):
    found, lines = kept
    different = [refused(), refused("203.0.113.6"), refused(reason="banned", psychic_id=7), refused(reason="banned")]
    for one in different * 2:
        found.add(one)
    await written(lines, len(different))
    assert lines == different


async def test_what_has_gathered_is_written_at_the_end(kept):
    found, lines = kept
    for _ in range(3):
        found.add(refused())
    found.close()
    await written(lines, 2)
    assert [line.times for line in lines] == [1, 2] and not found.lines


async def test_a_flood_of_addresses_fills_no_memory(kept, monkeypatch):
    monkeypatch.setattr(refusals, "LINES_MOST", 3)
    found, lines = kept
    for number in range(100):
        found.add(refused(f"2001:db8::{number:x}"))
    assert len(found.lines) == 4
    found.close()
    await written(lines, 5)
    assert sum(line.times for line in lines) == 100
    assert [line.address for line in lines[3:]] == [None, None]
