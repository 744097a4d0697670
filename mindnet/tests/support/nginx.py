"""A real nginx for tests, before the servers of a world, with the configuration that is shipped.

Only addresses, ports and folders of `deploy/nginx.conf` are others here, and each of them has to be found in it.
"""

import datetime
import grp
import os
import pwd
import shutil
import ssl
import tempfile
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mindnet.tests.support import tools
from mindnet.tests.support.postgres import open_folder
from mindnet.tests.support.processes import Process, free_port
from mindnet.tests.support.sockets import connect

SHIPPED = tools.BASE_DIR / "deploy" / "nginx.conf"
HOST = "mind.example"
# What says to servers of ours that they stand behind it.
ENVIRONMENT = {
    "ALLOWED_HOSTS": HOST, "TRUSTED_ORIGINS": f"https://{HOST}", "TRUSTED_PROXIES": "127.0.0.1",
    "UPLOADS_ACCEL": "/protected/",
}  # fmt: skip
# What Debian's nginx.conf has around it, as far as it matters.
AROUND = """
{user}
daemon off;
pid {folder}/pid;
error_log stderr;
events {{ }}
http {{
    types {{ text/html html; image/png png; }}
    default_type application/octet-stream;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    sendfile on;
    gzip on;
    include {folder}/site.conf;
}}
"""


class NginxServer(Process):
    """`environment` goes to the servers of a world, `configure` puts them behind. `uploads` is a folder of theirs that
    nginx may read, being in the servers' group, as docs/operations.md says."""

    def __init__(self):
        self.tool = tools.find("nginx")
        self.folder = Path(tempfile.mkdtemp(prefix="mindnet-nginx-", dir=open_folder()))
        self.folder.chmod(0o755)
        super().__init__("nginx", self.folder / "log")
        self.port = free_port()
        self.account = account()
        self.uploads = self.folder / "uploads"
        self.uploads.mkdir()
        self.uploads.chmod(0o750)
        make_certificate(self.folder)
        self.configure([free_port()])  # nobody listens there yet

    @property
    def environment(self):
        return ENVIRONMENT | {"UPLOADS": self.uploads}

    def configure(self, server_ports):
        """Writes down what is shipped, with these servers behind it."""
        servers = " ".join(f"server 127.0.0.1:{port};" for port in server_ports)
        site = SHIPPED.read_text()
        for shipped, here in {
            "server 127.0.0.1:8000;": servers,
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port} ssl http2;",
            "/etc/ssl/mind.example.pem": f"{self.folder}/certificate.pem",
            "/etc/ssl/mind.example.key": f"{self.folder}/key.pem",
            "alias /srv/mindnet/uploads/;": f"alias {self.uploads}/;",
        }.items():
            assert site.count(shipped) == 1, f"{SHIPPED.name} has to say once: {shipped}"
            site = site.replace(shipped, here)
        (self.folder / "site.conf").write_text(site)
        user = f"user {self.account.pw_name} {grp.getgrgid(os.getegid()).gr_name};" if self.account else ""
        (self.folder / "nginx.conf").write_text(AROUND.format(folder=self.folder, user=user))

    def command(self):
        return [self.tool.path, "-p", self.folder, "-e", "stderr", "-c", self.folder / "nginx.conf"]

    def is_ready(self):
        with self.client() as client:
            try:
                return client.get("/healthz").status_code > 0
            except httpx.TransportError:
                return False

    def client(self, person=None):
        """An HTTP client that knows this host by its name."""
        headers = {"Host": HOST} | ({"Authorization": f"Token {person.token}"} if person else {})
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}", headers=headers, verify=False, timeout=30, trust_env=False
        )

    def connect(self, person):
        """`async with nginx.connect(ada) as socket`."""
        context = ssl.create_default_context(cafile=self.folder / "certificate.pem")
        address = {"host": "127.0.0.1", "port": self.port}
        return connect(f"wss://{HOST}/connect", token=person.token, ssl=context, **address)

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def account():
    """As root nginx works under another account, which has to be there; otherwise None."""
    if os.geteuid() != 0:
        return None
    for name in ("www-data", "nginx", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise tools.Missing("nginx: run as root, and there is no account www-data, nginx or nobody for it to work under")


def make_certificate(folder):
    """A certificate for HOST that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    as_pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(as_pem))
    private = key.private_bytes(as_pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
