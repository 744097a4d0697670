"""The front door for everything: HTTP to Django, /connect to the consumer, lifespan to the runtime."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mindnet.settings")

import django

django.setup(set_prefix=False)

# Only now: models and settings are there.
from asgiref.sync import markcoroutinefunction  # noqa: E402

from mindnet.base.addresses import ProxyHeaders  # noqa: E402
from mindnet.base.errors import not_found  # noqa: E402
from mindnet.serving.at_once import AtOnce  # noqa: E402
from mindnet.serving.body_limit import BodyLimit  # noqa: E402
from mindnet.serving.deadline import Deadline  # noqa: E402
from mindnet.serving.handler import Handler  # noqa: E402
from mindnet.serving.heads import TAKES  # noqa: E402
from mindnet.serving.places import ForwardedPlaces  # noqa: E402
from mindnet.serving.short_way import ShortWay  # noqa: E402
from mindnet.serving.sign_in_line import SignInLine  # noqa: E402
from mindnet.socket import handshake, runtime  # noqa: E402
from mindnet.socket.consumer import ConnectConsumer  # noqa: E402


async def refuse(scope, receive, send):
    """A socket at any other path: 403."""
    await handshake.answer(scope, send, not_found())


async def lifespan(scope, receive, send):
    """Starts the runtime with the server and ends it after the last request."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await runtime.get()
            await send({"type": "lifespan.startup.complete"})
        else:
            await (await runtime.get()).stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


def connect(scope, receive, send):
    answer = ConnectConsumer() if scope["path"].lstrip("/") == "connect" else refuse
    return answer(scope, receive, send)


handler = Handler()
short_way = ShortWay(SignInLine(handler), handler.turns)

applications = {
    "http": ProxyHeaders(ForwardedPlaces(BodyLimit(Deadline(short_way)))),
    "websocket": ProxyHeaders(connect),
    "lifespan": lifespan,
}


@markcoroutinefunction
def application(scope, receive, send):
    """Hands on and does not wait itself, nor does what it hands on to: the frames of Channels' routers, each with a
    copy of the scope, would stay in memory as long as a socket is open."""
    return applications[scope["type"]](scope, receive, send)


setattr(application, TAKES, AtOnce(short_way).takes)
