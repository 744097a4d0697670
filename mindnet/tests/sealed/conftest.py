"""The format of sealed mind-links as docs/examples has it in Python, and Ada and Bob with their devices."""

import sys

import pytest

from mindnet.tests.support.tools import BASE_DIR

EXAMPLES = BASE_DIR / "docs" / "examples"
sys.path.insert(0, str(EXAMPLES))


@pytest.fixture(params=[(1, 1), (1, 2), (2, 1)], ids=["suite 1", "suites 1 and 2", "suites 2 and 1"])
def room(request):
    """A mind-link of Ada and Bob with devices of these suites; see people.py."""
    from mindnet.tests.sealed.people import Room, Side

    return Room(Side(7, suite=request.param[0]), Side(9, suite=request.param[1]))


@pytest.fixture
def ada_and_bob():
    """The same where the suite does not matter."""
    from mindnet.tests.sealed.people import Room, Side

    return Room(Side(7), Side(9))
