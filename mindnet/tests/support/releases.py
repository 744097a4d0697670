"""The release before: its code out of this checkout's history, and servers that run it."""

import subprocess

from mindnet.tests.support.servers import ServerProcess
from mindnet.tests.support.tools import BASE_DIR, Missing

# What a rolling upgrade comes from, and goes back to. Move it on with each release, to the one that is replaced.
RELEASE_BEFORE = "caa5dcee2da1d89c9f7f7a63e727a1ae88d4bdeb"


def unpack(folder):
    """Puts the files of the release before into `folder`. Raises Missing where the history lacks it."""
    git = ["git", "archive", RELEASE_BEFORE]
    archive = subprocess.run(git, cwd=BASE_DIR, capture_output=True, timeout=60, check=False)
    if archive.returncode:
        raise Missing(
            f"the release before ({RELEASE_BEFORE[:7]}) is not in this checkout's history: git fetch --unshallow"
        )
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, timeout=60, check=True)
    return folder


class OldServer(ServerProcess):
    """A server of the release before, unpacked in `folder`."""

    def __init__(self, folder, environment, log_path):
        super().__init__("old server", "serve", environment, log_path)
        self.folder = folder

    def command(self):
        python, _, *arguments = super().command()
        return [python, self.folder / "manage.py", *arguments]

    def popen_options(self):
        return super().popen_options() | {"cwd": self.folder}
