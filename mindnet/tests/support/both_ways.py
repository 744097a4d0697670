"""The ways of a request, to compare what they give and what they leave behind."""

import asyncio
import re
from collections import Counter
from datetime import datetime, timedelta
from importlib import import_module
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from knox.models import AuthToken

from messaging.models import HeldMessage, Message, MessageVersion
from mindnet.base import rates
from mindnet.serving.at_once import AtOnce
from mindnet.serving.handler import Handler
from mindnet.serving.plain import NUMBER
from mindnet.serving.short_way import ShortWay
from mindnet.serving.sign_in_line import SignInLine
from mindnet.socket import runtime
from presence.callers import whose_token
from presence.login_sessions import whose
from presence.models import Psychic
from rooms.models import RoomParticipant

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore
# Of who is taken where nothing is written.
READS = object()
# What differs between two messages that say the same, and the clock.
OWN = re.compile(rb'"(?:id|seq|changed_seq|last_seq|timestamp|edited_at|nonce)":(?:"[^"]*"|\d+)')
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OWN_FIELDS = {
    "id", "seq", "changed_seq", "nonce", "nonce_digest", "digest", "token_key", "session_key", "session_data",
    # What the process sees to by itself, sooner or later, of who is not connected.
    "chosen_status", "status",
}  # fmt: skip


class Doors:
    """The ways into one process."""

    scheme = "http"

    def __init__(self, runner):
        self.runner = runner
        handler = Handler()
        self.long = SignInLine(handler)
        self.went_on = 0
        self.short = ShortWay(self.go_on, handler.turns)
        self.at_once = WayAtOnce(self.short)
        runner.run(runtime.get())

    async def go_on(self, scope, receive, send):
        self.went_on += 1
        await self.long(scope, receive, send)

    def ask(self, way, method, path, headers, body=b""):
        """(status, headers, body) as they are sent."""
        return self.runner.run(answer_of(way, self.scope(method, path, headers, body), body))

    def ask_together(self, asked, method="GET"):
        """`ask` of reads or of edits the short way, (path, headers) and perhaps the body of each, while somebody else
        has the turn: all of them are there when theirs comes."""

        self.went_on = 0

        async def answers():
            over = asyncio.Event()
            loop = asyncio.get_running_loop()
            begun = asyncio.Event()

            def hold():
                with self.short.turns.turn():
                    loop.call_soon_threadsafe(begun.set)
                    asyncio.run_coroutine_threadsafe(over.wait(), loop).result()

            held = loop.run_in_executor(None, hold)
            await begun.wait()
            requests = [
                asyncio.ensure_future(answer_of(self.short, self.scope(method, path, headers, *body), *body or [b""]))
                for path, headers, *body in asked
            ]
            kind = self.short.reads if method == "GET" else self.short.changes
            for _ in range(20):
                await asyncio.sleep(0)
            assert len(kind.line) + self.went_on >= len(asked)
            over.set()
            await held
            return await asyncio.gather(*requests)

        return self.runner.run(answers())

    def scope(self, method, path, headers, body=b""):
        return scope_of(method, path, headers, body) | {"scheme": self.scheme}


class WayAtOnce:
    """A server that has a request in one piece, as an application."""

    def __init__(self, short):
        self.short = short
        self.takes = AtOnce(short).takes
        self.took = 0

    async def __call__(self, scope, receive, send):
        coming = [await receive()]
        exchange = Whole(scope, coming[0]["body"])
        if self.takes(exchange):
            self.took += 1
            for message in await exchange.answered:
                await send(message)
            if exchange.begun is None:
                return

        async def again():
            return coming.pop() if coming else await receive()

        await self.short(exchange.begun or scope, again, send)


class Whole:
    """A request, and its answer as an application sends it."""

    def __init__(self, scope, body):
        self.scope = scope
        self.body = body
        self.answered = asyncio.get_running_loop().create_future()
        self.begun = None

    def answer(self, status, head, body):
        lines = [tuple(line.split(b": ", 1)) for line in head.splitlines()]
        start = {"status": status, "headers": [(name.title(), value) for name, value in lines]}
        self.answered.set_result([start, {"body": body}])

    def refuse(self, refusal):
        self.answered.set_exception(refusal)

    def begin(self, scope):
        self.begun = scope
        self.answered.set_result([])


def scope_of(method, path, headers, body=b""):
    """A request as it comes from uvicorn."""
    path, _, query = path.partition("?")
    given = {"host": "localhost", "accept": "*/*"} | headers
    if body and "transfer-encoding" not in given:
        given["content-length"] = str(len(body))
    lines = [(name.encode(), value.encode()) for name, value in given.items() if value is not None]
    return {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": lines,
        "scheme": "http", "http_version": "1.1", "client": ("198.51.100.7", 4711), "server": ("127.0.0.1", 80),
        "root_path": "",
    }  # fmt: skip


async def answer_of(way, scope, body):
    coming, sent = [{"type": "http.request", "body": body, "more_body": False}], []

    async def receive():
        return coming.pop() if coming else await asyncio.Future()

    async def send(message):
        sent.append(message)

    await way(scope, receive, send)
    start, *pieces = sent
    headers = [line for line in start["headers"] if line[0] != b"Expires"]
    return start["status"], headers, b"".join(one.get("body", b"") for one in pieces)


async def stop():
    await (await runtime.get()).stop()


def token_of(psychic):
    return AuthToken.objects.create(user=psychic)[1]


def with_token(psychic):
    return {"authorization": f"Token {token_of(psychic)}"}


def with_cookie(psychic, **data):
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(psychic.pk), psychic.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    for name, value in ({"signed_in_at": timezone.now().timestamp()} | data).items():
        if value is not None:
            session[name] = value
    session.save()
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}


def kept():
    """What is in the tables that a request could change, but for what each row has of its own."""
    return [
        Counter(
            UUID.sub("own", str({name: seen(row[name]) for name in sorted(row.keys() - OWN_FIELDS)}))
            for row in model.objects.values()
        )
        for model in (Message, MessageVersion, HeldMessage, AuthToken, Session, Psychic)
    ]


def seen(value):
    """Moments by the hour."""
    return round((value - timezone.now()).total_seconds() / 3600) if isinstance(value, datetime) else value


def ways(doors):
    """Each with whether it is known whose a credential was when it was read; to SQLite that makes no difference."""
    guessing = [(doors.short, True)] if connection.vendor == "postgresql" else []
    return [(doors.at_once, False), (doors.short, False), *guessing, (doors.long, False)]


def compare(doors, method, path, make_headers, body=b"", *, taken=None):
    """Asks both ways, each from the state that `make_headers()` makes. Gives the status. `taken`: whether the short way
    must have answered by itself."""
    found = []
    for way, is_known in ways(doors):
        rates.buckets.clear()
        headers, doors.went_on = make_headers(), 0
        forget_whose()
        if is_known:
            guess_whose()
        before = kept()
        status, lines, content = doors.ask(way, method, path, headers, body.replace(b"NONCE", str(uuid4()).encode()))
        changes = [(after - was, len(was - after)) for was, after in zip(before, kept(), strict=True)]
        assert dict(lines).get(b"Content-Length", b"0") in (str(len(content)).encode(), b"0")
        if way is not doors.long:
            went_on = doors.went_on
            sentence = f"{method} {path} {body[:80]} {headers} {status} {content[:200]}"
            assert went_on <= 1 and (taken is None or bool(went_on) != taken), sentence
        if method != "GET":
            lines = [line for line in lines if line[0] != b"Content-Length"]
            content = UUID.sub("own", OWN.sub(b"own", content).decode())
        lines = [(name, value if name != b"Set-Cookie" else b"csrf") for name, value in lines]
        if b"text/html" in dict(lines)[b"Content-Type"]:
            assert went_on  # pages have a nonce and a csrf token
            lines = content = None
        found.append((status, lines, content, changes))
    *shorts, long = found
    for short in shorts:
        for mine, theirs in zip(short, long, strict=True):
            assert str(mine) == str(theirs), f"{method} {path} {body[:80]}\n{mine}\n{theirs}"
    return long[0]


def forget_whose():
    """As a process that has just been started."""
    whose.ids.clear()
    whose_token.ids.clear()


def guess_whose(psychic_id=None):
    """As a process that has seen all credentials there are, when they were good; `psychic_id`: and takes them for
    theirs."""
    for digest, owner_id in AuthToken.objects.values_list("digest", "user"):
        whose_token.put(digest, psychic_id or owner_id)
    for session in Session.objects.all():
        if SESSION_KEY in (data := session.get_decoded()):
            whose.put(session.session_key, psychic_id or int(data[SESSION_KEY]))


def words(doors):
    """Every operation on the short way, as (method, path with the numbers as they are)."""
    return sorted(
        (method, "/".join("{}" if word is NUMBER else word for word in path))
        for method, *path in doors.short.operations
    )


class People:
    """Ways of being somebody, each made anew when it is called: {name: (headers, whether the short way takes them)}."""

    def __init__(self, cast):
        self.cast = cast
        self.paul = cast.participant

    def change(self, **fields):
        Psychic.objects.filter(pk=self.paul.pk).update(**fields)
        self.paul.refresh_from_db()

    def is_himself(self):
        AuthToken.objects.all().delete()
        self.change(is_active=True, banned_until=None, settled_password="", chosen_status="online")
        # Of an account that is closed the process ends what it takes part in, sooner or later.
        RoomParticipant.objects.filter(psychic=self.paul).update(is_active=True)

    def token(self, **fields):
        self.is_himself()
        headers = with_token(self.paul)
        AuthToken.objects.filter(user=self.paul).update(**fields)
        return headers

    def changed(self, make=None, **fields):
        headers = (make or self.token)()
        self.change(**fields)
        return headers

    def cookie(self, **data):
        self.is_himself()
        return with_cookie(self.paul, **data)

    def beside_one_that_has_run_out(self):
        headers = self.token()
        AuthToken.objects.create(user=self.paul)
        other = AuthToken.objects.exclude(token_key=headers["authorization"][6:][:15])
        other.update(expiry=timezone.now() - timedelta(days=1))
        return headers

    def all(self):
        soon, past = timezone.now() + timedelta(days=1), timezone.now() - timedelta(days=1)
        name = settings.SESSION_COOKIE_NAME
        return {
            "nobody": (dict, False),
            "a token": (self.token, True),
            "a token in another case": (
                lambda: {"authorization": self.token()["authorization"].replace("T", "t")},
                True,
            ),
            "an owner": (lambda: with_token(self.cast.owner), True),
            "a moderator": (lambda: with_token(self.cast.moderator), True),
            "muted": (lambda: with_token(self.cast.restricted), READS),
            "an outsider": (lambda: with_token(self.cast.outsider), READS),
            "an unknown token": (lambda: {"authorization": "Token " + "f" * 64}, False),
            "no token": (lambda: {"authorization": "Token"}, False),
            "two words": (lambda: {"authorization": "Token ab cd"}, False),
            "another kind": (lambda: {"authorization": "Basic abcd"}, False),
            "has run out": (lambda: self.token(expiry=past), False),
            "is renewed": (lambda: self.token(expiry=soon), False),
            "too old": (lambda: self.token(created=timezone.now() - timedelta(days=3650), expiry=None), False),
            "without an end": (lambda: self.token(expiry=None), True),
            "beside one that has run out": (self.beside_one_that_has_run_out, False),
            "banned": (lambda: self.changed(banned_until=soon, ban_reason="Rest."), False),
            "banned once": (lambda: self.changed(banned_until=past), True),
            "closed": (lambda: self.changed(is_active=False), False),
            "another password": (lambda: self.changed(settled_password="another"), False),
            "meditating": (lambda: self.changed(chosen_status="meditating", status="meditating"), True),
            "a cookie": (self.cookie, READS),
            "a cookie among others": (
                lambda: {"cookie": f"a=b; {self.cookie()['cookie']}; csrftoken={'x' * 32}"},
                READS,
            ),
            "a malformed csrf cookie": (lambda: {"cookie": f"{self.cookie()['cookie']}; csrftoken=x"}, False),
            "a dead cookie": (lambda: {"cookie": f"{name}=dead"}, False),
            "an odd cookie": (lambda: {"cookie": f'{name}="\\000"'}, False),
            "no login session": (lambda: {"cookie": "a=b"}, False),
            "of an old release": (lambda: self.cookie(signed_in_at=None), False),
            "a login of long ago": (lambda: self.cookie(signed_in_at=1.0), False),
            "another hash": (lambda: self.cookie(**{HASH_SESSION_KEY: "x"}), False),
            "banned with a cookie": (lambda: self.changed(self.cookie, banned_until=soon), False),
            "closed with a cookie": (lambda: self.changed(self.cookie, is_active=False), False),
            "both": (lambda: self.token() | self.cookie(), False),
        }
