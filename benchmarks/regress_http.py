"""How much work a page and a read over REST make, counted for `benchmarks.regress`: what the request's thread does,
by the way that it goes, for somebody who has asked before. What uvicorn does around it is its own.
"""

import io
from functools import partial

ROUNDS = 5


def scope_of(path, *, method="GET", **headers):
    """A request as it comes from uvicorn."""
    from django.conf import settings

    named = {"host": f"127.0.0.1:{settings.PORT}", "accept-encoding": "gzip", **headers}
    return {
        "type": "http", "method": method, "path": path, "query_string": b"", "scheme": "http", "http_version": "1.1",
        "client": ("127.0.0.1", 40_000), "server": ("127.0.0.1", settings.PORT),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()],
    }  # fmt: skip


def work_of(handler, short, scope):
    """What a thread of requests does for it, to be called; it gives the status."""
    from django.core.handlers.asgi import ASGIRequest

    from mindnet.serving.short_way import in_thread

    plain = short.plain(scope)
    if plain is not None:
        return lambda: in_thread(short.turns, plain).status
    request = ASGIRequest(scope, io.BytesIO())
    return lambda: handler.answer(request).status_code


def post_of(short, token, room_id):
    """What the writer's thread does for a post that comes alone, to be called; it gives the status."""
    from messaging import writer
    from messaging.drafts import Letter
    from mindnet.serving.short_way import prepared

    plain = short.plain(scope_of(f"/rooms/{room_id}/messages", method="POST", **written_with(token)))
    way = plain.operation.way
    body = way.body(content="a message")
    letter = Letter(room_id, body.nonce, plain.credential, partial(prepared, plain, way, body))
    return lambda: way.answer(writer.commit_opened([letter])[0])[0]


def edit_of(short, token, psychic, room_id):
    """What a thread of requests does for an edit that comes alone, to be called; it gives the status."""
    from messaging import services
    from mindnet.serving.actions import over_one_connection

    message, _ = services.post_message(psychic=psychic, room_id=room_id, content="as it was")
    plain = short.plain(scope_of(f"/messages/{message.id}", method="PATCH", **written_with(token)))
    body = plain.operation.way.body(content="as it is")

    def edit():
        [(_, outcome)] = over_one_connection([plain], [body])
        return outcome.status

    return edit


def written_with(token):
    """The headers of a write."""
    return {"authorization": f"Token {token}", "content_type": "application/json", "content_length": "30"}


def cookie_of(psychic):
    """A login session as signing in makes it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from presence.login_sessions import SessionStore

    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(psychic.pk), psychic.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def requests_of(psychic, token, room_id):
    """{what: (path, headers)}"""
    browser = {"cookie": cookie_of(psychic), "accept": "text/html"}
    script = {"authorization": f"Token {token}", "accept": "application/json"}
    return {
        "room_page": (f"/room/{room_id}", browser),
        "lobby": ("/", browser),
        "directory": ("/people", browser),
        "history_page": (f"/rooms/{room_id}/messages", script),
        "rooms": ("/rooms", script),
    }


def measure(counting, psychic, token, room_id):
    """{calls_per_…, statements_per_…} of each request. `counting` is `benchmarks.regress.Counted`."""
    from django.utils import timezone

    from mindnet.serving.handler import Handler
    from mindnet.serving.short_way import ShortWay
    from presence.models import Node

    # Those who are connected are online, however long the counting before this took.
    Node.objects.update(heartbeat_at=timezone.now())
    handler, found = Handler(), {}
    short = ShortWay(handler, handler.turns)
    works = {
        what: partial(work_of, handler, short, scope_of(path, **headers))
        for what, (path, headers) in requests_of(psychic, token, room_id).items()
    }
    works["post"] = partial(post_of, short, token, room_id)
    works["edit"] = partial(edit_of, short, token, psychic, room_id)
    for what, made in works.items():
        done = []
        for _ in range(ROUNDS):
            work = made()
            with counting() as counted:
                status = work()
            if status not in (200, 201):
                raise RuntimeError(f"{what} was answered with {status}")
            done.append(counted)
        found[f"calls_per_{what}"] = min(counted.calls for counted in done)
        found[f"statements_per_{what}"] = min(counted.statements for counted in done)
    return found
