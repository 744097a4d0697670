"""A folder of uploads keeps what it was given, whole, whatever lay there before."""

import errno
import hashlib

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile

from mindnet.base.folders import WRITE_OUT_BYTES, FolderStorage


@pytest.fixture
def folder(tmp_path):
    return FolderStorage(tmp_path)


@pytest.mark.parametrize("size", [0, 1, WRITE_OUT_BYTES, 3 * WRITE_OUT_BYTES + 17])
def test_a_file_is_what_was_stored(folder, size):
    content = hashlib.shake_128(b"mindnet").digest(size)
    assert folder.save("a/b/c", ContentFile(content)) == "a/b/c"
    with folder.open("a/b/c") as file:
        assert file.read() == content


def test_what_broke_off_is_written_over(folder):
    folder.save("a", ContentFile(b"longer than what comes after"))
    folder.save("a", ContentFile(b"short"))
    with folder.open("a") as file:
        assert file.read() == b"short"
    assert folder.listdir("")[1] == ["a"]


class Broken(ContentFile):
    def chunks(self, chunk_size=None):
        yield b"so far"
        raise OSError(errno.EIO, "the disk is gone")


def test_who_stores_hears_of_a_disk_that_fails(folder):
    with pytest.raises(OSError, match="the disk is gone"):
        folder.save("a", Broken(b""))


def test_nothing_is_written_elsewhere(folder, tmp_path):
    with pytest.raises(SuspiciousFileOperation):
        folder.save("../elsewhere", ContentFile(b"x"))
    assert not (tmp_path.parent / "elsewhere").exists()
