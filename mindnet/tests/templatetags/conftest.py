import pytest

from mindnet.tests.support.cast import make_cast


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def closed_cast(db):
    """The same with a closed room."""
    return make_cast("closed")
