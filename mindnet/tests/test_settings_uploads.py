"""UPLOADS: the folder or bucket of what people upload, and values that stop the start."""

import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile

from mindnet.base import uploads
from mindnet.base.folders import FolderStorage
from mindnet.tests.support.servers import clean_environment
from mindnet.tests.support.tools import BASE_DIR

pytestmark = pytest.mark.once

TELL = "from django.core.files.storage import default_storage as storage; print(storage.path('x'))"


def manage(*arguments, **environment):
    return subprocess.run(
        [sys.executable, BASE_DIR / "manage.py", *arguments], env=clean_environment(**environment), cwd=BASE_DIR,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "value, sentence",
    [
        ("s3://key:secret@bucket/pictures", "UPLOADS must be a folder that all processes share, or a bucket like"),
        ("s3://", "UPLOADS must be a folder that all processes share, or a bucket like"),
        ("s3://bucket/../pictures", "UPLOADS must be a folder that all processes share, or a bucket like"),
        ("s3://Bucket", "UPLOADS must be a folder that all processes share, or a bucket like"),
        ("{data}/file", "UPLOADS must be a folder, and"),
        ("{data}/static/uploads", "UPLOADS must not lie among the static files"),
    ],
)
def test_a_value_that_makes_no_sense_stops_the_start(tmp_path, value, sentence):
    (tmp_path / "file").write_text("in the way")
    result = manage("check", DATA_DIR=tmp_path, UPLOADS=value.format(data=tmp_path))
    assert result.returncode != 0 and sentence in result.stderr
    assert "Traceback" not in result.stderr and "secret" not in result.stderr


@pytest.mark.parametrize("endpoint", ["s3.example", "ftp://s3.example", "https://key:secret@s3.example", "http://h:x"])
def test_an_endpoint_that_makes_no_sense_stops_the_start(monkeypatch, tmp_path, endpoint):
    monkeypatch.setenv("UPLOADS", "s3://bucket/pictures")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with pytest.raises(ImproperlyConfigured, match="AWS_ENDPOINT_URL_S3 must be like") as caught:
        uploads.storage(tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value, place", [("", "uploads/x"), ("{data}/elsewhere", "elsewhere/x")])
def test_it_is_a_folder_in_data_dir_unless_said_otherwise(tmp_path, value, place):
    result = manage("shell", "--no-imports", "-c", TELL, DATA_DIR=tmp_path, UPLOADS=value.format(data=tmp_path))
    assert result.stdout.strip() == str(tmp_path / place), result.stderr


@pytest.mark.parametrize("group_reads, modes", [(False, [0o700, 0o700, 0o600]), (True, [0o2750, 0o750, 0o640])])
def test_others_read_nothing_and_the_group_where_a_proxy_is_in_it(monkeypatch, tmp_path, group_reads, modes):
    folder = tmp_path / "uploads"
    folder.mkdir()
    folder.chmod(0o2775 if group_reads else 0o775)
    monkeypatch.setenv("UPLOADS", str(folder))
    storage = FolderStorage(**uploads.storage(tmp_path, group_reads=group_reads)["OPTIONS"])
    storage.save("attachments/x", ContentFile(b"x"))
    paths = [folder, folder / "attachments", folder / "attachments" / "x"]
    assert [path.stat().st_mode & (0o7777 if path == folder else 0o777) for path in paths] == modes


def test_processes_share_it(cluster):
    """A picture that came to one process is shown by the other."""
    from presence.tests import images

    ada = cluster.person("ada")
    answer = ada.api(0).put("/psychics/me/avatar", files={"file": ("x.png", images.picture())})
    url = answer.raise_for_status().json()["avatar_url"]
    seen = [ada.api(process).get(url) for process in (0, 1)]
    assert seen[0].content == seen[1].content and images.opened(seen[1].content).size == (256, 256)
    ada.api(1).delete("/psychics/me/avatar").raise_for_status()
    assert [ada.api(process).get(url).status_code for process in (0, 1)] == [404, 404]
    assert not list((cluster.data_dir / "uploads" / "avatars").iterdir())
