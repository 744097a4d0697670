"""What comes together is stored together, and who cannot wait takes all along."""

import asyncio
import threading

import pytest

from mindnet.base.errors import DomainError
from mindnet.base.turns import first
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
