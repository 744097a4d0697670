"""Node's packages for the peers, brought by npm into a folder outside the sources: var/bench, or $BENCH_NODE."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from mindnet.tests.support import tools
from scripts import bring_tools

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGE_LIST = Path(__file__).resolve().parent / "peers" / "node" / "package.json"
NPM_SECONDS = 900  # where better-sqlite3 has to be compiled


def folder():
    return Path(os.environ.get("BENCH_NODE") or CHECKOUT / "var" / "bench")


def bring(package_list=PACKAGE_LIST, place=None):
    """The folder with the packages, installed when the list has changed. Raises Missing with npm's own words."""
    place = place or folder()
    stamp = place / "node_modules" / ".bench-package.json"
    if stamp.exists() and stamp.read_text() == package_list.read_text():
        return place
    try:
        npm = bring_tools.npm()
    except bring_tools.Failed as error:
        raise tools.Missing(str(error)) from None
    sys.stderr.write(f"node: bringing the packages of the peers by npm into {place}\n")
    place.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(package_list, place / "package.json")
    # Node's own folder first: npm's program begins with `env node`.
    path = os.pathsep.join([str(tools.find("node").path.parent), os.environ.get("PATH", os.defpath)])
    command = [*npm, "install", "--no-audit", "--no-fund", "--prefix", place]
    try:
        done = subprocess.run(
            command, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise tools.Missing(f"npm could not bring Node's packages: {error}") from None
    if done.returncode:
        raise tools.Missing(f"npm could not bring Node's packages: {done.stderr.strip()[-500:]}")
    shutil.copyfile(package_list, stamp)
    return place
