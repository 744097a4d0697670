"""Few requests at a time, first come, first served, and those that only wait do not count."""

import asyncio

import pytest

from mindnet.serving.turns import Turns


class Requests:
    """Requests that work until they are told to end, and who of them has begun."""

    def __init__(self, turns):
        self.turns, self.begun, self.ends = turns, [], {}

    def begin(self, name):
        self.ends[name] = asyncio.Event()
        return asyncio.create_task(self.work(name))

    async def work(self, name):
        async with self.turns.turn():
            self.begun.append(name)
            await self.ends[name].wait()


@pytest.fixture
async def requests():
    return Requests(Turns(2, 3600))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_they_come_in_their_order(requests):
    tasks = [requests.begin(name) for name in "abcde"]
    await settle()
    assert requests.begun == ["a", "b"]
    requests.ends["b"].set()
    await settle()
    assert requests.begun == ["a", "b", "c"]
    for end in requests.ends.values():
        end.set()
    await asyncio.gather(*tasks)
    assert requests.begun == list("abcde") and requests.turns.free == 2


async def test_one_that_waits_makes_room_and_gives_it_back_once():
    requests = Requests(Turns(1, 0.01))
    tasks = [requests.begin(name) for name in "abc"]
    await asyncio.wait_for(until(lambda: requests.begun == ["a", "b", "c"]), 10)
    for end in requests.ends.values():
        end.set()
    await asyncio.gather(*tasks)
    assert requests.turns.free == 1


async def until(is_so):
    while not is_so():
        await asyncio.sleep(0.005)


async def test_who_goes_away_in_line_leaves_no_gap(requests):
    tasks = [requests.begin(name) for name in "abcd"]
    await settle()
    tasks[2].cancel()
    requests.ends["a"].set()
    tasks[3].cancel()  # in the moment in which it is let in, or before it
    await settle()
    requests.ends["b"].set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert requests.turns.free == 2 and not requests.turns.line


async def test_a_request_that_fails_gives_its_place_back(requests):
    with pytest.raises(ValueError, match="no"):
        async with requests.turns.turn():
            raise ValueError("no")
    assert requests.turns.free == 2
