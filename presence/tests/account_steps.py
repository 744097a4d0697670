"""What tests of accounts do again and again, by REST and on the rows of sockets."""

import uuid

from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from presence import closing
from presence.models import Connection, Node

PASSWORD = "open the third eye"
NEW_PASSWORD = "close the second ear"


def sign_up(username="ada", password=PASSWORD, **more):
    return APIClient().post("/psychics", {"username": username, "password": password} | more)


def sign_in(username="ada", password=PASSWORD, **headers):
    return APIClient(**headers).post("/auth/token", {"username": username, "password": password})


def with_token(username="ada"):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {sign_in(username).json()['token']}")
    return client


def with_session(psychic):
    client = Client(enforce_csrf_checks=True)
    client.force_login(psychic, backend="django.contrib.auth.backends.ModelBackend")
    return client


def open_connection(psychic, credential):
    """A row as a socket under this credential has it."""
    node = Node.objects.create(host="here", pid=1)
    return Connection.objects.create(id=uuid.uuid4(), psychic=psychic, node=node, credential=credential)


def credential_of_session(client):
    return closing.session_credential(client.session.session_key)


def credential_of_token(client):
    key = client._credentials["HTTP_AUTHORIZATION"].removeprefix("Token ")[:15]
    return closing.token_credential(AuthToken.objects.get(token_key=key).digest)


def close_code(connection):
    connection.refresh_from_db()
    return connection.close_code
