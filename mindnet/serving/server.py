"""uvicorn as mindnet serves with it: `bye` before the close on a restart, and as many processes as WORKERS says."""

import asyncio
import contextlib
import gc
import logging
import os
import sys
from collections.abc import Callable
from socket import socket

import uvicorn
from django.conf import settings
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

from mindnet.realtime import codes
from mindnet.serving import listening

GRACEFUL_SECONDS = 2
# Whoever has its answer from the database, and the event loop that has something to do, waits for the interpreter at
# most so long while another thread runs. With 0.5 ms the p99 of messages beside room pages is half as long again, with
# Python's default of 5 ms a commit under load is mostly waiting, and neither takes less CPU.
SWITCH_SECONDS = 0.0001
GC_THRESHOLDS = (10_000, 20, 10)


class Server(uvicorn.Server):
    """uvicorn's, with a start and an end of ours. `on_start` is called once there is somebody to answer."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self.on_start = on_start

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """What is there once the application has started stays: the garbage collector need not look at it again, nor
        after every few hundred of the many objects that a message makes and lets go."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        if self.started and self.on_start is not None:
            self.on_start()

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

    def target(self, sockets: list[socket] | None = None) -> None:
        """Ctrl-C reaches each process of several; the end that it asks for is no fault of any."""
        with contextlib.suppress(KeyboardInterrupt):
            super().target(sockets)


def config() -> uvicorn.Config:
    return uvicorn.Config(
        "mindnet.asgi:application",
        workers=settings.WORKERS,
        http="mindnet.serving.http:HttpProtocol",
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
        backlog=listening.BACKLOG,
    )


def serve(listeners: list[socket], on_start: Callable[[], None]) -> None:
    """Runs until SIGTERM or SIGINT. Several processes share the listening sockets.

    Raises ImproperlyConfigured where the port was taken meanwhile, SystemExit where the application does not start.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    configuration = config()
    listening.listen(listeners)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it has ended
        if settings.WORKERS == 1:
            server = Server(configuration, on_start)
            server.run(listeners)
            if not server.started:
                sys.exit(STARTUP_FAILURE)
        else:
            # The supervisor makes its processes by this name, and so does a child that is spawned.
            multiprocess.Process = Worker  # type: ignore[misc]  # a class in place of another
            on_start()
            multiprocess.Multiprocess(configuration, sockets=listeners).run()
