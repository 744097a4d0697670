"""`manage.py serve`: everything from an empty folder to a running server."""

import contextlib
import fcntl
import hashlib
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.exceptions import MigrationSchemaMissing

from mindnet.base.env import is_loopback
from presence.models import Psychic

EVERYWHERE = ("0.0.0.0", "::", "[::]")  # noqa: S104 (a comparison)
UNNAMED = """  It listens on {host} and answers to localhost and 127.0.0.1 alone: who comes by another name is refused.
  Say what else it is called: ALLOWED_HOSTS=mind.example,192.0.2.7"""
# Any number that nothing else in the database locks.
ADVISORY_LOCK = 0x6D696E64


@contextlib.contextmanager
def one_at_a_time():
    """Processes that start together on one database prepare it one after the other."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    else:
        with file_lock("start.lock"):
            yield


@contextlib.contextmanager
def file_lock(name):
    with open(settings.DATA_DIR / name, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_database():
    """Raises ImproperlyConfigured, with the database's own words, unless it lets us in."""
    # Past the pool, which says after a while that it has got no connection, and not why.
    alone = connection.copy()
    alone.settings_dict["OPTIONS"].pop("pool", None)
    try:
        alone.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {' '.join(str(error).split())}") from None
    finally:
        alone.close()


def migrate():
    """Raises ImproperlyConfigured where the database does not let us make tables."""
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except MigrationSchemaMissing as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {' '.join(str(error).split())}") from None


def collect_static():
    """Collects the static files where one of them has changed since the last time: it takes some seconds."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = settings.DATA_DIR / "static.stamp"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(digest.hexdigest())


class Command(BaseCommand):
    help = (
        "Brings the database up to date, makes an administrator if there is none, and serves with uvicorn. "
        "HOST, PORT, WORKERS, DATABASE_URL, REDIS_URL and DATA_DIR come from the environment."
    )

    def handle(self, **options):
        # Only now: what serves imports the application.
        from mindnet.serving import listening
        from mindnet.serving.server import serve

        listeners = listening.bind()
        check_database()
        with one_at_a_time():
            migrate()
            self.make_administrator()
        if not settings.DEBUG:
            with file_lock("static.lock"):
                collect_static()
        connections.close_all()  # what is served has a pool of its own to take from
        serve(listeners, self.say_where)

    def make_administrator(self):
        if Psychic.objects.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(12)
        Psychic.objects.create_superuser("admin", password=password)
        self.stdout.write("")
        self.stdout.write("  An administrator was made. The password is shown this once:")
        self.stdout.write(self.style.SUCCESS(f"    user      admin\n    password  {password}"))

    def say_where(self):
        host = "127.0.0.1" if settings.HOST in EVERYWHERE else settings.HOST.strip("[]")
        base = f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"
        database = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
        layer = "Redis" if settings.REDIS_URL else "in-memory layer"
        processes = "1 process" if settings.WORKERS == 1 else f"{settings.WORKERS} processes"
        self.stdout.write("")
        self.stdout.write(self.style.SUCCESS(f"  mindnet is at {base}"))
        self.stdout.write(f"    {base}/accounts/signup/  a new psychic")
        self.stdout.write(f"    {base}/admin/            for staff")
        self.stdout.write(f"    {base}/docs              the API")
        self.stdout.write(f"    {database}, {layer}, {processes}, data in {settings.DATA_DIR}. Ctrl-C ends it.")
        self.stdout.write("")
        if not is_loopback(settings.HOST) and set(settings.ALLOWED_HOSTS) == settings.LOOPBACK_HOSTS:
            self.stdout.write(self.style.WARNING(UNNAMED.format(host=settings.HOST)))
            self.stdout.write("")
        self.stdout.flush()
