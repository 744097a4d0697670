"""Uploads in a bucket that speaks S3. It fails as a folder does, with OSError, so that nobody has to know which it is.

Loaded only where UPLOADS names a bucket: boto3 is large.
"""

import contextlib
import io
import threading
from collections.abc import Iterator
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

# Two attempts end before the request is given up (mindnet/serving/deadline.py).
CONNECT_SECONDS, SILENT_SECONDS, ATTEMPTS = 1.5, 3, 2
# In one piece up to what one request may carry: it is there as a whole or not at all, it is read from the disk as it
# goes, and no parts of broken uploads are left behind, which nobody sees and the operator pays for.
ONE_REQUEST_BYTES = 5 * 1024**3
NOT_THERE = ("404", "NoSuchKey")


@contextlib.contextmanager
def as_of_a_folder() -> Iterator[None]:
    """Raises FileNotFoundError for what is not there, OSError for anything else that goes wrong."""
    try:
        yield
    except ClientError as error:
        kind = FileNotFoundError if error.response.get("Error", {}).get("Code") in NOT_THERE else OSError
        raise kind(str(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(str(error)) from error


class Body(io.RawIOBase):
    """What the bucket answers, read as it comes."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with as_of_a_folder():
            content: bytes = self.stream.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self.stream.close()
        super().close()


class BucketStorage(S3Storage):  # type: ignore[misc]  # it has no types
    """django-storages' own but for its errors, its patience, and what it takes to read a part."""

    def __init__(self, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=SILENT_SECONDS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            s3={"addressing_style": options.get("addressing_style") or "auto"},
            # Asked of Amazon alone: others do not know them all.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        transfer = TransferConfig(use_threads=False, multipart_threshold=ONE_REQUEST_BYTES)
        super().__init__(client_config=config, transfer_config=transfer, **options)
        self.making = threading.Lock()
        self.shared: Any = None

    @property
    def connection(self) -> Any:
        """One for all threads: each request has a thread of its own here, and making a connection takes longer than a
        small upload. What is shared is thread-safe (its client); the rest are names."""
        with self.making:
            if self.shared is None:
                self.shared = super().connection
            return self.shared

    def read_range(self, name: str, start: int, stop: int) -> io.BufferedReader:
        """The bytes from `start` up to before `stop`, and no more of it comes. Raises OSError."""
        return io.BufferedReader(self.asked(name, Range=f"bytes={start}-{stop - 1}"), 64 * 1024)

    def asked(self, name: str, **options: str) -> Body:
        with as_of_a_folder():
            client = self.connection.meta.client
            return Body(client.get_object(Bucket=self.bucket_name, Key=self._normalize_name(name), **options)["Body"])

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        return File(io.BufferedReader(self.asked(name)), name)

    def _save(self, name: str, content: Any) -> str:
        with as_of_a_folder():
            saved: str = super()._save(name, content)
        return saved

    def delete(self, name: str) -> None:
        with as_of_a_folder():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with as_of_a_folder():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with as_of_a_folder():
            return int(super().size(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with as_of_a_folder():
            folders, files = super().listdir(name)
        return folders, files

    def get_modified_time(self, name: str) -> Any:
        with as_of_a_folder():
            return super().get_modified_time(name)
