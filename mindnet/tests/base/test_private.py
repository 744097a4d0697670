"""What this server keeps is for itself, whatever the umask says."""

import os
import stat

import pytest

from mindnet.base import private
from mindnet.tests.support.worlds import run_manage


def modes(folder):
    return {path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


def test_a_file_that_others_could_read_is_narrowed(tmp_path):
    path = tmp_path / "x.sqlite3"
    for name in ("x.sqlite3", "x.sqlite3-wal", "x.sqlite3-shm", "y.sqlite3"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o664)
    private.make_database(path)
    assert modes(tmp_path) == {"x.sqlite3": 0o600, "x.sqlite3-wal": 0o600, "x.sqlite3-shm": 0o600, "y.sqlite3": 0o664}


def test_a_new_file_is_private_from_its_first_byte_and_never_another(tmp_path):
    private.write_file(tmp_path / "key", "secret")
    assert modes(tmp_path) == {"key": 0o600} and (tmp_path / "key").read_text() == "secret"
    with pytest.raises(FileExistsError):
        private.write_file(tmp_path / "key", "another")


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    private.make_folder(tmp_path / "new")
    (tmp_path / "old").mkdir(mode=0o755)
    private.make_folder(tmp_path / "old")
    assert modes(tmp_path) == {"new": 0o700, "old": 0o755}


WRITE = """
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.conf import settings
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE words (word)")
default_storage.save("avatars/a.webp", ContentFile(b"x"))
for path in sorted(settings.DATA_DIR.rglob("*")):
    if "static" not in path.parts:
        print(path.relative_to(settings.DATA_DIR), oct(path.stat().st_mode & 0o777))
"""


@pytest.fixture
def no_umask():
    """Processes that the test starts make files as open as they are told to."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.once
@pytest.mark.usefixtures("no_umask")
def test_the_database_the_key_and_the_pictures_are_private(tmp_path):
    data_dir = tmp_path / "data"
    written = run_manage("shell", "--no-imports", "-c", WRITE, DATA_DIR=data_dir)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert dict(line.split() for line in written.splitlines()) == {
        "mindnet.sqlite3": "0o600", "mindnet.sqlite3-shm": "0o600", "mindnet.sqlite3-wal": "0o600",
        "secret_key": "0o600", "uploads": "0o700", "uploads/avatars": "0o700", "uploads/avatars/a.webp": "0o600",
    }  # fmt: skip
