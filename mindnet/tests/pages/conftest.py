"""Ada and Bob at their browsers; pictures go into a folder of the test's own."""

import pytest
from django.core.cache import cache

from mindnet.base import rates
from mindnet.tests.pages.visitors import Browser, psychic


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
