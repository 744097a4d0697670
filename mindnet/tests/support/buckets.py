"""A real server that speaks S3, with a bucket in it. It has forgotten everything when it comes back."""

import shutil
import sys
import tempfile
from pathlib import Path

import boto3
import httpx

from mindnet.tests.support.processes import Process, free_port

BUCKET = "owls"


class BucketServer(Process):
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mindnet-bucket-"))
        super().__init__("S3", self.folder / "log")
        self.port = free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self):
        """What says to a server of ours that its uploads go there."""
        return {
            "UPLOADS": f"s3://{BUCKET}/uploads", "AWS_ENDPOINT_URL_S3": self.url, "AWS_ACCESS_KEY_ID": "owl",
            "AWS_SECRET_ACCESS_KEY": "hoot", "AWS_DEFAULT_REGION": "us-east-1",
        }  # fmt: skip

    def command(self):
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def is_ready(self):
        try:
            return httpx.get(self.url, timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def start(self):
        super().start()
        self.client().create_bucket(Bucket=BUCKET)
        return self

    def client(self):
        return boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id="owl", aws_secret_access_key="hoot", region_name="us-east-1"
        )

    def keys(self):
        """The names of all that is in the bucket."""
        return [entry["Key"] for entry in self.client().list_objects_v2(Bucket=BUCKET).get("Contents", ())]

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
