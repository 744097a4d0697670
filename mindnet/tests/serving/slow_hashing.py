"""Settings for a server whose passwords take their time, and which says of each that it has begun."""

import logging
import time

from django.contrib.auth.hashers import MD5PasswordHasher

from mindnet.tests.settings import *  # noqa: F403

PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]
SECONDS = 0.15


class SlowHasher(MD5PasswordHasher):
    def encode(self, password, salt):
        logging.getLogger(__name__).warning("a hash begins")
        time.sleep(SECONDS)
        return super().encode(password, salt)
