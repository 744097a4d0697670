"""The servers that are compared. Each knows how it is started and who may connect to it.

`SYSTEMS` is the index: name on the command line → class.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks import node_packages
from benchmarks.processes import Server
from benchmarks.seed import share
from mindnet.tests.support import tools
from mindnet.tests.support.postgres import create_database, drop_database
from mindnet.tests.support.processes import free_port

CHECKOUT = Path(__file__).resolve().parent.parent
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
    workers = 1

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

    def restart(self):
        self.stop()
        self.start()

    def launch(self, command, **options):
        self.process = Server(self.name, self.world.folder, command, port=self.port, **options)
        try:
            self.process.start()
        except AssertionError as error:
            raise StartFailed(str(error)) from None

    def sockets(self, count, rooms=1, joined=False, messages=0):
        """What `count` sockets need to get in, spread over so many rooms. `joined`: they are participants already,
        and each room has `messages`; where nothing is stored, nobody is anything before."""
        return [{"account": {}, "rooms": [f"bench{number % rooms}"]} for number in range(count)]


class Mindnet(System):
    """This project as it is run: `manage.py serve`, signed-in sockets, messages committed before they are delivered."""

    dialect = "mindnet"
    title = "mindnet (stored in PostgreSQL)"
    stores = True
    program = "manage.py"
    database_url = None

    def start(self):
        data = Path(self.world.folder) / "mindnet"  # all share one: collecting the static files takes its time
        data.mkdir(exist_ok=True)
        self.env = clean_environment(
            DATA_DIR=data, SECRET_KEY=secrets.token_hex(32), HOST="127.0.0.1", PORT=self.port, LOG_LEVEL="WARNING",
            MINDNET_LIMITS="off", WORKERS=self.workers, **self.addresses(),
        )  # fmt: skip
        self.manage("manage.py", "migrate", "--verbosity", "0")
        self.launch(
            [sys.executable, self.program, "serve"],
            ready_path="/readyz", env=self.env, cwd=CHECKOUT,
        )  # fmt: skip

    def stop(self):
        super().stop()
        if self.database_url:
            drop_database(self.database_url)
            self.database_url = None

    def addresses(self):
        """A database of its own, so that nobody's million messages are another's."""
        self.database_url = create_database(self.world.postgres_url)
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.world.redis_url}

    def manage(self, program, *arguments):
        done = subprocess.run(
            [sys.executable, program, *arguments],
            cwd=CHECKOUT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartFailed(f"{program} {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def seed(self, **wanted):
        """What benchmarks/seed.py has made: {"tokens": […], "rooms": […]}."""
        return json.loads(self.manage("benchmarks/seed.py", json.dumps(wanted)))

    def seed_http(self, **wanted):
        """What benchmarks/seed_http.py has made."""
        return json.loads(self.manage("benchmarks/seed_http.py", json.dumps(wanted)))

    def sockets(self, count, rooms=1, joined=False, messages=0):
        made = self.seed(people=count, rooms=rooms, joined=joined, messages=messages)
        pairs = zip(made["tokens"], share(count, made["rooms"]), strict=True)
        return [{"account": {"token": token}, "rooms": own, "joined": joined} for token, own in pairs]

    def sealed_sockets(self, count, devices, size):
        """The same for people who are two by two in a mind-link, each with so many devices: also what they send there
        for a text of `size` characters."""
        made = self.seed(people=count, devices=devices, size=size)
        each = zip(made["tokens"], made["rooms"], made["envelopes"], strict=True)
        return [
            {"account": {"token": token}, "rooms": [room], "joined": True, "envelope": envelope}
            for token, room, envelope in each
        ]


class MindnetTwo(Mindnet):
    title = "mindnet, two processes"
    workers = 2


class MindnetSingle(Mindnet):
    title = "mindnet, one transaction a message"
    program = "benchmarks/peers/single.py"


class MindnetAlone(Mindnet):
    title = "mindnet on PostgreSQL, without Redis"

    def addresses(self):
        self.database_url = create_database(self.world.postgres_url)
        return {"DATABASE_URL": self.database_url}


class MindnetEmbedded(Mindnet):
    title = "mindnet, embedded (SQLite, no Redis)"

    def addresses(self):
        return {"DATABASE_URL": f"sqlite:///{self.world.folder}/{secrets.token_hex(4)}.sqlite3"}


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
        folder = node_packages.bring()
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


class Express(System):
    """The room page, reads and posts of ours as an Express application with better-sqlite3, in one process as ours.

    `files`: its database and the frame of its page, as benchmarks/web/theirs.py makes them.
    """

    dialect = "ws"
    title = "Express with better-sqlite3"

    def __init__(self, world, files=None):
        super().__init__(world)
        self.files = files

    def start(self):
        if not self.files:
            raise StartFailed("it answers HTTP alone, in the measurement http")
        node = tools.find("node").path
        folder = node_packages.bring(PEERS / "express" / "package.json", node_packages.folder() / "express")
        shutil.copytree(PEERS / "express", folder, dirs_exist_ok=True)
        env = clean_environment(PORT=self.port, NODE_ENV="production", **self.files)
        self.launch([node, folder / "server.js"], env=env)


class BareDjango(System):
    """Not a peer: one Django view without a middleware under the uvicorn that ours has, the least that a request of
    Django's can cost."""

    dialect = "ws"
    title = "bare Django view"

    def start(self):
        env = clean_environment(PORT=self.port)
        self.launch([sys.executable, "-m", "benchmarks.peers.bare_django"], env=env, cwd=CHECKOUT, ready_path="/")


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
    "mindnet-single": MindnetSingle,
    "mindnet-alone": MindnetAlone,
    "mindnet-embedded": MindnetEmbedded,
    "tutorial-daphne": TutorialDaphne,
    "tutorial-uvicorn": TutorialUvicorn,
    "python-socketio": PythonSocketIO,
    "node-socketio": NodeSocketIO,
    "node-ws": NodeWs,
    "express": Express,
    "bare-django": BareDjango,
    "bare": Bare,
}
for _name, _class in SYSTEMS.items():
    _class.name = _name
