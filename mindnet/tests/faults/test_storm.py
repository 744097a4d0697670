"""Everything at once, in an order that the dice decide: one history, judged as a whole."""

import asyncio
import time

import psycopg

from mindnet.tests.support.crews import Crew
from mindnet.tests.support.proxy import FaultProxy

STORM_SECONDS = 25
COMPLETE_SECONDS = 15


class Storm:
    """Breaks one thing at a time and mends it again."""

    def __init__(self, world, redis, postgres, proxies, rng):
        self.world, self.redis, self.postgres, self.proxies, self.rng = world, redis, postgres, proxies, rng
        self.done = []

    async def kill_process(self):
        process = self.rng.choice(self.world.processes)
        process.kill()
        await asyncio.sleep(self.rng.uniform(0, 1))
        await asyncio.to_thread(process.start)

    async def stop_process(self):
        process = self.rng.choice(self.world.processes)
        await asyncio.to_thread(process.stop)
        await asyncio.to_thread(process.start)

    async def reset_links(self):
        for proxy in self.proxies:
            proxy.reset_all()

    async def cut_in_a_frame(self):
        self.rng.choice(self.proxies).cut_within(self.rng.randrange(1, 3000))

    async def slow_links(self):
        proxy = self.rng.choice(self.proxies)
        proxy.delay_seconds, proxy.slice_bytes = self.rng.uniform(0, 0.3), self.rng.choice([None, 1, 7])
        await asyncio.sleep(1)
        proxy.delay_seconds, proxy.slice_bytes = 0.0, None

    async def deafen(self):
        await asyncio.to_thread(self.redis.cut_subscribers)

    async def hang_redis(self):
        self.redis.pause()
        await asyncio.sleep(self.rng.uniform(0.2, 2))
        self.redis.resume()

    async def kill_redis(self):
        self.redis.kill()
        await asyncio.sleep(self.rng.uniform(0, 1))
        await asyncio.to_thread(self.redis.start)

    async def terminate_backends(self):
        await asyncio.to_thread(terminate_backends, self.world.database_url)

    async def crash_postgres(self):
        await asyncio.to_thread(self.postgres.stop_immediately)
        await asyncio.to_thread(self.postgres.start)

    async def rage(self, seconds):
        ends = time.monotonic() + seconds
        faults = [
            self.kill_process, self.stop_process, self.reset_links, self.cut_in_a_frame, self.slow_links, self.deafen,
            self.hang_redis, self.kill_redis, self.terminate_backends, self.crash_postgres,
        ]  # fmt: skip
        while time.monotonic() < ends:
            fault = self.rng.choice(faults)
            self.done.append(fault.__name__)
            await fault()
            await asyncio.sleep(self.rng.uniform(0.2, 1.2))


def terminate_backends(url):
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_a_storm_of_everything(make_cluster, redis, postgres, rng, figures):
    world = make_cluster()
    ports = [process.port for process in world.processes]
    async with FaultProxy("127.0.0.1", ports[0]) as first, FaultProxy("127.0.0.1", ports[1]) as second:
        proxies = [first, second]
        addresses = [f"ws://127.0.0.1:{proxy.port}/connect" for proxy in proxies]
        async with Crew(world, rng, addresses=addresses, copies=2) as crew:
            crew.start_talking()
            storm = Storm(world, redis, postgres, proxies, rng)
            await storm.rage(STORM_SECONDS)
            await crew.stop_talking()
            for proxy in proxies:
                proxy.spare()
            seconds = await crew.complete(timeout=COMPLETE_SECONDS)
            figures(crew.verdict(), faults=len(storm.done), kinds=len(set(storm.done)),
                    complete_seconds=round(seconds, 2))  # fmt: skip
            assert len(crew.history.acknowledged) > 50
