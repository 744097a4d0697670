"""Files and folders that no other account of this machine may read, whatever the umask says; or one other, where their
group is allowed to."""

import os
import stat
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
GROUP_FOLDER_MODE = 0o750
GROUP_FILE_MODE = 0o640
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


def narrow(path: Path, most: int = FOLDER_MODE) -> None:
    """Takes from others what they may beyond `most`. What belongs to somebody else is theirs to narrow."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o777 & ~most:
            path.chmod(mode & (0o7000 | most))
    except (FileNotFoundError, PermissionError):
        pass
