"""A crowd that comes back at once costs the database a few transactions, not some for each socket."""

import asyncio

import psycopg

from mindnet.tests.support.checks import room_of

PSYCHICS, SOCKETS_EACH = 20, 10
SOCKETS = PSYCHICS * SOCKETS_EACH
MOST = 100  # of either; a busy machine gathers less at a time


def transactions(server_url):
    """How many transactions have written anything so far, on this whole server: each takes a number."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        return connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()[0]


async def test_opening_looking_and_closing_are_gathered(postgres_server, make_world):
    url = postgres_server.url("postgres")
    world = make_world("cluster", postgres_url=url, MINDNET_OFFLINE_GRACE_SECONDS="1")
    people = [world.person(f"p{number}") for number in range(PSYCHICS)]
    room = await room_of(*people)
    doors = [person.connect(number % 2) for person in people for number in range(SOCKETS_EACH)]
    for door in doors:
        door.options["open_timeout"] = 60

    before = transactions(url)
    sockets = await asyncio.gather(*[door.__aenter__() for door in doors])
    opened = transactions(url)
    await asyncio.gather(*[socket.call("room.enter", {"room": room}, timeout=60) for socket in sockets])
    looking = transactions(url)
    online = people[0].api().get("/presence/online?limit=100").json()["results"]
    assert {row["username"] for row in online} == {person.username for person in people}

    await asyncio.gather(*[door.__aexit__(None, None, None) for door in doors])
    async with asyncio.timeout(60):
        while people[0].api().get(f"/psychics/{people[-1].username}").json()["status"] != "offline":
            await asyncio.sleep(0.5)
    closed = transactions(url)
    costs = {"opening": opened - before, "looking": looking - opened, "closing": closed - looking}
    assert max(costs.values()) < MOST, costs
