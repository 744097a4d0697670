"""What clients send writes no line of the log, and what a server refuses is no fault of its own."""

import asyncio
import re
from urllib.parse import quote

from mindnet.tests.support.checks import RawLink
from mindnet.tests.support.logins import sign_in
from mindnet.tests.support.people import PASSWORD

EVENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+ ")
FORGED = "2026-01-01 00:00:00,000 ERROR root forged"
ENDS = ["\n", "\r\n", "\r", "\x85", "\u2028"]


async def test_no_client_writes_a_line_of_the_log(embedded):
    log, start = embedded.processes[0], len(embedded.processes[0].log())
    client = embedded.open_client()
    for end in ENDS:
        words = f"x{end}{FORGED}"
        path = quote(words)
        for where in (
            f"/{path}",
            f"/rooms/{path}",
            f"/admin/{path}",
            f"/psychics/{path}",
            f"/static/{path}",
            f"/?{path}",
        ):
            client.get(where)
            client.post(where, json={"name": words})
        client.post("/auth/token", json={"username": words, "password": words})
        client.post("/auth/token", json={words: words})
        client.get("/", headers={"Authorization": f"Token {path}", "User-Agent": path, "Cookie": f"sessionid={path}"})
        client.put(f"/psychics/me/avatar?{path}", files={words: (words, words.encode(), "image/png")})
        link = await RawLink.open(
            embedded.ws_url, path=f"/connect{path}".encode(), headers=[f"User-Agent: {path}".encode()]
        )
        link.close()
    lines = log.log()[start:].splitlines()
    assert any("forged" in line for line in lines), "nothing was tried"
    assert [line for line in lines if not EVENT.match(line)] == []
    assert not any(line.startswith(FORGED) for line in lines)


async def test_a_page_of_the_admin_that_is_not_theirs_is_no_traceback(embedded):
    """`calm_servers` looks at the log behind every test."""
    ada = embedded.person("ada")
    cookie = await asyncio.to_thread(sign_in, embedded, ada)
    embedded.shell(f"from presence.models import Psychic; Psychic.objects.filter(pk={ada.id}).update(is_staff=True)")
    client = embedded.open_client(headers={"Cookie": cookie})
    assert client.get("/admin/").status_code == 200
    for path in (
        "/admin/presence/psychic/",
        "/admin/presence/psychic/add/",
        f"/admin/presence/psychic/{ada.id}/change/",
    ):
        answer = client.get(path)
        assert answer.status_code == 403 and PASSWORD not in answer.text
    assert "Traceback" not in embedded.processes[0].log()
