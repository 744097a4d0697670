"""The settings of the tests, in the test process and in the servers that it starts."""

import atexit
import os
import shutil
import tempfile

if not os.environ.get("DATA_DIR"):
    # Before mindnet.settings is read, which makes its secret there.
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="mindnet-data-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
# Rates and quotas are tested where a test turns them on (the fixture `limits_on`).
os.environ.setdefault("MINDNET_LIMITS", "off")

from mindnet.settings import *  # noqa: F403
from mindnet.settings import DATA_DIR, DATABASES, STORAGES

# A password check is slow by design: 0.2 s for each psychic of each test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"] == "mindnet.database.sqlite":
    # A file, as in real life: WAL and locks between threads do not exist in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
elif template := os.environ.get("TEST_POSTGRES_TEMPLATE"):
    DATABASES["default"]["TEST"] = {"TEMPLATE": template.rpartition("/")[2]}

# Collecting, compressing and naming the files takes ten seconds, and servers start all the time here.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# Nothing is collected inside the test process, and the middleware warns about a folder that is not there.
(DATA_DIR / "static").mkdir(parents=True, exist_ok=True)

# Honours MINDNET_FAILPOINT in the servers under test.
UNDER_TESTS = True
