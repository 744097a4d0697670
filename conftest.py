"""What every test may use lies in mindnet/tests/support/fixtures.py."""

import os

from hypothesis import settings

pytest_plugins = ["mindnet.tests.support.fixtures"]

# No deadline: a shared machine may stop for a second. In CI the same examples every time.
settings.register_profile("mindnet", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("mindnet")
