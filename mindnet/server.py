"""uvicorn as mindnet serves with it: `bye` before the close on a restart, and no link kept that takes nothing."""

import asyncio
import logging
import os
import sys

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.supervisors import multiprocess

from mindnet.limits import Rate
from mindnet.realtime import protocol
from mindnet.realtime.rates import Bucket

PING_SECONDS = 20
# A socket that is over is cut when its last bytes are not taken by then.
LINGER_SECONDS = 5
GRACEFUL_SECONDS = 2
# A database thread that has its answer waits for the interpreter at most so long while the event loop is busy; with
# Python's default of 5 ms a commit under load is mostly waiting.
SWITCH_SECONDS = 0.0005


# What is parsed at a time. A read may bring a quarter of a megabyte, which in small frames would hold up everybody else
# for a tenth of a second; this much is about 30 small frames and a millisecond.
SLICE_BYTES = 2048
# Once the close frame is out only its answer is looked for, at this pace: who floods on costs next to nothing.
CLOSED_PAUSE_SECONDS = 0.02
# WebSocket pings of one client, which are answered past the application and its limits; above it they wait.
PING_RATE = Rate(20, 5.0)

ABNORMAL = 1006
INVALID_DATA = 1007


class SocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, but it parses what has arrived in slices, and the next one only when the application has taken all
    messages of the last one and the client takes its answers. Until then the transport is not read from, so that TCP
    slows the sender down."""

    def connection_made(self, transport):
        super().connection_made(transport)
        self.unparsed = b""
        self.feeding = None
        self.not_before = 0.0
        self.pings = Bucket(PING_RATE, self.loop.time())

    def data_received(self, data):
        self.unparsed += data
        if self.feeding is not None:
            self.pause()
        else:
            self.feed()

    def feed(self):
        self.feeding = None
        if self.disconnected:
            return
        data, self.unparsed = self.unparsed[:SLICE_BYTES], self.unparsed[SLICE_BYTES:]
        super().data_received(data)
        if self.unparsed or self.is_held_up():
            self.pause()
        self.read_on()

    def is_held_up(self):
        return not self.writable.is_set() or self.not_before > self.loop.time()

    def pause(self):
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def read_on(self):
        """The next slice, or reading again, unless something is in the way. `receive` and `resume_writing`, which take
        it out of the way, come back here."""
        if self.feeding is not None or self.transport.is_closing():
            return
        wait = self.not_before - self.loop.time()
        if self.close_sent:
            wait = max(wait, CLOSED_PAUSE_SECONDS)
        elif not self.queue.empty() or not self.writable.is_set():
            return
        if self.unparsed or self.not_before > self.loop.time():
            self.feeding = self.loop.call_later(wait, self.feed) if wait > 0 else self.loop.call_soon(self.feed)
        elif self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    async def receive(self):
        message = await self.queue.get()
        if self.read_paused:
            self.read_on()
        return message

    def resume_writing(self):
        super().resume_writing()
        if self.read_paused:
            self.read_on()

    def handle_ping(self):
        super().handle_ping()
        self.not_before = self.loop.time() + self.pings.take(self.loop.time())

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
