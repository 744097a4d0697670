"""What a request leaves behind. The garbage collector holds up all threads, every message among them, and comes the
oftener the more there is for it."""

import contextlib
import gc
import io

import pytest
from django.core.handlers.asgi import ASGIRequest

from messaging import services
from mindnet.serving.handler import Handler
from mindnet.tests.support.both_ways import scope_of, with_cookie, with_token

TIMES = 8


@contextlib.contextmanager
def garbage():
    """A list that has at the end what only the collector would have found."""
    found = []
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.django_db(transaction=True)
def test_a_request_leaves_nothing_to_the_garbage_collector(cast):
    """Pages, also for who is not signed in, errors, and JSON the long way. (DRF's browsable pages have their own.)"""
    for number in range(3):
        services.post_message(psychic=cast.owner, room_id=cast.room.pk, content=f"message {number}")
    browser, script = with_cookie(cast.owner) | {"accept": "text/html"}, with_token(cast.owner)
    room = f"/room/{cast.room.pk}"
    pages = ["/", "/people", "/missing", room, f"{room}?before=2", f"{room}/people", "/search?q=message"]
    pages += [f"/psychic/{cast.moderator.username}"]
    asked = [(page, browser | more) for page in pages for more in ({}, {"accept-encoding": "gzip"})]
    asked += [(page, {"accept": "text/html"}) for page in pages]
    asked += [(path, script) for path in ("/rooms?limit=2&page=1", "/rooms?limit=x", f"/rooms/{cast.room.pk}")]
    handler = Handler()

    def ask(path, headers):
        assert handler.answer(ASGIRequest(scope_of("GET", path, headers), io.BytesIO())).status_code < 500

    left = {}
    for path, headers in asked:
        for _ in range(3):
            ask(path, headers)
        with garbage() as found:
            for _ in range(TIMES):
                ask(path, headers)
        # Django makes a circle where it puts together a statement that it had forgotten.
        if len(found) >= TIMES:
            left[path, headers.get("accept-encoding")] = len(found) / TIMES, {type(one).__name__ for one in found}
    assert not left
