"""Uploads in a folder: on the disk before anybody is told that they are stored, and written out while they come."""

import os
from pathlib import Path
from typing import IO

from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.core.files.utils import validate_file_name
from django.utils._os import safe_makedirs

from mindnet.base import private

# What waits in memory for the disk. A database that commits beside it waits until all of that is written, and so do
# the messages in that commit: better for one MiB many times than for a film once.
WRITE_OUT_BYTES = 1024 * 1024


class FolderStorage(FileSystemStorage):
    """Django's, for keys that are new with every file: what lies under one is what broke off, and is written over."""

    def __init__(
        self,
        location: Path,
        *,
        file_permissions_mode: int = private.FILE_MODE,
        directory_permissions_mode: int = private.FOLDER_MODE,
    ) -> None:
        super().__init__(
            location,
            file_permissions_mode=file_permissions_mode,
            directory_permissions_mode=directory_permissions_mode,
            allow_overwrite=True,
        )
        self.file_mode, self.folder_mode = file_permissions_mode, directory_permissions_mode

    def _save(self, name: str, content: "File[bytes]") -> str:
        """Raises OSError; then nothing, or a part, lies under the key."""
        validate_file_name(name, allow_relative_path=True)
        path = Path(self.path(name))
        safe_makedirs(path.parent, self.folder_mode, exist_ok=True)
        with open(path, "wb", opener=self.open_private) as file:
            os.fchmod(file.fileno(), self.file_mode)  # the umask has no say
            write_out(content, file)
        sync_folder(path.parent)
        return name

    def open_private(self, path: str, flags: int) -> int:
        return os.open(path, flags, self.file_mode)


def write_out(content: "File[bytes]", file: IO[bytes]) -> None:
    """Copies `content` and returns when it is on the disk."""
    descriptor, written, begun = file.fileno(), 0, 0
    for piece in content.chunks():
        written += file.write(piece)
        if written - begun >= WRITE_OUT_BYTES:
            file.flush()
            # Begins to write them to the disk and does not wait for it.
            os.posix_fadvise(descriptor, begun, written - begun, os.POSIX_FADV_DONTNEED)
            begun = written
    file.flush()
    os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """The name of a new file is on the disk when its folder is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
