"""What comes together is stored together, and who cannot wait takes all along."""

import asyncio
import sys
import threading
import time

import pytest
import uvloop

from mindnet.base.errors import DomainError
from mindnet.base.turns import first
from mindnet.database import group_commit
from mindnet.database.group_commit import COMPANY, Batcher

pytestmark = pytest.mark.once


async def sent(waits, late=()):
    """The sizes of the batches when so many items come at once, `late` when the first batch is under way."""
    batches = []
    batcher = Batcher("test pace", lambda items: batches.append(len(items)) or items)
    try:
        futures = [batcher.submit(number, can_wait=wait) for number, wait in enumerate(waits)]
        await asyncio.sleep(0)
        futures += [batcher.submit(number, can_wait=wait) for number, wait in enumerate(late, len(futures))]
        assert await asyncio.wait_for(asyncio.gather(*futures), 10) == list(range(len(futures)))
    finally:
        await batcher.close()
    return batches


async def test_those_who_wait_are_one_batch():
    assert await sent([0], [0.05] * 9) == [1, 9]


async def test_the_shortest_wait_counts():
    assert await sent([3600, 0.01, 3600]) == [3]


async def test_one_who_cannot_wait_takes_all_along():
    assert await sent([3600, 3600, 0]) == [3]


async def test_enough_company_waits_no_longer():
    assert await sent([3600] * COMPANY) == [COMPANY]


async def test_behind_a_full_batch_nobody_waits():
    assert await sent([0] * COMPANY, [3600]) == [COMPANY, 1]


async def test_what_waits_at_the_end_is_stored():
    stored = threading.Event()
    batcher = Batcher("test end", lambda items: items if stored.wait(10) else [])
    last = batcher.submit("last", can_wait=3600)
    closing = asyncio.create_task(batcher.close())
    while not batcher.under_way:
        await asyncio.sleep(0.001)
    late = batcher.submit("late", can_wait=3600)
    stored.set()
    await asyncio.wait_for(closing, 10)
    assert last.result() == "last" and late.done() and late.result() == "late"


@pytest.mark.parametrize("goes_first", [True, False])
async def test_requests_stand_aside_until_a_batch_that_goes_first_is_announced(goes_first):
    said = []

    def commit(items):
        said.append(first.until > 0)
        if items == ["bad"]:
            raise ValueError("bad")
        return items

    batcher = Batcher("first", commit, announce=lambda *_: said.append(first.until > 0), goes_first=goes_first)
    assert await batcher.submit("good") == "good"
    with pytest.raises(DomainError):
        await batcher.submit("bad")
    await batcher.close()
    await asyncio.sleep(0)  # the answer comes before the announcement
    assert said == [goes_first] * 4 and not first.until


async def test_who_is_told_at_once_is_told_before_everybody_else(caplog):
    """In the order in which they came; what one of them makes of it keeps nothing from the others."""
    heard, over = [], asyncio.Event()

    def announce(items, _):
        heard.append(f"announced {items}")
        if "last" in items:
            over.set()

    def fail(_):
        heard.append("fails")
        raise ValueError("deaf")

    batcher = Batcher("told", lambda items: items, announce=announce)
    batcher.tell("one", heard.append)
    batcher.tell("two", fail)
    batcher.tell("three", heard.append)
    batcher.submit("four").add_done_callback(lambda future: heard.append(future.result()))
    batcher.tell("last", heard.append)
    await asyncio.wait_for(over.wait(), 10)
    await batcher.close()
    others = ["two", "three", "four", "last"]
    assert heard == ["one", "announced ['one']", "fails", "three", "last", "four", f"announced {others}"]
    assert "told: a result could not be told" in caplog.text


async def test_what_fails_as_a_batch_is_tried_one_by_one(caplog):
    def commit(items):
        if len(items) > 2 or "bad" in items:
            raise ValueError("too much")
        return [DomainError("conflict", "no") if item == "refused" else item for item in items]

    batcher = Batcher("one by one", commit)
    futures = [batcher.submit(item) for item in ("first", "bad", "refused", "last")]
    found = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), 10)
    assert [getattr(one, "code", one) for one in found] == ["first", "unavailable", "conflict", "last"]
    assert "a batch of 4 failed" in caplog.text
    await batcher.close()


@pytest.mark.parametrize("commit", [lambda items: items[1:], lambda items: sys.exit(1)])
async def test_nobody_waits_for_ever_whatever_the_commit_does(commit):
    batcher = Batcher("no answer", commit)
    for _ in range(2):
        with pytest.raises(DomainError) as refused:
            await asyncio.wait_for(batcher.submit("item"), 10)
        assert refused.value.code == "unavailable"
    await batcher.close()


async def test_a_connection_is_given_back_once_nothing_has_needed_it_for_a_while(monkeypatch):
    ended, given_back = [], []
    monkeypatch.setattr(group_commit, "KEEP_SECONDS", 0.1)
    monkeypatch.setattr(group_commit, "close_old_connections", lambda: given_back.append(time.monotonic()))
    batcher = Batcher("kept", list)
    for _ in range(10):  # longer in all than it is kept
        await batcher.submit("item")
        ended.append(time.monotonic())
        await asyncio.sleep(0.02)
    while not (given_back and given_back[-1] > ended[-1]):
        await asyncio.sleep(0.01)
    for moment in given_back:
        assert moment - max(end for end in ended if end < moment) > 0.09
    await batcher.close()


def test_its_end_is_looked_for_once_or_twice():
    """In the server's event loop, whose clock has steps: between two of them nobody asks again and again."""
    looks = []

    class Looking(Batcher):
        def give_back(self):
            looks[-1] += 1
            super().give_back()

    async def rest():
        batcher = Looking("test looks", lambda items: items)
        for _ in range(12):
            looks.append(0)
            await batcher.submit(1)
            await asyncio.sleep(2 * group_commit.KEEP_SECONDS)
        await batcher.close()

    uvloop.run(rest())
    assert max(looks) <= 3


async def test_who_waits_in_vain_for_the_end_can_wait_again():
    going_on = threading.Event()
    batcher = Batcher("slow", lambda items: items if going_on.wait(10) else [])
    future = batcher.submit("item")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(batcher.close(), 0.05)
    going_on.set()
    assert await future == "item"
    await asyncio.wait_for(batcher.close(), 10)
