"""Many who sign in at once: a few at a time, the rest in line, and nobody for nothing."""

import asyncio

import httpx
import pytest
from django.urls import resolve

from mindnet.base.errors import DomainError
from mindnet.serving.sign_in_line import PATHS, WAIT_SECONDS, Line, SignInLine
from presence import hashing

BEGUN = "a hash begins"


async def test_a_crowd_is_let_in_one_after_another_and_who_would_wait_for_nothing_hears_it_at_once(make_world):
    """With real requests to a real server. A page is answered while they stand there."""
    world = make_world("embedded", DJANGO_SETTINGS_MODULE="mindnet.tests.serving.slow_hashing")
    line = Line(hashing.AT_ONCE)
    places = int(WAIT_SECONDS / line.work_seconds + 1) * line.at_once
    server, answers = world.processes[0], []
    begun = server.log().count(BEGUN)  # the administrator's, at the start

    async def sign_in(client, number):
        answers.append(await client.post("/auth/token", json={"username": f"name{number}", "password": "a guess"}))

    async with httpx.AsyncClient(base_url=world.url, timeout=30, trust_env=False) as client:
        async with asyncio.TaskGroup() as group:
            for number in range(places + 20):
                group.create_task(sign_in(client, number))
            while not answers:
                await asyncio.sleep(0.01)
            page = await client.get("/accounts/login/")
            assert page.status_code == 200 and len(answers) < places + 20
    let_in = [answer for answer in answers if answer.status_code == 401]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert len(let_in) >= places and refused and len(let_in) + len(refused) == places + 20
    assert {answer.json()["code"] for answer in refused} == {"overloaded"}
    assert all(1 <= answer.json()["retry_after"] <= int(answer.headers["retry-after"]) for answer in refused)
    assert server.log().count(BEGUN) - begun == len(let_in)


async def test_turns_go_in_order_and_a_place_that_is_left_is_nobodys():
    line, order = Line(1), []
    await line.enter()

    async def come(name):
        await line.enter()
        order.append(name)

    tasks = [asyncio.create_task(come(name)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.sleep(0)
    for _ in range(3):
        line.leave(0.1)
        await asyncio.sleep(0.01)
    assert order == ["a", "c"] and line.at_work == 0 and not line.waiting


async def test_how_long_it_would_take_is_what_it_took():
    line = Line(2)
    for _ in range(20):
        await line.enter()
        line.leave(2.0)
    assert line.work_seconds == pytest.approx(2.0, abs=0.01)
    line.at_work = 2
    line.waiting.extend(asyncio.get_running_loop().create_future() for _ in range(8))
    with pytest.raises(DomainError) as refused:
        await line.enter()
    # Four before one in each of two places, and one at work: ten seconds, of which six are waited.
    assert refused.value.extra["retry_after"] == pytest.approx(4.0, abs=0.2)


async def test_who_reads_pages_is_told_on_one(monkeypatch):
    """The refusal goes on to the page, which says it in its place, and hashes nothing."""
    told = []

    async def application(scope, receive, send):
        told.append((hashing.refusal.get(), (await receive())["body"]))

    async def receive():
        return {"type": "http.request", "body": b"login=ada"}

    front = SignInLine(application)
    front.line.work_seconds, front.line.at_work = 100.0, front.line.at_once
    scope = {"type": "http", "method": "POST", "path": "/accounts/login/", "headers": [(b"accept", b"text/html,*/*")]}
    await asyncio.create_task(front(scope, receive, None))
    assert [(refusal.code, body) for refusal, body in told] == [("overloaded", b"login=ada")]


@pytest.mark.parametrize("path", sorted(PATHS))
def test_each_door_is_there(path):
    assert resolve(path).url_name or resolve(path).func
