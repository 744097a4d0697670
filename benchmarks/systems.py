"""The servers that are compared. Each knows how it is started and who may connect to it.

`SYSTEMS` is the index: name on the command line → class.
"""

import contextlib
import itertools
import json
import os
import secrets
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.processes import Server
from mindnet.tests.support import tools
from mindnet.tests.support.processes import free_port

CHECKOUT = Path(__file__).resolve().parent.parent
NODE_FOLDER = CHECKOUT / "var" / "bench"
PEERS = Path(__file__).resolve().parent / "peers"


def clean_environment(**variables):
    """Nothing of the caller's settings may reach a server under test."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV") if name in os.environ}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | {name: str(value) for name, value in variables.items()}


class StartFailed(Exception):
    """A server could not be made ready; says why."""


class System:
    """Base: a peer that takes everybody and stores nothing."""

    dialect = ""
    title = ""
    stores = False

    def __init__(self, world):
        self.world = world
        self.port = free_port()
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process:
            with contextlib.suppress(AssertionError):  # it had to be killed, and is
                self.process.stop()

    def launch(self, command, **options):
        self.process = Server(self.name, self.world.folder, command, port=self.port, **options)
        try:
            self.process.start()
        except AssertionError as error:
            raise StartFailed(str(error)) from None

    def sockets(self, count, rooms=1):
        """What `count` sockets need to get in, spread over so many rooms."""
        return [{"account": {}, "room": f"bench{number % rooms}"} for number in range(count)]


class Mindnet(System):
    """This project as it is run: `manage.py serve`, signed-in sockets, messages committed before they are delivered."""

    dialect = "mindnet"
    title = "mindnet (stored in PostgreSQL)"
    stores = True
    database = "postgres"
    workers = 1

    def start(self):
        data = Path(self.world.folder) / "mindnet"
        data.mkdir(exist_ok=True)
        self.env = clean_environment(
            DATA_DIR=data, SECRET_KEY=secrets.token_hex(32), HOST="127.0.0.1", PORT=self.port, LOG_LEVEL="WARNING",
            MINDNET_LIMITS="off", WORKERS=self.workers, **self.addresses(),
        )  # fmt: skip
        self.manage("migrate", "--verbosity", "0")
        self.launch(
            [sys.executable, "manage.py", "serve"],
            ready_path="/readyz", env=self.env, cwd=CHECKOUT,
        )  # fmt: skip

    def addresses(self):
        return {"DATABASE_URL": self.world.postgres_url, "REDIS_URL": self.world.redis_url}

    def manage(self, *arguments, program="manage.py"):
        done = subprocess.run(
            [sys.executable, program, *arguments], cwd=CHECKOUT, env=self.env, capture_output=True, text=True
        )
        if done.returncode:
            raise StartFailed(f"{program} {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def sockets(self, count, rooms=1):
        seed = json.loads(self.manage(str(count), str(rooms), program="benchmarks/seed.py"))
        pairs = zip(seed["tokens"], itertools.cycle(seed["rooms"]), strict=False)
        return [{"account": {"token": token}, "room": room} for token, room in pairs]


class MindnetTwo(Mindnet):
    title = "mindnet, two processes"
    workers = 2


class MindnetEmbedded(Mindnet):
    title = "mindnet, embedded (SQLite, no Redis)"

    def addresses(self):
        return {}


class TutorialDaphne(System):
    dialect = "tutorial"
    title = "Channels tutorial on daphne"

    def command(self):
        return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", self.port, "-v", "0", "asgi:application"]

    def start(self):
        env = clean_environment(REDIS_URL=self.world.redis_url)
        self.launch(self.command(), env=env, cwd=PEERS / "tutorial")


class TutorialUvicorn(TutorialDaphne):
    title = "Channels tutorial on uvicorn"

    def command(self):
        return [
            sys.executable, "-m", "uvicorn", "asgi:application", "--host", "127.0.0.1", "--port", self.port,
            "--log-level", "warning", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false",
        ]  # fmt: skip


class PythonSocketIO(System):
    dialect = "socketio"
    title = "python-socketio on uvicorn"

    def start(self):
        if not find_spec("socketio"):
            raise tools.Missing("python-socketio: `pip install -r benchmarks/requirements.txt`")
        command = [
            sys.executable, "-m", "uvicorn", "server:application", "--host", "127.0.0.1", "--port", self.port,
            "--log-level", "warning", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false",
        ]  # fmt: skip
        env = clean_environment(REDIS_URL=self.world.redis_url)
        self.launch(command, env=env, cwd=PEERS / "socketio")


class NodePeer(System):
    script = ""

    def start(self):
        node = tools.find("node").path
        folder = Path(os.environ.get("BENCH_NODE") or NODE_FOLDER)
        if not (folder / "node_modules").exists():
            raise tools.Missing(f"Node's packages: `npm install` beside a copy of peers/node/package.json in {folder}")
        # Node looks for modules beside the script, so the script goes to where they are.
        script = folder / self.script
        shutil.copyfile(PEERS / "node" / self.script, script)
        self.launch(
            [node, script],
            env=clean_environment(REDIS_URL=self.world.redis_url, PORT=self.port, NODE_ENV="production"),
        )


class NodeSocketIO(NodePeer):
    dialect = "socketio"
    title = "Node socket.io"
    script = "socketio.js"


class NodeWs(NodePeer):
    dialect = "ws"
    title = "Node ws"
    script = "ws.js"


class Bare(System):
    """Not a peer: the least a server can do, to see how much the client side can take."""

    dialect = "ws"
    title = "bare server (the client's own limit)"

    def start(self):
        env = clean_environment(PORT=self.port)
        self.launch([sys.executable, "-m", "benchmarks.peers.bare"], env=env, cwd=CHECKOUT)


SYSTEMS = {
    "mindnet": Mindnet,
    "mindnet-two": MindnetTwo,
    "mindnet-embedded": MindnetEmbedded,
    "tutorial-daphne": TutorialDaphne,
    "tutorial-uvicorn": TutorialUvicorn,
    "python-socketio": PythonSocketIO,
    "node-socketio": NodeSocketIO,
    "node-ws": NodeWs,
    "bare": Bare,
}
for _name, _class in SYSTEMS.items():
    _class.name = _name
