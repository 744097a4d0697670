"""Our threads: what keeps the process alive does not stand in line behind people's work."""

import asyncio
import threading

import pytest

from mindnet.database import threads

pytestmark = pytest.mark.once


async def test_nobody_can_fill_the_threads_of_the_process_itself():
    goes_on = threading.Event()
    waiting = [asyncio.ensure_future(threads.run(goes_on.wait, 20)) for _ in range(4 * threads.THREADS)]
    try:
        assert await asyncio.wait_for(threads.run_vital(lambda: "alive"), 5) == "alive"
        assert not any(one.done() for one in waiting)
    finally:
        goes_on.set()
        await asyncio.gather(*waiting)
