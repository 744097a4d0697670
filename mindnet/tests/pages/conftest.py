"""Ada and Bob at their browsers; pictures go into a folder of the test's own."""

import pytest
from django.core.cache import cache

from mindnet.base import rates
from mindnet.tests.pages.visitors import Browser, psychic
from mindnet.tests.support.cast import make_cast


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path):
    rates.buckets.clear()
    cache.clear()
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": default}


@pytest.fixture
def ada():
    return Browser(psychic("ada", display_name="Ada L.", abilities=["precognition", "calm"]))


@pytest.fixture
def bob():
    return Browser(psychic("bob", abilities=["Precognition"]))


@pytest.fixture
def cast(db):
    """An open room with an owner, a moderator, a participant and a restricted one, and an outsider."""
    return make_cast()


@pytest.fixture
def closed_cast(db):
    """The same with a closed room."""
    return make_cast("closed")
