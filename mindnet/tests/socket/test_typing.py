"""The pace of one socket's typing."""

import asyncio

import pytest

from mindnet.base.limits import Rate
from mindnet.socket.typing import TypingPace

pytestmark = pytest.mark.once


class Pace(TypingPace):
    """Keeps what it has told."""

    def __init__(self):
        super().__init__(self.keep)
        self.told = []

    async def keep(self, room_id, on):
        self.told.append((room_id, on))


@pytest.fixture
async def pace(settings):
    settings.LIMITS_ENFORCED = True
    settings.LIMITS = settings.LIMITS | {"TYPING_RATE": Rate(1, 5)}
    return Pace()


async def test_what_comes_too_soon_is_told_in_its_turn(pace):
    for on in (True, False, True, True):
        await pace.say(12, on)
    assert pace.told == [(12, True), (12, False)]
    await asyncio.sleep(0.3)
    assert pace.told == [(12, True), (12, False), (12, True)]


async def test_what_no_longer_holds_is_not_told(pace):
    for on in (True, False, True, False):
        await pace.say(12, on)
    await asyncio.sleep(0.3)
    assert pace.told == [(12, True), (12, False)]


async def test_what_was_sent_is_not_told_as_typing_afterwards(pace):
    for on in (True, False, True):
        await pace.say(12, on)
    pace.sending(12)
    await asyncio.sleep(0.3)
    assert pace.told == [(12, True), (12, False)]


async def test_rooms_do_not_wait_for_each_other(pace):
    await pace.say(12, True)
    await pace.say(13, True)
    assert pace.told == [(12, True), (13, True)]


async def test_the_end_names_the_rooms_that_believe_it_and_stops_what_waits(pace):
    await pace.say(12, True)
    await pace.say(13, True)
    await pace.say(13, False)
    await pace.say(13, True)
    assert pace.end() == [12]
    await asyncio.sleep(0.3)
    assert pace.told[-1] == (13, False)


async def test_an_end_nobody_heard_the_beginning_of_is_not_told(pace):
    await pace.say(12, False)
    assert not pace.told and not pace.rooms
