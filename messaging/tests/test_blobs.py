"""Files in a folder and in a bucket: the same from outside."""

import io
import os
import tracemalloc
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from messaging import blobs
from messaging.tests.recordings import noise
from mindnet.base import uploads
from mindnet.base.errors import DomainError
from mindnet.tests.support.buckets import BucketServer

pytestmark = pytest.mark.once

MIB = 1024 * 1024


@pytest.fixture
def use_bucket(settings, monkeypatch, tmp_path):
    """Uploads go to this server from now on."""

    def use(server):
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        settings.STORAGES = settings.STORAGES | {"default": uploads.storage(tmp_path)}

    return use


@pytest.fixture(params=["folder", "bucket"])
def place(request, settings, monkeypatch, tmp_path):
    """Where uploads go."""
    if request.param == "bucket":
        server = request.getfixturevalue("bucket_server")
        request.getfixturevalue("use_bucket")(server)
    else:
        monkeypatch.delenv("UPLOADS", raising=False)
        settings.STORAGES = settings.STORAGES | {"default": uploads.storage(tmp_path)}
    return request.param


def content_of(key, start=0, stop=10**9):
    return b"".join(blobs.read(key, start, stop))


def refusal(work, *arguments):
    with pytest.raises(DomainError) as caught:
        work(*arguments)
    return caught.value.code


def test_what_is_stored_is_read_again_in_pieces(place):
    content = noise(300_000)
    blobs.save("attachments/one", io.BytesIO(content))
    pieces = list(blobs.read("attachments/one", 0, len(content)))
    assert b"".join(pieces) == content and max(map(len, pieces)) == blobs.CHUNK_BYTES
    for start, stop in ((0, 1), (70_000, 200_000), (299_999, 300_000), (5, 5)):
        assert content_of("attachments/one", start, stop) == content[start:stop]


def test_a_stream_is_stored_from_its_beginning(place):
    stream = io.BytesIO(b"from the beginning")
    stream.read(5)
    blobs.save("attachments/two", stream)
    assert content_of("attachments/two") == b"from the beginning"
    assert not stream.closed


def test_what_broke_off_is_overwritten_under_the_same_key(place):
    blobs.save("attachments/three", io.BytesIO(b"half a lo"))
    blobs.save("attachments/three", io.BytesIO(b"whole"))
    assert content_of("attachments/three") == b"whole"


def test_what_is_deleted_is_gone_also_twice(place):
    blobs.save("attachments/four", io.BytesIO(b"x"))
    blobs.delete("attachments/four")
    blobs.delete("attachments/four")
    assert refusal(blobs.read, "attachments/four", 0, 1) == "not_found"


def test_only_a_folder_has_a_path(place, tmp_path):
    blobs.save("attachments/five", io.BytesIO(b"x"))
    expected = None if place == "bucket" else str(tmp_path / "uploads" / "attachments" / "five")
    assert blobs.path("attachments/five") == expected
    assert expected is None or os.stat(expected).st_mode & 0o777 == 0o600


def test_ten_megabytes_are_never_in_memory(place, tmp_path):
    (tmp_path / "large").write_bytes(noise(64 * 1024) * 160)
    blobs.save("attachments/small", io.BytesIO(b"what is loaded only once is loaded by now"))
    content_of("attachments/small")
    tracemalloc.start()
    with (tmp_path / "large").open("rb") as file:
        blobs.save("attachments/six", file)
    assert sum(map(len, blobs.read("attachments/six", 0, 10 * MIB))) == 10 * MIB
    assert sum(map(len, blobs.read("attachments/six", 9 * MIB, 9 * MIB + 1))) == 1
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Over plain HTTP, boto3 signs what it sends, which it reads a MiB at a time, and holds two.
    assert most < (2.5 if place == "bucket" else 0.5) * MIB


def test_whoever_hangs_up_leaves_no_open_file(place):
    blobs.save("attachments/seven", io.BytesIO(bytes(200_000)))
    pieces = blobs.read("attachments/seven", 0, 200_000)
    next(pieces)
    pieces.close()
    assert pieces.file.closed


def test_what_the_sweep_of_pictures_asks_of_a_storage(place):
    """`presence.avatars` lists files and asks how old they are."""
    default_storage.save("avatars/one.webp", ContentFile(b"x"))
    assert default_storage.listdir("avatars") == ([], ["one.webp"])
    assert timezone.now() - default_storage.get_modified_time("avatars/one.webp") < timedelta(minutes=5)
    with default_storage.open("avatars/one.webp") as file:
        assert file.read(10) == b"x"
    default_storage.delete("avatars/one.webp")
    for ask in (default_storage.open, default_storage.get_modified_time):
        with pytest.raises(FileNotFoundError):
            ask("avatars/one.webp")


def test_a_disk_that_takes_nothing_is_said_so(settings, tmp_path, caplog):
    settings.STORAGES = settings.STORAGES | {"default": uploads.storage(tmp_path)}
    (tmp_path / "uploads" / "attachments").write_text("in the way")
    assert refusal(blobs.save, "attachments/one", io.BytesIO(b"x")) == "unavailable"
    assert refusal(blobs.read, "attachments/one", 0, 1) == "unavailable"
    assert "cannot be stored" in caplog.text


def test_a_bucket_that_is_away_is_said_so(use_bucket):
    nowhere = BucketServer()
    use_bucket(nowhere)
    assert refusal(blobs.save, "attachments/one", io.BytesIO(b"x")) == "unavailable"
    assert refusal(blobs.read, "attachments/one", 0, 1) == "unavailable"
    assert refusal(blobs.delete, "attachments/one") == "unavailable"
    nowhere.remove()
