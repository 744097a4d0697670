"""Signing in and out through the pages, and sockets that come with the cookie, as a browser's do."""

import re
from contextlib import asynccontextmanager

import httpx

from mindnet.tests.support.sockets import connect

CSRF = re.compile('name="csrfmiddlewaretoken" value="([^"]+)"')


def sign_in(world, person, process=0):
    """The cookie of a new login session, through the login page."""
    with httpx.Client(base_url=world.urls[process], trust_env=False) as client:
        page = client.get("/accounts/login/")
        form = {"login": person.username, "password": person.password, "csrfmiddlewaretoken": CSRF.search(page.text)[1]}
        answer = client.post("/accounts/login/", data=form, headers={"Referer": world.urls[process]})
        assert answer.status_code == 302, answer.text[:500]
        return f"sessionid={client.cookies['sessionid']}"


def sign_out(world, cookie):
    name, _, value = cookie.partition("=")
    with httpx.Client(base_url=world.url, trust_env=False, cookies={name: value}) as client:
        token = CSRF.search(client.get("/accounts/logout/").text)[1]
        answer = client.post("/accounts/logout/", data={"csrfmiddlewaretoken": token}, headers={"Referer": world.url})
        assert answer.status_code == 302


@asynccontextmanager
async def browser(world, cookie, process=0, **headers):
    headers = {"Origin": world.urls[process], "Cookie": cookie} | headers
    async with connect(world.ws_urls[process], headers=headers) as socket:
        yield socket
