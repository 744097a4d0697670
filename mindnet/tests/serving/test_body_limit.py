"""A body that is too large is refused before it is kept."""

import asyncio
import os
import re
from pathlib import Path

import httpx
import pytest

from mindnet.serving import uploaders
from mindnet.tests.support.logins import sign_in
from mindnet.tests.support.tools import BASE_DIR

MEGABYTE = b"x" * 2**20
SMALL = 256 * 1024


@pytest.fixture(scope="module")
def ada(embedded):
    return embedded.person("ada")


@pytest.fixture
def anybody(embedded):
    return embedded.client()


def chunks(count):
    for _ in range(count):
        yield MEGABYTE


def temporary_bytes(world):
    """Of files that have no name, or one in the folder for what is temporary."""
    total = 0
    for link in Path(f"/proc/{world.processes[0].popen.pid}/fd").iterdir():
        try:
            if "(deleted)" in os.readlink(link):
                total += os.stat(link).st_size
        except FileNotFoundError:  # closed in between
            pass
    return total


@pytest.mark.parametrize("path", ["/psychics/me/avatar", "/psychics/me", "/nowhere", "/"])
@pytest.mark.parametrize("content", [lambda: MEGABYTE * 11, lambda: chunks(12)], ids=["said beforehand", "unsaid"])
def test_more_than_the_limit_is_refused_whatever_it_is_for(ada, path, content):
    answer = ada.api().put(path, content=content())
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert ada.api().get("/psychics/me").status_code == 200


@pytest.mark.parametrize("size, status", [(10 * 2**20, 415), (10 * 2**20 + 1, 413)])
def test_up_to_the_limit_it_is_looked_at(ada, size, status):
    answer = ada.api().put("/psychics/me/avatar", files={"file": ("x.png", b"x" * size)})
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/nowhere", "/rooms", "/auth/token", "/accounts/login/", "/admin/login/"])
def test_where_nothing_is_uploaded_little_is_taken(ada, path):
    assert ada.api().post(path, content=b"x" * SMALL).status_code != 413
    for content in (b"x" * (SMALL + 1), chunks(1)):
        answer = ada.api().post(path, content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


UPLOADS = ["/psychics/me/avatar", "/rooms/1/attachments", "/profile/picture", "/room/1/post"]


@pytest.mark.parametrize("path", UPLOADS)
def test_nobody_uploads_without_having_signed_in(embedded, anybody, path):
    for headers in ({}, {"Authorization": "Token dead"}, {"Cookie": "sessionid=dead"}):
        for content in (MEGABYTE, chunks(9)):
            answer = anybody.post(path, content=content, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert temporary_bytes(embedded) < 2**20


@pytest.mark.parametrize("path", UPLOADS)
def test_who_has_signed_in_does(embedded, ada, anybody, path):
    for headers in ({"Authorization": f"Token {ada.token}"}, {"Cookie": sign_in(embedded, ada)}):
        answer = anybody.post(path, content=MEGABYTE, headers=headers)
        # What the door behind makes of it is its own affair.
        assert answer.status_code not in (401, 413)


async def test_so_many_files_of_one_psychic_arrive_at_once(embedded, ada):
    """However they come, and whether their size is said beforehand. Others, and what is small, are let through."""
    bob = embedded.person("bob")
    ways = [{"Authorization": f"Token {ada.token}"}, {"Cookie": sign_in(embedded, ada)}]
    go_on = asyncio.Event()

    async def slowly():
        for _ in range(4):
            yield MEGABYTE
        await go_on.wait()

    async with httpx.AsyncClient(base_url=embedded.url, timeout=30, trust_env=False) as client:

        async def status(path, way, content=MEGABYTE):
            return (await client.post(path, content=content, headers=way)).status_code

        slow = [asyncio.create_task(status(UPLOADS[0], way, slowly())) for way in ways * 2]
        while temporary_bytes(embedded) < 15 * 2**20:
            await asyncio.sleep(0.01)
        for path, way in zip(UPLOADS, ways * 2, strict=True):
            answer = await client.post(path, content=MEGABYTE, headers=way)
            assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
            assert int(answer.headers["retry-after"]) > 0
        assert await status(UPLOADS[0], {"Authorization": f"Token {bob.token}"}) not in (401, 413, 429)
        assert await status(UPLOADS[0], ways[0], b"small") not in (401, 413, 429)
        go_on.set()
        assert not {401, 413, 429} & set(await asyncio.gather(*slow))
        assert await status(UPLOADS[0], ways[0]) not in (401, 413, 429)


def test_every_form_with_files_is_among_the_pages_that_take_them():
    forms = [
        form
        for template in (BASE_DIR / "templates").rglob("*.html")
        for form in re.findall(r"<form[^>]*multipart/form-data[^>]*", template.read_text())
    ]
    assert {re.search(r"{% url '(\w+)'", form)[1] for form in forms} == uploaders.PAGES
