"""Where uploads are kept, as UPLOADS says it: in a folder, or in a bucket that speaks S3."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from mindnet.base import private
from mindnet.base.env import env_folder

# The names that Amazon gives: others take no stranger ones.
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIX = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*)?")
ENDPOINT = "AWS_ENDPOINT_URL_S3"


def storage(data_dir: Path, *, group_reads: bool = False) -> dict[str, Any]:
    """What Django calls a storage. `group_reads`: the group of a folder may read what is put there, as a proxy does
    that hands it out. Raises ImproperlyConfigured."""
    text = os.environ.get("UPLOADS", "").strip()
    return bucket(text) if "://" in text else folder(text, data_dir, group_reads)


def folder(text: str, data_dir: Path, group_reads: bool) -> dict[str, Any]:
    """A folder that all processes share, by default in DATA_DIR. It is made where there is none."""
    if text and Path(text).resolve().is_relative_to(data_dir / "static"):
        raise ImproperlyConfigured(f"UPLOADS must not lie among the static files, which are public: {text!r}.")
    path = env_folder("UPLOADS", data_dir / "uploads")
    folder_mode = private.GROUP_FOLDER_MODE if group_reads else private.FOLDER_MODE
    private.narrow(path, folder_mode)
    return {
        "BACKEND": "mindnet.base.folders.FolderStorage",
        "OPTIONS": {
            "location": path,
            "file_permissions_mode": private.GROUP_FILE_MODE if group_reads else private.FILE_MODE,
            "directory_permissions_mode": folder_mode,
        },
    }


def bucket(text: str) -> dict[str, Any]:
    """s3://bucket/prefix. What is said of a bad value does not repeat it: somebody may have put a key there."""
    try:
        url = urlsplit(text)
    except ValueError:
        url = urlsplit("")
    name, prefix = url.netloc, url.path.strip("/")
    is_good = url.scheme == "s3" and BUCKET.fullmatch(name) and PREFIX.fullmatch(prefix)
    if not is_good or url.query or url.fragment:
        raise ImproperlyConfigured(
            "UPLOADS must be a folder that all processes share, or a bucket like s3://bucket/prefix, whose keys stand "
            "in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    return {
        "BACKEND": "mindnet.base.buckets.BucketStorage",
        "OPTIONS": {"bucket_name": name, "location": prefix, "addressing_style": addressing_style()},
    }


def addressing_style() -> str:
    """Whoever runs a server of their own names buckets in the path: few have a name for each in DNS."""
    endpoint = os.environ.get(ENDPOINT, "").strip()
    if not endpoint:
        return "auto"
    try:
        url = urlsplit(endpoint)
        is_good = url.scheme in ("http", "https") and bool(url.hostname) and not url.username and url.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ImproperlyConfigured(f"{ENDPOINT} must be like https://s3.example or http://127.0.0.1:9000.")
    return "path"
