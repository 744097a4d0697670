"""Ada, Bob, a node with its register, and limits that begin anew in each test."""

import pytest

from mindnet.base import rates
from presence import accounts, nodes
from presence.registry import Register
from presence.tests.account_steps import PASSWORD


@pytest.fixture(autouse=True)
def fresh_buckets():
    rates.buckets.clear()


@pytest.fixture
def limits(limits_on, settings):
    settings.AXES_ENABLED = True


@pytest.fixture
def node():
    return nodes.start()


@pytest.fixture
def register(node):
    return Register(node)


@pytest.fixture
def ada():
    return accounts.sign_up(username="ada", password=PASSWORD, address="198.51.100.1")


@pytest.fixture
def bob():
    return accounts.sign_up(username="bob", password=PASSWORD, address="198.51.100.2")
