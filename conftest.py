"""What every test may use lies in mindnet/tests/support, in fixtures.py and figures.py."""

import os

from hypothesis import settings

pytest_plugins = ["mindnet.tests.support.fixtures", "mindnet.tests.support.figures"]

# No deadline: a shared machine may stop for a second. In CI the same examples every time.
settings.register_profile("mindnet", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("mindnet")
