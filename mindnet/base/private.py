"""Files and folders that no other account of this machine may read, whatever the umask says."""

import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
# What SQLite puts beside a database. It gives new ones the mode of the database.
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def make_folder(path: Path) -> None:
    """One that is there already stays as it is: what else lies in it is not ours to hide. Raises OSError."""
    path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def make_database(path: Path) -> None:
    """The file of an SQLite database, made before SQLite makes it for everybody to read. Raises OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    for suffix in SQLITE_SUFFIXES:
        narrow(path.with_name(path.name + suffix))


def write_file(path: Path, text: str) -> None:
    """A new file. Raises OSError where there is one."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "w") as file:
        file.write(text)


def narrow(path: Path) -> None:
    """Takes from others what they may. What belongs to somebody else is theirs to narrow."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            path.chmod(mode & 0o700)
    except (FileNotFoundError, PermissionError):
        pass
