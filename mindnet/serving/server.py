"""uvicorn as mindnet serves with it: `bye` before the close on a restart, and as many processes as WORKERS says."""

import asyncio
import gc
import logging
import os
import sys
from socket import socket

import uvicorn
from django.conf import settings
from uvicorn.supervisors import multiprocess

from mindnet.realtime import codes

GRACEFUL_SECONDS = 2
# A database thread that has its answer waits for the interpreter at most so long while the event loop is busy; with
# Python's default of 5 ms a commit under load is mostly waiting.
SWITCH_SECONDS = 0.0005
GC_THRESHOLDS = (10_000, 20, 10)


class Server(uvicorn.Server):
    """uvicorn's, with a start and an end of ours."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """What is there once the application has started stays: the garbage collector need not look at it again, nor
        after every few hundred of the many objects that a message makes and lets go."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """SIGTERM: no new connections, everyone told, what is waiting stored, then uvicorn's own end."""
        from mindnet.socket import runtime

        for server in self.servers:
            server.close()
        started = runtime.runtimes.get(asyncio.get_running_loop())
        if started is None:
            return await super().shutdown(sockets)
        running = await started
        await running.drain()
        await super().shutdown(sockets)
        if running.is_stuck:
            # Python would wait for the threads that wait for the database.
            logging.shutdown()
            os._exit(0)


class Worker(multiprocess.Process):
    """A process of several, which serves with our Server."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = Server(self.config)
        return self._server


def config() -> uvicorn.Config:
    return uvicorn.Config(
        "mindnet.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        workers=settings.WORKERS,
        ws="mindnet.serving.sockets:SocketProtocol",
        ws_max_size=codes.TRANSPORT_LIMIT_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        # The left-most X-Forwarded-For is whatever the client wrote; mindnet.base.addresses reads the header instead.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="on",
        backlog=2048,
    )


def serve() -> None:
    """Runs until SIGTERM or SIGINT. Several processes share one listening socket."""
    sys.setswitchinterval(SWITCH_SECONDS)
    configuration = config()
    if settings.WORKERS == 1:
        Server(configuration).run()
    else:
        # The supervisor makes its processes by this name, and so does a child that is spawned.
        multiprocess.Process = Worker  # type: ignore[misc]  # a class in place of another
        multiprocess.Multiprocess(configuration, sockets=[configuration.bind_socket()]).run()
