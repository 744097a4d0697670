"""Ada with a token, and Ada with a cookie."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from mindnet.base import rates
from presence import accounts

PASSWORD = "open the third eye"


@pytest.fixture(autouse=True)
def fresh_buckets():
    rates.buckets.clear()


@pytest.fixture
def ada():
    return accounts.sign_up(username="ada", password=PASSWORD, address="198.51.100.1")


@pytest.fixture
def client(ada):
    """Ada with a token."""
    client = APIClient()
    token = client.post("/auth/token", {"username": "ada", "password": PASSWORD}).json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def session(ada):
    """Ada with a cookie."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    return client
