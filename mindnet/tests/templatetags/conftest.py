import pytest

from mindnet.tests.support.cast import make_cast


@pytest.fixture
def cast(db):
    return make_cast()
