"""Thousands of odd requests made from the published document: no 500, and every answer as described."""

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from knox.models import AuthToken
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
schema = schemathesis.openapi.from_wsgi("/schema", get_wsgi_application())
# The token in use has to stay good.
schema = schema.exclude(path_regex="^/auth/logout|/password$")


@pytest.fixture
def headers(transactional_db):
    """A superuser, so that no operation ends at a missing permission."""
    psychic = get_user_model().objects.create_superuser("boss.lady", password="open the third eye")
    return {"Authorization": f"Token {AuthToken.objects.create(psychic)[1]}"}


@schema.parametrize()
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(headers, case):
    case.call_and_validate(headers=headers, checks=CHECKS)
