"""Confirmations of one socket: written one by one, above the rate merged, and never lost while the process lives."""

import asyncio
from types import SimpleNamespace

import pytest

from messaging.confirmations import Confirmations
from messaging.watermarks import Watermark
from mindnet.base.errors import DomainError
from mindnet.base.limits import Rate
from mindnet.database.group_commit import Batcher

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("limits_on")]


@pytest.fixture(autouse=True)
def at_one_moment(monkeypatch):
    """However busy the machine is, all confirmations of a test come together."""
    monkeypatch.setattr("messaging.confirmations.time", SimpleNamespace(monotonic=lambda: 0.0))


@pytest.fixture
async def written(settings):
    """What a batcher was given, and the Confirmations before it: two at once, then ten a second."""
    settings.LIMITS = settings.LIMITS | {"CONFIRM_RATE": Rate(2, 10.0)}
    batches = []
    batcher = Batcher("confirmations", lambda items: batches.append(items) or [None] * len(items))
    yield batches, Confirmations(batcher)
    await batcher.close()


def read(room, seq):
    return Watermark(7, room, seq, seq)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_above_the_rate_the_highest_of_each_room_is_written_once(written):
    batches, confirmations = written
    for seq in range(1, 101):
        await confirmations.submit(read(12, seq))
        await confirmations.submit(Watermark(7, 13, 200 - seq, 0))
    assert sum(map(len, batches)) == 2 and confirmations.kept
    await until(lambda: sum(map(len, batches)) == 4)
    marks = [mark for batch in batches for mark in batch]
    assert set(marks[2:]) == {Watermark(7, 13, 198, 0), read(12, 100)} and len(marks) == 4
    assert not confirmations.kept


async def test_what_is_kept_is_written_when_the_socket_is_gone(written):
    batches, confirmations = written
    for seq in range(1, 5):
        await confirmations.submit(read(12, seq))
    confirmations.close()
    await until(lambda: batches[-1] == [read(12, 4)])


async def test_what_could_not_be_written_is_tried_again(settings, monkeypatch):
    settings.LIMITS = settings.LIMITS | {"CONFIRM_RATE": Rate(1, 20.0)}
    monkeypatch.setattr("messaging.confirmations.RETRY_SECONDS", 0.05)
    failures, marks = [True, True], []

    def commit(items):
        if len(marks) and failures:
            failures.pop()
            raise DomainError("unavailable", "The database did not answer.")
        marks.extend(items)
        return [None] * len(items)

    batcher = Batcher("confirmations", commit)
    confirmations = Confirmations(batcher)
    for seq in (1, 2, 3):
        await confirmations.submit(read(12, seq))
    await until(lambda: not failures and len(marks) == 2)
    assert marks == [read(12, 1), read(12, 3)]
    await batcher.close()
