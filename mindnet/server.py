"""uvicorn as mindnet serves with it: `bye` before the close on a restart, and no link kept that takes nothing."""

import asyncio
import logging
import os
import sys

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.supervisors import multiprocess

from mindnet.realtime import protocol

PING_SECONDS = 20
# A socket that is over is cut when its last bytes are not taken by then.
LINGER_SECONDS = 5
GRACEFUL_SECONDS = 2
# A database thread that has its answer waits for the interpreter at most so long while the event loop is busy; with
# Python's default of 5 ms a commit under load is mostly waiting.
SWITCH_SECONDS = 0.0005


ABNORMAL = 1006
INVALID_DATA = 1007


class SocketProtocol(WebSocketsSansIOProtocol):
    def send_receive_event_to_app(self):
        """Bad UTF-8 is cut with 1007, as uvicorn does, but without a traceback in the log: it is no fault of ours."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(INVALID_DATA)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def connection_lost(self, exc):
        """A link that ends without a close frame was lost. uvicorn calls it 1005: an orderly end without a code."""
        if self.handshake_complete and self.conn.close_rcvd is None and not self.close_sent:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": ABNORMAL})
        super().connection_lost(exc)

    def keepalive_timeout(self):
        """The link is silent: nobody is there to read a close frame."""
        self.pong_timer = None
        self.pending_ping_payload = None
        self.transport.abort()

    async def run_asgi(self):
        try:
            await super().run_asgi()
        finally:
            # close() waits until the peer has taken what is buffered, which it may never do.
            self.loop.call_later(LINGER_SECONDS, self.cut)

    def cut(self):
        if self.transport is not None and not self.disconnected:
            self.transport.abort()


class Server(uvicorn.Server):
    async def shutdown(self, sockets=None):
        """SIGTERM: no new connections, everyone told, what is waiting stored, then uvicorn's own end."""
        from mindnet import runtime

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
    def server(self):
        if self._server is None:
            self._server = Server(self.config)
        return self._server


def config():
    return uvicorn.Config(
        "mindnet.asgi:application",
        host=settings.HOST,
        port=settings.PORT,
        workers=settings.WORKERS,
        ws="mindnet.server:SocketProtocol",
        ws_max_size=protocol.TRANSPORT_LIMIT_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        # The left-most X-Forwarded-For is whatever the client wrote; mindnet.addresses reads the header instead.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        lifespan="on",
        backlog=2048,
    )


def serve():
    """Runs until SIGTERM or SIGINT. Several processes share one listening socket."""
    sys.setswitchinterval(SWITCH_SECONDS)
    configuration = config()
    if settings.WORKERS == 1:
        Server(configuration).run()
    else:
        # The supervisor makes its processes by this name, and so does a child that is spawned.
        multiprocess.Process = Worker
        multiprocess.Multiprocess(configuration, sockets=[configuration.bind_socket()]).run()
